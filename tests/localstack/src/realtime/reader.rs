//! Reads the publication while anybody listens, and passes each change on to those who may see it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    frame::Frame,
    hub::{Hub, Key, Member, Subscription},
    payload,
    pgoutput::{Change, Decoder, Kind, Unreadable},
    table::Table,
    token::Subscriber,
    wanted::Wanted,
};

const PUBLICATION: &str = "supabase_realtime";
/// As often as hosted projects look.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);
/// Changes at once.
const MOST_CHANGES: i32 = 1000;
/// A slot that belongs to our connection, so that none is left behind, whatever becomes of us.
const MAKE_SLOT: &str =
    "select pg_create_logical_replication_slot($1::text::name, 'pgoutput', true)";
const READ_SLOT: &str = "select data from pg_logical_slot_get_binary_changes($1::text::name, null, $2, \
    'proto_version', '1', 'publication_names', $3)";
const PUBLISHED: &str = "select schemaname::text, tablename::text from pg_publication_tables \
    where pubname = $1 and $2::text in (schemaname::text, '*') and $3::text in (tablename::text, '*') order by 1, 2";

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("the changes in the database can't be read")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Runs until `stop`. There is no slot while nobody listens.
pub(super) async fn run(hub: Arc<Hub>, superuser_url: String, stop: CancellationToken) {
    let reading = async {
        loop {
            while !hub.is_listening() {
                hub.woken().await;
            }
            if let Err(error) = read(&hub, &superuser_url).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Realtime reads again soon"
                );
                for (key, member) in hub.take_unchecked() {
                    member.tell("postgres_changes", "error", &error.to_string());
                    hub.check_later(key);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = reading => {}
    }
}

/// Reads while anybody listens.
async fn read(hub: &Hub, superuser_url: &str) -> Result<(), ReadError> {
    // The slot's connection does nothing else: an error in it, such as that of a wrong filter, drops the slot.
    let mut reader = PgConnection::connect(superuser_url).await?;
    let mut connection = PgConnection::connect(superuser_url).await?;
    let slot = format!("supabase_realtime_{}", Uuid::new_v4().simple());
    sqlx::query(MAKE_SLOT)
        .bind(&slot)
        .execute(&mut reader)
        .await?;
    hub.uncheck();
    while hub.is_listening() {
        for (key, member) in hub.take_unchecked() {
            subscribe(&mut connection, hub, key, &member).await;
        }
        let messages: Vec<Vec<u8>> = sqlx::query_scalar(READ_SLOT)
            .bind(&slot)
            .bind(MOST_CHANGES)
            .bind(PUBLICATION)
            .fetch_all(&mut reader)
            .await?;
        let mut decoder = Decoder::default();
        let mut changes = Vec::new();
        for message in &messages {
            changes.extend(decoder.read(message)?);
        }
        for run in changes.chunk_by(|one, next| one.relation.id == next.relation.id) {
            pass_on(&mut connection, hub, run).await?;
        }
        if messages.is_empty() {
            tokio::select! {
                () = hub.woken() => {}
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
        }
    }
    connection.close().await?;
    reader.close().await?;
    Ok(())
}

/// Checks what a member wants, and tells it how that went.
async fn subscribe(connection: &mut PgConnection, hub: &Hub, key: Key, member: &Member) {
    let mut subscriptions = Vec::new();
    for binding in &member.bindings {
        let checked = match Wanted::read(&binding.parameters) {
            Ok(wanted) => check(connection, wanted, &member.subscriber).await,
            Err(why) => Err(why),
        };
        match checked {
            Ok((wanted, tables)) => {
                let of_table = |(schema, table)| Subscription {
                    key,
                    binding: binding.id,
                    topic: member.topic.clone(),
                    outbox: member.outbox.clone(),
                    schema,
                    table,
                    wanted: Arc::clone(&wanted),
                    subscriber: Arc::clone(&member.subscriber),
                };
                subscriptions.extend(tables.into_iter().map(of_table));
            }
            Err(why) => return member.tell("postgres_changes", "error", &why),
        }
    }
    hub.subscribe(key, subscriptions);
    member.tell("postgres_changes", "ok", "Subscribed to PostgreSQL");
}

type Checked = (Arc<Wanted>, Vec<(String, String)>);

/// The published tables that are wanted; each has the filters' columns, whose types take their values.
async fn check(
    connection: &mut PgConnection,
    wanted: Wanted,
    subscriber: &Subscriber,
) -> Result<Checked, String> {
    let refused = |wanted: &Wanted, why: &str| {
        format!(
            "Unable to subscribe to changes with given parameters. An exception happened so please check your connect \
             parameters: [{}]. Exception: {why}",
            wanted.words()
        )
    };
    let tables: Vec<(String, String)> = sqlx::query_as(PUBLISHED)
        .bind(PUBLICATION)
        .bind(&wanted.schema)
        .bind(&wanted.table)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| refused(&wanted, &error.to_string()))?;
    if tables.is_empty() {
        return Err(format!(
            "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect \
             parameters: [{}]",
            wanted.words()
        ));
    }
    for (schema, name) in &tables {
        let table = Table::as_seen_by(connection, schema, name, &subscriber.role)
            .await
            .map_err(|error| refused(&wanted, &error.to_string()))?;
        let filtered = wanted.filters.iter().map(|filter| filter.column.as_str());
        if let Some(column) = table.unreadable(filtered) {
            let why = format!("ERROR P0001 (raise_exception) invalid column for filter {column}");
            return Err(refused(&wanted, &why));
        }
        let selected = wanted.select.iter().flatten().map(String::as_str);
        if let Some(column) = table.unreadable(selected) {
            let why = format!("ERROR P0001 (raise_exception) invalid column for select {column}");
            return Err(refused(&wanted, &why));
        }
        // An empty row: Postgres reads each filter's value.
        table
            .rows(connection, &[json!({})], &[&wanted.filters])
            .await
            .map_err(|error| refused(&wanted, &error.to_string()))?;
    }
    Ok((Arc::new(wanted), tables))
}

/// Passes on changes of one table.
async fn pass_on(
    connection: &mut PgConnection,
    hub: &Hub,
    run: &[Change],
) -> Result<(), ReadError> {
    let Some(Change { relation, .. }) = run.first() else {
        return Ok(());
    };
    let subscriptions = hub.subscriptions_of(&relation.schema, &relation.table);
    let mut tables = HashMap::new();
    for subscription in &subscriptions {
        let role = subscription.subscriber.role.as_str();
        if !tables.contains_key(role) {
            let (schema, name) = (&relation.schema, &relation.table);
            let table = Table::as_seen_by(connection, schema, name, role).await?;
            tables.insert(role, table);
        }
    }
    let Some(table) = tables.values().next() else {
        return Ok(());
    };
    let mut filters = Vec::new();
    for subscription in &subscriptions {
        let wanted = subscription.wanted.filters.as_slice();
        if !filters.contains(&wanted) {
            filters.push(wanted);
        }
    }
    let values: Vec<_> = run.iter().map(Change::values).collect();
    let rows = table.rows(connection, &values, &filters).await?;
    let old_values: Vec<_> = run.iter().map(Change::old_values).collect();
    let old_rows = table.rows(connection, &old_values, &[]).await?;

    let wants = |subscription: &Subscription, at: usize| {
        let wanted = &subscription.wanted;
        let of_filters = filters.iter().position(|known| *known == wanted.filters);
        wanted.event.covers(run[at].kind)
            && of_filters.is_some_and(|position| rows[at].verdicts[position])
    };
    let mut visible = HashMap::new();
    for subscription in &subscriptions {
        let subscriber = &*subscription.subscriber;
        let wanted = (0..run.len()).any(|at| wants(subscription, at));
        if wanted && !visible.contains_key(subscriber) {
            let seen = seen_by(
                connection,
                &tables[subscriber.role.as_str()],
                subscriber,
                run,
                &values,
            );
            visible.insert(subscriber, seen.await);
        }
    }
    for (at, change) in run.iter().enumerate() {
        let mut receivers: BTreeMap<_, (Vec<u64>, &Subscription)> = BTreeMap::new();
        for subscription in &subscriptions {
            let seen = visible.get(&*subscription.subscriber);
            if wants(subscription, at) && seen.is_some_and(|seen| seen.contains(&at)) {
                let receiver = (subscription.key, &subscription.wanted.select);
                let (ids, _) = receivers
                    .entry(receiver)
                    .or_insert((Vec::new(), subscription));
                ids.push(subscription.binding);
            }
        }
        for (ids, subscription) in receivers.into_values() {
            let table = &tables[subscription.subscriber.role.as_str()];
            let select = subscription.wanted.select.as_deref();
            let data = payload::of(change, table, (&rows[at], &old_rows[at]), select);
            let payload = json!({ "ids": ids, "data": data });
            let frame = Frame::push(&subscription.topic, "postgres_changes", payload);
            subscription.outbox.push(frame);
        }
        // Lets clients take what waits for them.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Which of the changed rows somebody may see. Deletions are shown to all: there is no row left to ask about.
async fn seen_by(
    connection: &mut PgConnection,
    table: &Table,
    subscriber: &Subscriber,
    run: &[Change],
    values: &[Value],
) -> HashSet<usize> {
    // Of these the error is shown.
    let is_unreadable = table.keys().any(|key| !key.is_readable) || table.keys().next().is_none();
    if is_unreadable || !table.is_guarded() {
        return (0..run.len()).collect();
    }
    let mut seen = table
        .visible(connection, subscriber, values)
        .await
        .inspect_err(|error| {
            // A policy that fails for somebody shows them nothing.
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "row level security can't be asked"
            );
        })
        .unwrap_or_default();
    let deletions = run
        .iter()
        .enumerate()
        .filter(|(_, change)| change.kind == Kind::Delete);
    seen.extend(deletions.map(|(at, _)| at));
    seen
}
