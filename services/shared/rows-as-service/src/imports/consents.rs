//! What a file says about who may be texted, and which of its numbers must not be.

use chrono::{DateTime, Utc};
use domain::CustomerImportId;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    handle::Imports,
    plan::{CustomerImport, OnConflict},
};
use crate::DatabaseError;

/// The sender's word that everybody in a file agreed to be texted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedConsent {
    /// Where or how they did.
    pub source: String,
    /// When, if that is one moment.
    pub at: Option<DateTime<Utc>>,
}

/// What a file says, as far as it decides what has to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileConsents {
    /// Whether any row says that somebody must not be texted.
    pub any_no: bool,
    /// Whether any row says that somebody may be.
    pub any_yes: bool,
    /// What holds for every row that says neither.
    pub stated: Option<StatedConsent>,
}

/// How many of a file's numbers must not be texted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unwanted {
    /// Because the file says so.
    pub declined: u64,
    /// Because it was known before.
    pub suppressed: u64,
}

/// Makes the staged rows inactive whose numbers must not be texted. Changes only the staging table, and brings back
/// what is known of erased numbers, which a dry run leaves alone.
pub(super) async fn mark_unwanted(
    connection: &mut PgConnection,
    import: CustomerImport,
    consents: &FileConsents,
) -> Result<Unwanted, sqlx::Error> {
    let declined: i64 = if consents.any_no {
        sqlx::query_scalar(include_str!("mark_declined.sql"))
            .fetch_one(&mut *connection)
            .await?
    } else {
        0
    };
    let some_are_erased: bool =
        sqlx::query_scalar("select exists (select from private.erased_numbers)")
            .fetch_one(&mut *connection)
            .await?;
    if some_are_erased && !import.dry_run {
        sqlx::query(include_str!("restore_erased.sql"))
            .execute(&mut *connection)
            .await?;
    }
    // Mostly there are none, and then nothing has to be joined.
    let some_are_suppressed: bool =
        sqlx::query_scalar("select exists (select from private.numbers_not_to_text($1))")
            .bind(import.owner.0)
            .fetch_one(&mut *connection)
            .await?;
    let suppressed: i64 = if some_are_suppressed {
        sqlx::query_scalar(include_str!("mark_suppressed.sql"))
            .bind(import.owner.0)
            .fetch_one(connection)
            .await?
    } else {
        0
    };
    Ok(Unwanted {
        declined: u64::try_from(declined).unwrap_or_default(),
        suppressed: u64::try_from(suppressed).unwrap_or_default(),
    })
}

/// Suppresses the numbers that the file says "no" of.
pub(super) async fn suppress_declined(
    connection: &mut PgConnection,
    import: CustomerImport,
) -> Result<(), sqlx::Error> {
    sqlx::query(include_str!("suppress_declined.sql"))
        .bind(import.owner.0)
        .bind(import.id.0)
        .bind(import.on_conflict == OnConflict::Update)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes the consents to record; returns how many numbers' holders agreed.
pub(super) async fn note_consents(
    connection: &mut PgConnection,
    import: CustomerImport,
    consents: &FileConsents,
    some_are_unavailable: bool,
) -> Result<u64, sqlx::Error> {
    let stated = consents.stated.as_ref();
    let words: Option<Value> = stated.map(|stated| match stated.at {
        Some(at) => json!({ "stated": "given", "source": stated.source, "at": at }),
        None => json!({ "stated": "given", "source": stated.source }),
    });
    let consented: i64 = sqlx::query_scalar(include_str!("note_consents.sql"))
        .bind(import.owner.0)
        .bind(import.id.0)
        .bind(words)
        .bind(stated.and_then(|stated| stated.at))
        .bind(import.dry_run)
        .bind(some_are_unavailable)
        .fetch_one(connection)
        .await?;
    Ok(u64::try_from(consented).unwrap_or_default())
}

impl Imports {
    /// Records some of the consents that saved imports have noted: those of `import`, or anybody's; returns whether others
    /// wait. In transactions of their own, so that nobody who records something of one of these numbers, such as a STOP,
    /// waits for a whole import.
    pub async fn record_some_consents(
        &self,
        import: Option<CustomerImportId>,
    ) -> Result<bool, DatabaseError> {
        let waiting = sqlx::query_scalar!(
            r#"select private.record_import_consents($1) as "n!""#,
            import.map(|import| import.0)
        )
        .fetch_one(self.pool())
        .await?;
        Ok(waiting > 0)
    }

    /// Makes those customers inactive whose numbers were suppressed while `import` was being saved: it may not have seen
    /// it, and whoever suppressed them did not see its customers.
    pub async fn apply_new_suppressions(
        &self,
        import: CustomerImportId,
    ) -> Result<(), DatabaseError> {
        sqlx::query_scalar!(
            r#"select private.suppress_imported_customers($1) as "n!""#,
            import.0
        )
        .fetch_one(self.pool())
        .await?;
        Ok(())
    }
}
