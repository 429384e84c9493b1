//! The ledger of consent, and all that is known of one number: what operators ask for.

use domain::ProfileId;

use crate::{DatabaseError, pool::patient};

handle! {
    /// The ledger of consent, and all that is known of one number.
    Consents
}

/// What a check of the whole ledger found.
#[derive(Debug)]
pub struct CheckedLedger {
    /// Events in it.
    pub events: i64,
    /// Numbers that they are about, each with a chain of its own.
    pub numbers: i64,
    /// What is wrong with the chains.
    pub problems: Vec<ConsentProblem>,
}

/// Where a chain does not hold.
#[derive(Debug)]
pub struct ConsentProblem {
    /// The number's keyed hash.
    pub phone_hash: String,
    /// `private.consent_events.id`; `None` if no event is left.
    pub event_id: Option<i64>,
    /// `changed`, `missing`, `end_missing`, `head_missing` or `head_changed`: see `private.verify_consents`.
    pub problem: String,
}

impl Consents {
    /// Checks every chain. Changes nothing.
    pub async fn verify(&self) -> Result<CheckedLedger, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        // One statement, so that both look at the same moment.
        let rows = sqlx::query!(
            r#"
            select c.events as "events!", c.numbers as "numbers!", p.phone_hash as "phone_hash?", p.event_id,
              p.problem as "problem?"
            from (select count(*) as events, count(distinct e.phone) as numbers from private.consent_events e) c
            left join private.verify_consents() p on true
            "#
        )
        .fetch_all(&mut *patient)
        .await?;
        let (events, numbers) = rows.first().map_or((0, 0), |row| (row.events, row.numbers));
        let problems = rows.into_iter().filter_map(|row| {
            Some(ConsentProblem {
                phone_hash: row.phone_hash?,
                event_id: row.event_id,
                problem: row.problem?,
            })
        });
        Ok(CheckedLedger {
            events,
            numbers,
            problems: problems.collect(),
        })
    }

    /// All that is known of a number, as JSON: see `private.number_story`. Of one account and what concerns every
    /// account, or of all. Changes nothing.
    pub async fn story(
        &self,
        phone: &str,
        account: Option<ProfileId>,
    ) -> Result<String, DatabaseError> {
        let mut patient = patient(self.pool()).await?;
        let story = sqlx::query_scalar!(
            r#"select private.number_story($1, $2)::text as "story!""#,
            phone,
            account.map(|id| id.0) as Option<_>,
        )
        .fetch_one(&mut *patient)
        .await?;
        Ok(story)
    }
}
