//! How much of one long kind of work runs at once in one process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::ProfileId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limited number of places, of which one account gets only some: one slow client must not keep
/// everybody else out.
#[derive(Debug, Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    most_of_one: usize,
    by_owner: Arc<Mutex<HashMap<ProfileId, usize>>>,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
    by_owner: Arc<Mutex<HashMap<ProfileId, usize>>>,
    owner: ProfileId,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// This account has as many as one gets.
    OfAccount,
    /// All are taken.
    AtAll,
}

impl Places {
    /// `places` in all, `most_of_one` for each account.
    #[must_use]
    pub fn new(places: usize, most_of_one: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(places)),
            most_of_one,
            by_owner: Arc::default(),
        }
    }

    /// A place for `owner`, if there is one.
    ///
    /// # Errors
    /// [`NoPlace`] says what is full.
    pub fn reserve(&self, owner: ProfileId) -> Result<Place, NoPlace> {
        let mut by_owner = self.by_owner.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = by_owner.get(&owner).copied().unwrap_or_default();
        if taken >= self.most_of_one {
            return Err(NoPlace::OfAccount);
        }
        let permit = Arc::clone(&self.all)
            .try_acquire_owned()
            .map_err(|_| NoPlace::AtAll)?;
        by_owner.insert(owner, taken + 1);
        Ok(Place {
            _permit: permit,
            by_owner: Arc::clone(&self.by_owner),
            owner,
        })
    }

    /// The same, waiting up to `patience` where all are taken.
    ///
    /// # Errors
    /// [`NoPlace`] says what is full.
    pub async fn wait_for(&self, owner: ProfileId, patience: Duration) -> Result<Place, NoPlace> {
        let all = Arc::clone(&self.all);
        let permit = match self.reserve(owner) {
            Err(NoPlace::AtAll) => tokio::time::timeout(patience, all.acquire_owned()).await,
            reserved => return reserved,
        };
        match permit {
            // Given back, and taken with what the account has already.
            Ok(Ok(permit)) => {
                drop(permit);
                self.reserve(owner)
            }
            _ => Err(NoPlace::AtAll),
        }
    }

    /// Whether nobody has one.
    #[must_use]
    pub fn are_free(&self) -> bool {
        self.by_owner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_owner = self.by_owner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = by_owner.get_mut(&self.owner) {
            *taken -= 1;
            if *taken == 0 {
                by_owner.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_does_not_take_every_place() {
        let places = Places::new(3, 2);
        let (ann, ben) = (ProfileId::new_v7(), ProfileId::new_v7());
        let first = places.reserve(ann).unwrap();
        let _second = places.reserve(ann).unwrap();
        assert_eq!(places.reserve(ann).unwrap_err(), NoPlace::OfAccount);
        let _other = places.reserve(ben).unwrap();
        assert_eq!(places.reserve(ben).unwrap_err(), NoPlace::AtAll);
        drop(first);
        assert!(places.reserve(ann).is_ok());
    }

    #[tokio::test]
    async fn a_place_is_waited_for_until_somebody_leaves_it() {
        let places = Places::new(1, 1);
        let (ann, ben) = (ProfileId::new_v7(), ProfileId::new_v7());
        let place = places.reserve(ann).unwrap();
        let late = places.wait_for(ben, Duration::ZERO).await;
        assert_eq!(late.unwrap_err(), NoPlace::AtAll);
        let waiting = places.wait_for(ben, Duration::from_mins(1));
        let leaving = async { drop(place) };
        let (taken, ()) = tokio::join!(waiting, leaving);
        assert!(taken.is_ok());
    }
}
