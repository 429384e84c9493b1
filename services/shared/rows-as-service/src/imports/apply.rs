//! Writes staged rows to `customers`, in set-based statements.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, Row as _};
use uuid::Uuid;

use super::{
    plan::{CustomerImport, MOST_REJECTS_KEPT, MOST_ROWS_NAMED, OnConflict, Rest},
    saved::{Completion, ImportCounts},
    turn::take_turn,
};
use crate::DatabaseError;

/// Another writer may insert one of our phones between check and insert, or lock rows in another order. Each attempt sees
/// what the last one lost against, so that many in a row are lost only against many writers.
const ATTEMPTS: i32 = 20;
/// From this attempt on, the imports that lose take turns, and don't make each other lose.
const TAKING_TURNS: i32 = 3;
/// Seconds before the second attempt; each later one waits twice as long, up to 32 times.
const FIRST_WAIT: f64 = 0.02;
/// The reason for rejecting a row whose phone belongs to another account.
const UNAVAILABLE: &str = "phone_unavailable";

/// How long one statement that updates customers should take: what it locks and writes for a million is written to the log
/// in one go, and whoever commits then waits for it.
const PART_TAKES: Duration = Duration::from_millis(10);
/// Where it rests in between, for others: some twenty rows. With three times as long parts they wait half as long again.
const PART_BESIDE_OTHERS_TAKES: Duration = Duration::from_millis(1);
/// The most quarters of pages of the staging table that one such statement looks through: where few of their rows are to be updated.
const MOST_QUARTERS_OF_A_PART: i64 = 64;
/// So many customers wait for the search together.
const SEARCHED_TOGETHER: usize = 1000;

/// Writes the staged rows to `customers`; starts over on a conflict with another writer, and never locks the table, which
/// others are reading and writing. `None` if it lost every time.
pub(super) async fn apply(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
    rest: Rest<'_>,
) -> Result<Option<(ImportCounts, Vec<i32>)>, DatabaseError> {
    for attempt in 0..ATTEMPTS {
        if attempt == TAKING_TURNS {
            take_turn(connection, "customer_imports that lost").await?;
        }
        if attempt > 0 {
            sleep(connection, FIRST_WAIT * 2_f64.powi((attempt - 1).min(5))).await?;
        }
        let mut savepoint = connection.begin().await?;
        match apply_once(&mut savepoint, import, completion, rest).await {
            Ok(Some(applied)) => {
                savepoint.commit().await?;
                return Ok(Some(applied));
            }
            Ok(None) => savepoint.rollback().await?,
            Err(error) if is_lost_race(&error) => savepoint.rollback().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Waits where a cancellation is heard.
async fn sleep(connection: &mut PgConnection, seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_sleep($1)")
        .bind(seconds)
        .execute(connection)
        .await
        .map(drop)
}

/// A unique violation or a deadlock.
fn is_lost_race(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(&*code, "23505" | "40P01"))
}

/// The counts, and the rows whose phone belongs to another account. `None` if another writer
/// inserted one of the phones between two of its statements.
async fn apply_once(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
    rest: Rest<'_>,
) -> Result<Option<(ImportCounts, Vec<i32>)>, sqlx::Error> {
    let (staged, different): (i64, i64) = sqlx::query_as(
        "select count(s.phone), count(distinct hashtextextended(s.phone collate \"C\", 0)) \
         from pg_temp.staged_customers s where s.phone is not null",
    )
    .fetch_one(&mut *connection)
    .await?;
    let has_duplicates = different != staged;
    let staged = u64::try_from(staged).unwrap_or_default();
    let compared = known(connection, import, include_str!("compare_known.sql")).await?;
    // A hash collision only makes it slower.
    let [phones_known, mine, differing] = if compared[0] == 0 || !has_duplicates {
        compared
    } else {
        known(connection, import, include_str!("classify_known.sql")).await?
    };
    // A dry run says nothing of other accounts' numbers: they count as new.
    let phones_known = if import.dry_run { mine } else { phones_known };

    let updated = if differing == 0 || import.on_conflict == OnConflict::Skip {
        0
    } else if import.dry_run {
        differing
    } else {
        if has_duplicates {
            sqlx::query(include_str!("mark_replaced.sql"))
                .execute(&mut *connection)
                .await?;
        }
        update_known(connection, import, staged, rest).await?
    };
    let inserted = if phones_known == staged {
        0
    } else if import.dry_run {
        phones(connection).await?.saturating_sub(phones_known)
    } else {
        insert_new(connection, import).await?
    };
    let duplicates = staged.saturating_sub(phones_known + inserted);
    if duplicates > 0 && !import.dry_run && phones(connection).await? != phones_known + inserted {
        return Ok(None);
    }
    let mut rejected_by_code = completion.rejected_by_code.clone();
    let nothing_to_keep = rejected_by_code.is_empty() && phones_known == mine;
    let (unavailable, rows) = if import.dry_run || nothing_to_keep {
        (0, Vec::new())
    } else {
        keep_rejects(connection, import, completion).await?
    };
    if unavailable > 0 {
        rejected_by_code.insert(UNAVAILABLE.to_owned(), unavailable);
    }
    if unavailable != phones_known.saturating_sub(mine) {
        return Ok(None);
    }
    if unavailable > 0 {
        sqlx::query("select private.count_import_refusals($1, $2)")
            .bind(import.owner.0)
            .bind(i64::try_from(unavailable).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    let counts = ImportCounts {
        inserted,
        updated,
        unchanged: mine.saturating_sub(updated),
        duplicates,
        rejected_by_code,
        ..ImportCounts::default()
    };
    Ok(Some((counts, rows)))
}

/// Stores the first of the rejected rows; returns how many have another account's phone, and the first
/// of those rows.
async fn keep_rejects(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
) -> Result<(u64, Vec<i32>), sqlx::Error> {
    let (unavailable, rows): (i64, Vec<i32>) = sqlx::query_as(include_str!("keep_rejects.sql"))
        .bind(import.id.0)
        .bind(import.owner.0)
        .bind(&completion.fields)
        .bind(&completion.phone_column)
        .bind(i64::try_from(MOST_REJECTS_KEPT).unwrap_or(i64::MAX))
        .bind(i64::try_from(MOST_ROWS_NAMED).unwrap_or(i64::MAX))
        .fetch_one(connection)
        .await?;
    Ok((u64::try_from(unavailable).unwrap_or_default(), rows))
}

/// The counts of known customers: all, the owner's, and those that differ.
async fn known(
    connection: &mut PgConnection,
    import: CustomerImport,
    statement: &'static str,
) -> Result<[u64; 3], sqlx::Error> {
    let counts = sqlx::query(statement)
        .bind(import.owner.0)
        .fetch_one(connection)
        .await?;
    let count = |name: &str| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(counts.try_get::<i64, _>(name)?).unwrap_or_default())
    };
    Ok([count("known")?, count("mine")?, count("differing")?])
}

/// Distinct phones among the staged rows.
async fn phones(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let phones: i64 = sqlx::query_scalar(
        r#"select count(*) from (select from pg_temp.staged_customers s where s.phone is not null group by s.phone collate "C") p"#,
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(phones).unwrap_or_default())
}

/// Inserts the customers whose phone is new. The work of the row triggers is done once for all rows if
/// permitted: checking that the owner exists, and queueing for the search index.
async fn insert_new(
    connection: &mut PgConnection,
    import: CustomerImport,
) -> Result<u64, sqlx::Error> {
    let is_quick = skip_triggers(connection, import).await?;
    let prefix = id_prefix();
    let inserted = sqlx::query(include_str!("insert_new.sql"))
        .bind(import.owner.0)
        .bind(&prefix)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    if is_quick {
        heed_triggers(connection).await?;
    }
    if inserted == 0 {
        return Ok(0);
    }
    sqlx::query(include_str!("note_inserted.sql"))
        .bind(import.id.0)
        .bind(import.owner.0)
        .bind(&prefix)
        .bind(i64::try_from(inserted).unwrap_or(i64::MAX))
        .bind(is_quick)
        .execute(connection)
        .await?;
    Ok(inserted)
}

/// Updates the owner's customers that would differ. The work of the triggers is done here once for all rows if
/// permitted, but for those whose status changes: why somebody becomes inactive is theirs to find out.
async fn update_known(
    connection: &mut PgConnection,
    import: CustomerImport,
    staged: u64,
    rest: Rest<'_>,
) -> Result<u64, sqlx::Error> {
    // Where no row names a status, no customer is looked up.
    let (changes_statuses, pages): (bool, i64) = sqlx::query_as(
        "select exists (\
           select from pg_temp.staged_customers s join public.customers c on c.phone = s.phone \
           where c.user_id = $1 and s.status is not null \
             and s.status <> coalesce(c.status, '') and c.status is distinct from 'inactive'\
         ), pg_relation_size('pg_temp.staged_customers') / current_setting('block_size')::bigint",
    )
    .bind(import.owner.0)
    .fetch_one(&mut *connection)
    .await?;
    let staging = Staging {
        pages,
        quarter: i64::try_from(staged).unwrap_or(i64::MAX) / pages.max(1) / 4,
    };
    // A part looks its few customers up one by one, however few they are beside all, and none is planned anew.
    sqlx::raw_sql("set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan")
        .execute(&mut *connection)
        .await?;
    let mut updated = 0;
    if changes_statuses {
        updated += update_parts(connection, import, staging, [false, true], rest).await?;
    }
    let is_quick = skip_triggers(connection, import).await?;
    updated += update_parts(connection, import, staging, [is_quick, false], rest).await?;
    if is_quick {
        heed_triggers(connection).await?;
    }
    sqlx::raw_sql("reset enable_seqscan; reset plan_cache_mode")
        .execute(&mut *connection)
        .await?;
    Ok(updated)
}

/// How large the staging table is, and how many rows a quarter of one of its pages has.
#[derive(Clone, Copy)]
struct Staging {
    pages: i64,
    quarter: i64,
}

impl Staging {
    /// The address where a quarter of a page begins, of all in a row.
    fn address(self, quarter: i64) -> String {
        let (page, part) = (quarter / 4, quarter % 4);
        // Rows count from 1; what a page has more than others belongs to its last quarter.
        format!("({page},{})", part * self.quarter + i64::from(part > 0))
    }
}

/// Updates customers from one part of the staging table after the other, and rests in between. `is_quick`: without
/// triggers; `changes_status`: those whose status changes, or the others.
async fn update_parts(
    connection: &mut PgConnection,
    import: CustomerImport,
    staging: Staging,
    [is_quick, changes_status]: [bool; 2],
    rest: Rest<'_>,
) -> Result<u64, sqlx::Error> {
    let mut updated = 0;
    let mut searched = Vec::new();
    let mut quarter = 0;
    let mut part = 1;
    while quarter < 4 * staging.pages {
        let began = Instant::now();
        let next = quarter + part;
        let part_updated: Vec<Option<Uuid>> = sqlx::query_scalar(include_str!("update_known.sql"))
            .bind(import.owner.0)
            .bind(import.id.0)
            .bind(is_quick)
            .bind(staging.address(quarter))
            .bind(staging.address(next))
            .bind(changes_status)
            .fetch_all(&mut *connection)
            .await?;
        updated += part_updated.len() as u64;
        searched.extend(part_updated.into_iter().flatten());
        quarter = next;
        let took = began.elapsed();
        let is_last = quarter >= 4 * staging.pages;
        while searched.len() >= SEARCHED_TOGETHER || is_last && !searched.is_empty() {
            let together = searched.len().min(SEARCHED_TOGETHER);
            sqlx::query(include_str!("note_searched.sql"))
                .bind(import.owner.0)
                .bind(searched.drain(..together).collect::<Vec<Uuid>>())
                .execute(&mut *connection)
                .await?;
        }
        let rests = rest(began.elapsed());
        let takes = if rests.is_zero() {
            PART_TAKES
        } else {
            PART_BESIDE_OTHERS_TAKES
        };
        if took < takes / 2 {
            part = (2 * part).min(MOST_QUARTERS_OF_A_PART);
        } else if took > 2 * takes {
            part = (part / 2).max(1);
        }
        if !rests.is_zero() {
            sleep(connection, rests.as_secs_f64()).await?;
        }
    }
    Ok(updated)
}

/// Disables triggers for the following statements where the database lets us; checks and unique
/// indexes still apply. Locks the owner, as the foreign key would.
async fn skip_triggers(
    connection: &mut PgConnection,
    import: CustomerImport,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select private.skip_triggers($1)")
        .bind(import.owner.0)
        .fetch_one(connection)
        .await
}

async fn heed_triggers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("select private.heed_triggers()")
        .execute(connection)
        .await
        .map(drop)
}

/// The first 24 of the 32 digits of a new `UUIDv7`: time, version, variant and 42 random bits.
fn id_prefix() -> String {
    let mut digits = Uuid::now_v7().simple().to_string();
    digits.truncate(24);
    digits
}
