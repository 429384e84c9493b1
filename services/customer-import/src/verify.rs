//! New phone numbers asked of Twilio: with the account's cache, within its limit, many at once.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use domain::{PhoneLookup, PhoneNumber, PhoneVerdict, ProfileId};
use futures::{StreamExt as _, stream};
use rows_as_service::{
    DatabaseError,
    phone_lookups::{LookupTurn, Lookups as LookupCache},
};
use twilio::{Lookups, RequestError};

/// Numbers whose turn is asked for, and whose answers are kept, at once.
const BATCH: usize = 500;
/// Requests to Twilio at once.
const AT_ONCE: usize = 20;
/// After so many requests in a row without an answer Twilio is taken to be down.
const PATIENCE: u32 = 20;

/// What verifying a number came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It can be texted.
    Textable,
    /// There is no such number.
    Invalid,
    /// A landline can't be texted.
    Landline,
    /// Today's lookups are spent: nothing is known of it.
    LimitReached,
    /// Twilio did not answer: nothing is known of it.
    Unanswered,
}

impl From<PhoneVerdict> for Verification {
    fn from(verdict: PhoneVerdict) -> Self {
        match verdict {
            PhoneVerdict::Textable => Self::Textable,
            PhoneVerdict::Invalid => Self::Invalid,
            PhoneVerdict::Landline => Self::Landline,
        }
    }
}

/// Asks Twilio about phone numbers that the account's cache does not know.
#[derive(Clone)]
pub struct PhoneVerifier {
    /// Where Twilio is asked, and how much a day.
    pub lookups: Lookups,
    /// What is known already, and what was spent today.
    pub cache: LookupCache,
}

impl PhoneVerifier {
    /// Verifies `phones` for `owner`, in their order until the day's limit is reached. Twilio's failures
    /// are no error here, but [`Verification::Unanswered`]; what it did answer is kept in any case.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn verify(
        &self,
        owner: ProfileId,
        phones: &[PhoneNumber],
    ) -> Result<HashMap<PhoneNumber, Verification>, DatabaseError> {
        let mut verified = HashMap::with_capacity(phones.len());
        let failures = Arc::new(AtomicU32::new(0));
        for batch in phones.chunks(BATCH) {
            // Where Twilio is down, what is known already still counts, and nothing more is granted.
            let daily_limit = if is_down(&failures) {
                0
            } else {
                self.lookups.daily_limit
            };
            let turns = self
                .cache
                .begin(owner, batch, self.lookups.max_age, daily_limit)
                .await?;
            let mut granted = Vec::new();
            for (phone, turn) in turns {
                let verification = match turn {
                    LookupTurn::Known(lookup) => lookup.verdict().into(),
                    LookupTurn::LimitReached if is_down(&failures) => Verification::Unanswered,
                    LookupTurn::LimitReached => Verification::LimitReached,
                    LookupTurn::Granted => {
                        granted.push(phone);
                        Verification::Unanswered
                    }
                };
                verified.insert(phone, verification);
            }
            let asked = ask(&self.lookups, granted, &failures).await;
            self.cache.record(owner, &asked.answers).await?;
            self.cache.give_back(owner, asked.unbilled).await?;
            verified.extend(
                asked
                    .answers
                    .into_iter()
                    .map(|(phone, lookup)| (phone, lookup.verdict().into())),
            );
        }
        Ok(verified)
    }
}

/// What Twilio answered, and how many granted lookups were certainly not billed.
#[derive(Default)]
struct Asked {
    answers: Vec<(PhoneNumber, PhoneLookup)>,
    unbilled: u32,
}

async fn ask(lookups: &Lookups, phones: Vec<PhoneNumber>, failures: &Arc<AtomicU32>) -> Asked {
    let mut answers = stream::iter(
        phones
            .into_iter()
            .map(|phone| ask_one(lookups.clone(), phone, Arc::clone(failures))),
    )
    .buffer_unordered(AT_ONCE);
    let mut asked = Asked::default();
    while let Some((phone, answer)) = answers.next().await {
        match answer {
            Some(Ok(lookup)) => asked.answers.push((phone, lookup)),
            Some(Err(error)) => {
                tracing::debug!(error = %error, "a phone lookup failed");
                asked.unbilled += u32::from(error.is_unbilled());
            }
            None => asked.unbilled += 1,
        }
    }
    asked
}

/// The answer, or nothing where Twilio is down and was not asked.
async fn ask_one(
    lookups: Lookups,
    phone: PhoneNumber,
    failures: Arc<AtomicU32>,
) -> (PhoneNumber, Option<Result<PhoneLookup, RequestError>>) {
    if is_down(&failures) {
        return (phone, None);
    }
    let answer = lookups.look_up(&phone).await;
    match &answer {
        Ok(_) => failures.store(0, Ordering::Relaxed),
        Err(_) => {
            if failures.fetch_add(1, Ordering::Relaxed) + 1 == PATIENCE {
                tracing::warn!("Twilio does not answer; the rest is not verified");
            }
        }
    }
    (phone, Some(answer))
}

fn is_down(failures: &AtomicU32) -> bool {
    failures.load(Ordering::Relaxed) >= PATIENCE
}
