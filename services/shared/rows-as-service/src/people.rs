//! What is kept of one person: counted, given out, erased.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::types::Json;

use crate::{DatabaseError, pool::patient};

handle! {
    /// What is kept of one person, by number, in whatever account and table.
    People
}

/// How much is kept of a person.
#[derive(Debug)]
pub struct Kept {
    /// Rows of each table; none of tables without any.
    pub rows: BTreeMap<String, i64>,
    /// Addresses of the person's that are also a user's, which are the user's: neither given out nor erased.
    pub user_emails: Vec<String>,
}

impl People {
    /// Counts what is kept of a number's holder. Changes nothing.
    pub async fn count(&self, phone: &str) -> Result<Kept, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let kept = sqlx::query!(
            r#"
            select p.user_emails as "user_emails!", coalesce(
              (
                select jsonb_object_agg(d.place, d.n)
                from (select r.place, count(*) as n from private.data_of_person(p) r group by r.place) d
              ),
              '{}'
            ) as "rows!: Json<BTreeMap<String, i64>>"
            from private.person_of($1) p
            "#,
            phone,
        )
        .fetch_one(&mut *patient)
        .await?;
        Ok(Kept {
            rows: kept.rows.0,
            user_emails: kept.user_emails,
        })
    }

    /// All rows that are kept of a number's holder, by table. Changes nothing.
    pub async fn data(&self, phone: &str) -> Result<BTreeMap<String, Vec<Value>>, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let rows = sqlx::query!(
            r#"
            select r.place as "place!", r.data as "data!"
            from private.person_of($1) p cross join private.data_of_person(p) r
            "#,
            phone,
        )
        .fetch_all(&mut *patient)
        .await?;
        let mut data = BTreeMap::<_, Vec<_>>::new();
        for row in rows {
            data.entry(row.place).or_default().push(row.data);
        }
        Ok(data)
    }

    /// Erases a person, and keeps a keyed hash of the number with the suppressions that hold. Returns how many rows of
    /// each table went.
    ///
    /// # Errors
    /// [`DatabaseError`], with a refusal while a text to the number is under way, or its end is not known yet. Then nothing was erased.
    pub async fn erase(
        &self,
        phone: &str,
        why: Option<&str>,
    ) -> Result<BTreeMap<String, i64>, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let gone = sqlx::query_scalar!(
            r#"select private.erase_person($1, $2, null) as "gone!: Json<BTreeMap<String, i64>>""#,
            phone,
            why,
        )
        .fetch_one(&mut *patient)
        .await?;
        patient.commit().await?;
        Ok(gone.0)
    }

    /// What happened to a number besides what [`crate::consent::Consents::story`] tells: see `private.events_of_number`.
    /// Changes nothing.
    pub async fn events_of_number(&self, phone: &str) -> Result<Value, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let events =
            sqlx::query_scalar!(r#"select private.events_of_number($1) as "events!""#, phone)
                .fetch_one(&mut *patient)
                .await?;
        Ok(events)
    }

    /// One message, by our id or Twilio's: see `private.story_of_message`. Changes nothing.
    pub async fn story_of_message(&self, id: &str) -> Result<Value, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let story = sqlx::query_scalar!(r#"select private.story_of_message($1) as "story!""#, id)
            .fetch_one(&mut *patient)
            .await?;
        Ok(story)
    }

    /// A user by address: see `private.story_of_user`. `buckets` are those in which attempts to sign in are counted.
    /// Changes nothing.
    pub async fn story_of_user(
        &self,
        email: &str,
        buckets: &[Vec<u8>],
    ) -> Result<Value, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let story = sqlx::query_scalar!(
            r#"select private.story_of_user($1, $2) as "story!""#,
            email,
            buckets,
        )
        .fetch_one(&mut *patient)
        .await?;
        Ok(story)
    }
}
