//! Outcomes that wait because somebody has locked what they are about.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use rows_as_service::sending::{ClaimId, Recorded, Sending};
use tokio::time::{Instant, sleep_until};

use crate::group_writer::ClaimOutcomes;

/// How often one of them is tried again: each try takes as long as a statement waits, and the others' outcomes wait for it.
const AGAIN_EVERY: Duration = Duration::from_secs(1);

/// The claims that wait, until they are written or this process ends: then they come into doubt.
#[derive(Default)]
pub struct LockedClaims {
    claims: BTreeMap<ClaimId, ClaimOutcomes>,
    /// Who was tried last, and when the next one is due.
    tried: Option<(ClaimId, Instant)>,
}

impl LockedClaims {
    /// Keeps what could not be written.
    pub fn add(&mut self, locked: Vec<ClaimOutcomes>) {
        for mut one in locked {
            if let Some(known) = self.claims.get_mut(&one.claim) {
                known.recorded.append(&mut one.recorded);
                known.ends |= one.ends;
            } else {
                self.claims.insert(one.claim, one);
            }
        }
    }

    /// Takes over what belongs to a claim that waits: else it might end before all of its outcomes are written.
    pub fn take_what_belongs_to_them(
        &mut self,
        recorded: &mut Vec<Recorded>,
        finished: &mut Vec<ClaimId>,
    ) {
        if self.claims.is_empty() {
            return;
        }
        let theirs: Vec<_> = recorded
            .extract_if(.., |one| self.claims.contains_key(&one.claim))
            .collect();
        for one in theirs {
            if let Some(known) = self.claims.get_mut(&one.claim) {
                known.recorded.push(one);
            }
        }
        finished.retain(|claim| {
            let known = self.claims.get_mut(claim);
            known.map(|known| known.ends = true).is_none()
        });
    }

    /// Returns when it is time to try one again; never where none waits.
    pub async fn are_due(&self) {
        match self.tried {
            _ if self.claims.is_empty() => std::future::pending().await,
            Some((_, at)) => sleep_until(at).await,
            None => {}
        }
    }

    /// Tries one after the other, until one has to go on waiting.
    pub async fn write_some(&mut self, sending: &Sending) {
        while let Some(claim) = self.next() {
            let at = Instant::now() + AGAIN_EVERY;
            self.tried = Some((claim, at));
            if !self.write(claim, sending).await {
                return;
            }
        }
    }

    /// Tries all of them, because this process ends.
    pub async fn write_all_once(&mut self, sending: &Sending) {
        let claims: Vec<_> = self.claims.keys().copied().collect();
        for claim in claims {
            self.write(claim, sending).await;
        }
        let outcomes: usize = self.claims.values().map(|one| one.recorded.len()).sum();
        if outcomes > 0 {
            instruments::sending().not_recorded.inc_by(outcomes as u64);
            tracing::error!(outcomes, "sending.outcomes_still_locked");
        }
    }

    /// Whether it is written.
    async fn write(&mut self, claim: ClaimId, sending: &Sending) -> bool {
        let Some(outcomes) = self.claims.remove(&claim) else {
            return true;
        };
        let locked = outcomes.write(sending).await;
        let is_written = locked.is_empty();
        self.add(locked);
        is_written
    }

    /// The one after the last that was tried.
    fn next(&self) -> Option<ClaimId> {
        let after = match self.tried {
            Some((claim, _)) => Bound::Excluded(claim),
            None => Bound::Unbounded,
        };
        let mut behind = self.claims.range((after, Bound::Unbounded));
        let next = behind.next().or_else(|| self.claims.iter().next());
        next.map(|(claim, _)| *claim)
    }
}
