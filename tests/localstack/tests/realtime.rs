//! Realtime with a project of the test's own: what comes of which table, and what is left behind.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::{path::Path, time::Duration};

use axum::{
    Router,
    extract::{WebSocketUpgrade, ws},
    http::HeaderMap,
    routing::get,
};
use futures::{SinkExt as _, StreamExt as _};
use localstack::{DatabaseOptions, Localstack, Options};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

const MIGRATION: &str = "
create table public.things (
    id bigint primary key, owner uuid, tags text[], data jsonb, price numeric, raw bytea,
    at timestamp with time zone, long text
);
alter table public.things alter long set storage external, enable row level security;
create policy own on public.things to authenticated using (owner = (select auth.uid()));
create table public.open_things (id integer primary key, word text, secret text);
alter table public.open_things replica identity full;
create table public.keyless_things (word text);
create table public.unpublished_things (id integer primary key);
grant select on public.things, public.keyless_things, public.unpublished_things to authenticated;
revoke all on public.open_things from authenticated;
grant select (id, word) on public.open_things to authenticated;
alter publication supabase_realtime add table public.things, public.open_things, public.keyless_things;
";

async fn stack(folder: &Path, realtime_url: Option<String>) -> Localstack {
    let migrations = folder.join("supabase/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::write(migrations.join("20260101000000_things.sql"), MIGRATION).unwrap();
    let options = Options {
        database: DatabaseOptions {
            data_dir: Some(folder.join("data")),
            migrations: Some(folder.join("supabase")),
            fast: true,
            no_seed: true,
            ..DatabaseOptions::default()
        },
        realtime_url,
        no_twilio: true,
        no_resend: true,
        ..Options::default()
    };
    Localstack::start(&options).await.unwrap()
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(stack: &Localstack) -> Self {
        let get = |name: &str| stack.environment().get(name).unwrap().to_owned();
        let address = get("SUPABASE_URL").replace("http://", "ws://");
        let key = get("SUPABASE_PUBLISHABLE_KEY");
        let url = format!("{address}/realtime/v1/websocket?apikey={key}&vsn=1.0.0");
        let (socket, _) = connect_async(url.into_client_request().unwrap())
            .await
            .unwrap();
        Self(socket)
    }

    async fn say(&mut self, topic: &str, event: &str, payload: Value) {
        let frame = json!({ "topic": topic, "event": event, "payload": payload, "ref": "1", "join_ref": "1" });
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(Duration::from_secs(30), self.0.next()).await;
        let message = next.unwrap().unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// Listens to all that is published, as somebody.
    async fn listen(&mut self, token: &str) {
        let config = json!({ "postgres_changes": [{ "event": "*", "schema": "public" }] });
        let join = json!({ "config": config, "access_token": token });
        self.say("realtime:all", "phx_join", join).await;
        assert_eq!(self.next().await["payload"]["status"], "ok");
        let said = self.next().await;
        assert_eq!(
            said["payload"]["message"], "Subscribed to PostgreSQL",
            "{said}"
        );
    }

    /// The next change: its kind, the new and the old record.
    async fn change(&mut self) -> (String, Value, Value) {
        let frame = self.next().await;
        assert_eq!(frame["event"], "postgres_changes", "{frame}");
        let data = &frame["payload"]["data"];
        let kind = format!("{} {}", data["type"], data["table"]).replace('"', "");
        (kind, data["record"].clone(), data["old_record"].clone())
    }
}

async fn sign_up(stack: &Localstack, email: &str) -> (String, String) {
    let get = |name: &str| stack.environment().get(name).unwrap().to_owned();
    let answer = testkit::http_client()
        .unwrap()
        .post(format!("{}/auth/v1/signup", get("SUPABASE_URL")))
        .header("apikey", get("SUPABASE_PUBLISHABLE_KEY"))
        .json(&json!({ "email": email, "password": "violet-otters-7" }))
        .send()
        .await
        .unwrap();
    let session: Value = answer.json().await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&session["access_token"]), text(&session["user"]["id"]))
}

async fn database(stack: &Localstack) -> PgConnection {
    let url = stack
        .environment()
        .get("DNWERKS_TEST_DATABASE_URL")
        .unwrap();
    PgConnection::connect(url).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn each_change_comes_as_on_a_hosted_project_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let stack = stack(folder.path(), None).await;
    let mut connection = database(&stack).await;
    let slots = "select count(*) from pg_replication_slots";
    let count: i64 = sqlx::query_scalar(slots)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 0, "while nobody listens there is no slot");
    let (token, me) = sign_up(&stack, "me@example.com").await;
    let (their_token, _) = sign_up(&stack, "they@example.com").await;
    let (mut mine, mut theirs) = (Client::connect(&stack).await, Client::connect(&stack).await);
    mine.listen(&token).await;
    theirs.listen(&their_token).await;

    let long = "x".repeat(10_000);
    let insert = format!(
        "insert into public.things values (1, '{me}', array['a', 'b \"c\"', null], '{{\"x\": [1, null]}}', 1.50, '\\x00ff',
         '2026-01-02 03:04:05.678+00', '{long}'); insert into public.unpublished_things values (1);"
    );
    run(&mut connection, insert).await;
    let (kind, record, old) = mine.change().await;
    assert_eq!(kind, "INSERT things");
    // As it is stored, with its digits.
    let price: Value = serde_json::from_str("1.50").unwrap();
    let expected = json!({
        "id": 1, "owner": me, "tags": ["a", "b \"c\"", null], "data": { "x": [1, null] }, "price": price, "raw": "\\x00ff",
        "at": "2026-01-02T03:04:05.678+00:00", "long": long,
    });
    assert_eq!((record, old), (expected, Value::Null));
    run(
        &mut connection,
        "update public.things set price = 2".to_owned(),
    )
    .await;
    let (_, record, old) = mine.change().await;
    assert_eq!((&record["price"], &old), (&json!(2), &json!({ "id": 1 })));
    assert!(
        record.get("long").is_none(),
        "what is stored apart and stayed is not in the change"
    );
    run(
        &mut connection,
        "update public.things set id = 2".to_owned(),
    )
    .await;
    assert_eq!(mine.change().await.2, json!({ "id": 1 }));
    run(&mut connection, "delete from public.things".to_owned()).await;
    let (kind, record, old) = mine.change().await;
    assert_eq!(
        (kind.as_str(), record, old),
        ("DELETE things", Value::Null, json!({ "id": 2 }))
    );

    // Of all this others hear of the deletion only: that nobody can be asked about.
    let (kind, _, old) = theirs.change().await;
    assert_eq!((kind.as_str(), old), ("DELETE things", json!({ "id": 2 })));

    let statements = "insert into public.open_things values (1, 'a', 'hidden'); update public.open_things set word = 'b';
        delete from public.open_things; insert into public.keyless_things values ('a');";
    run(&mut connection, statements.to_owned()).await;
    for client in [&mut mine, &mut theirs] {
        for expected in [
            (
                "INSERT open_things",
                json!({ "id": 1, "word": "a" }),
                Value::Null,
            ),
            (
                "UPDATE open_things",
                json!({ "id": 1, "word": "b" }),
                json!({ "id": 1, "word": "a" }),
            ),
            (
                "DELETE open_things",
                Value::Null,
                json!({ "id": 1, "word": "b" }),
            ),
            ("INSERT keyless_things", json!({}), Value::Null),
        ] {
            let (kind, record, old) = client.change().await;
            assert_eq!((kind.as_str(), record, old), expected);
        }
    }

    theirs.say("realtime:all", "phx_leave", json!({})).await;
    assert_eq!(theirs.next().await["event"], "phx_reply");
    assert_eq!(theirs.next().await["event"], "phx_close");
    theirs.say("realtime:all", "phx_leave", json!({})).await;
    assert_eq!(
        theirs.next().await["payload"]["response"]["reason"],
        "unmatched topic"
    );
    theirs.say("phoenix", "heartbeat", json!({})).await;
    assert_eq!(theirs.next().await["payload"]["status"], "ok");
    theirs.0.send(Message::text("nonsense")).await.unwrap();
    let end = theirs.0.next().await;
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
    drop(mine);
    testkit::eventually("the slot's end", Duration::from_secs(30), async || {
        let slots: i64 = sqlx::query_scalar(slots).fetch_one(&mut connection).await?;
        Ok((slots == 0).then_some(()))
    })
    .await
    .unwrap();
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn what_one_client_asks_for_wrongly_disturbs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let stack = stack(folder.path(), None).await;
    let (token, _) = sign_up(&stack, "me@example.com").await;
    let (mut good, mut wrong) = (Client::connect(&stack).await, Client::connect(&stack).await);
    good.listen(&token).await;
    let filter =
        json!({ "event": "*", "schema": "public", "table": "things", "filter": "id=eq.x" });
    let join = json!({ "config": { "postgres_changes": [filter] }, "access_token": token });
    wrong.say("realtime:wrong", "phx_join", join).await;
    assert_eq!(wrong.next().await["payload"]["status"], "ok");
    assert_eq!(wrong.next().await["payload"]["status"], "error");
    // A failed statement drops the slots of its connection: the next word would be of another subscription.
    let insert = "insert into public.open_things values (1, 'a', 'hidden')";
    run(&mut database(&stack).await, insert.to_owned()).await;
    assert_eq!(good.change().await.0, "INSERT open_things");
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn an_outside_realtime_gets_the_key_and_both_directions() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/socket", listener.local_addr().unwrap());
    let answer = async |headers: HeaderMap, upgrade: WebSocketUpgrade| {
        let key = headers["x-api-key"].to_str().unwrap().to_owned();
        upgrade.on_upgrade(async move |mut socket| {
            while let Some(Ok(ws::Message::Text(text))) = socket.recv().await {
                let echo = json!({ "key": key, "heard": text.as_str() }).to_string();
                socket.send(ws::Message::text(echo)).await.unwrap();
            }
        })
    };
    let router = Router::new().route("/socket/websocket", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let stack = stack(folder.path(), Some(address)).await;
    let mut client = Client::connect(&stack).await;
    client.0.send(Message::text("hello")).await.unwrap();
    let echo = client.next().await;
    assert_eq!(echo["heard"], "hello");
    assert_eq!(
        echo["key"],
        stack.environment().get("SUPABASE_ANON_KEY").unwrap()
    );
    stack.stop().await.unwrap();
}
