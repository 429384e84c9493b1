//! Phone lookups: each account's cache and daily limit.

use std::{collections::HashMap, time::Duration};

use domain::{LineType, PhoneLookup, PhoneNumber, ProfileId};
use serde_json::{Value, json};

use crate::DatabaseError;

handle! {
    /// Each account's cache of phone lookups and its daily limit.
    Lookups
}

/// What to do with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupTurn {
    /// The cached result.
    Known(PhoneLookup),
    /// Ask Twilio: one of today's lookups is granted and counted.
    Granted,
    /// Today's lookups are used up.
    LimitReached,
}

/// An unexpected answer from the database.
const fn unknown(column: &'static str, value: String) -> DatabaseError {
    DatabaseError::UnknownValue {
        table: "private.begin_phone_lookups",
        column,
        value,
    }
}

impl Lookups {
    /// Returns what to do for each of `phones`; lookups go to the first unknown ones.
    pub async fn begin(
        &self,
        owner: ProfileId,
        phones: &[PhoneNumber],
        max_age: Duration,
        daily_limit: u32,
    ) -> Result<Vec<(PhoneNumber, LookupTurn)>, DatabaseError> {
        let by_text: HashMap<&str, PhoneNumber> = phones
            .iter()
            .map(|phone| (phone.as_str(), *phone))
            .collect();
        let texts: Vec<String> = phones.iter().map(ToString::to_string).collect();
        let rows = sqlx::query!(
            r#"
            select t.phone as "phone!", t.turn as "turn!", t.valid, t.line_type, t.country_code, t.validation_errors
            from private.begin_phone_lookups($1, $2, make_interval(secs => $3), $4) t
            "#,
            owner.0,
            &texts,
            max_age.as_secs_f64(),
            i32::try_from(daily_limit).unwrap_or(i32::MAX),
        )
        .fetch_all(self.pool())
        .await?;
        let mut turns = Vec::with_capacity(rows.len());
        for row in rows {
            let turn = match (row.turn.as_str(), row.valid) {
                ("known", Some(valid)) => LookupTurn::Known(PhoneLookup {
                    valid,
                    line_type: row.line_type.map(|text| LineType::read(&text)),
                    country_code: row.country_code,
                    validation_errors: row.validation_errors.unwrap_or_default(),
                }),
                ("granted", _) => LookupTurn::Granted,
                ("limit_reached", _) => LookupTurn::LimitReached,
                _ => return Err(unknown("turn", row.turn)),
            };
            let phone = by_text
                .get(row.phone.as_str())
                .ok_or_else(|| unknown("phone", row.phone))?;
            turns.push((*phone, turn));
        }
        Ok(turns)
    }

    /// Caches Twilio's answer, for `owner` only.
    pub async fn record(
        &self,
        owner: ProfileId,
        lookups: &[(PhoneNumber, PhoneLookup)],
    ) -> Result<(), DatabaseError> {
        if lookups.is_empty() {
            return Ok(());
        }
        let results: Vec<Value> = lookups
            .iter()
            .map(|(phone, lookup)| {
                json!({
                    "phone": phone,
                    "valid": lookup.valid,
                    "line_type": lookup.line_type,
                    "country_code": lookup.country_code,
                    "validation_errors": lookup.validation_errors,
                })
            })
            .collect();
        sqlx::query!(
            "select private.record_phone_lookups($1, $2)",
            owner.0,
            Value::Array(results),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Refunds lookups that were granted today and certainly not billed by Twilio.
    pub async fn give_back(&self, owner: ProfileId, unused: u32) -> Result<(), DatabaseError> {
        if unused == 0 {
            return Ok(());
        }
        sqlx::query!(
            "select private.give_back_phone_lookups($1, $2)",
            owner.0,
            i32::try_from(unused).unwrap_or(i32::MAX),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
