//! Every message that the stand-in accepted, and its counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::record::{Record, Status};

/// What `GET /_control/ledger` counts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Create requests, accepted or not.
    pub requests: u64,
    /// Requests for a page of the list, answered or not.
    pub list_requests: u64,
    /// Messages accepted.
    pub accepted: usize,
    /// Recipients among them.
    pub distinct_recipients: usize,
    /// Pairs of recipient and text, as the client sent it, among them.
    pub distinct_messages: usize,
    /// Messages whose recipient already had the same text: `accepted - distinct_messages`.
    pub duplicates: usize,
    /// Recipients with more than one message, whatever the text.
    pub recipients_with_several: usize,
    /// Messages by current status.
    pub by_status: BTreeMap<&'static str, usize>,
    /// Create requests not accepted, by error code; by HTTP status if they got no code.
    pub refused: BTreeMap<u32, usize>,
    /// Create requests that met a fault: `fail_before`, `fail_after`, `drop_after`,
    /// `late`, `hang`.
    pub faults: BTreeMap<&'static str, usize>,
    /// Numbers that replied STOP.
    pub opted_out: usize,
    /// Callbacks: `answered`, `failed` (given up), `lost` and `repeated` on request, `retried`.
    pub callbacks: BTreeMap<&'static str, u64>,
    /// Requests to be accepted late, pending status changes, and callbacks in flight; 0 once
    /// everything has settled.
    pub pending: usize,
}

pub(super) struct Ledger {
    seed: u64,
    /// Incremented by every reset, to invalidate scheduled steps.
    pub generation: u32,
    records: Vec<Record>,
    /// The newest message to each recipient, and how many there are.
    newest: HashMap<Box<str>, (u32, usize)>,
    several: usize,
    pairs: HashSet<(u64, u64)>,
    hasher: RandomState,
    by_status: [usize; Status::ALL.len()],
    pub refused: BTreeMap<u32, usize>,
    pub faults: BTreeMap<&'static str, usize>,
    pub opted_out: BTreeSet<String>,
}

impl Ledger {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            generation: 0,
            records: Vec::new(),
            newest: HashMap::new(),
            several: 0,
            pairs: HashSet::new(),
            hasher: RandomState::new(),
            by_status: [0; Status::ALL.len()],
            refused: BTreeMap::new(),
            faults: BTreeMap::new(),
            opted_out: BTreeSet::new(),
        }
    }

    /// Deletes everything.
    pub(super) fn reset(&mut self) {
        *self = Self {
            generation: self.generation.wrapping_add(1),
            ..Self::new(self.seed)
        };
    }

    /// Stores a message and returns its index. If `changed_body` is given, that is stored, but
    /// duplicates are counted by the body as it was sent.
    pub(super) fn accept(&mut self, mut record: Record, changed_body: Option<Box<str>>) -> u32 {
        let index = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let recipient = self.hasher.hash_one(&record.to);
        let newest = self.newest.entry(record.to.clone()).or_insert((index, 0));
        record.previous = (newest.1 > 0).then_some(newest.0);
        *newest = (index, newest.1 + 1);
        if newest.1 == 2 {
            self.several += 1;
        }
        self.pairs
            .insert((recipient, self.hasher.hash_one(&record.body)));
        if let Some(body) = changed_body {
            record.body = body;
        }
        self.by_status[record.status as usize] += 1;
        self.records.push(record);
        index
    }

    /// Advances a message and returns whether it exists.
    pub(super) fn set_status(&mut self, index: u32, status: Status, now: DateTime<Utc>) -> bool {
        let Some(record) = self.records.get_mut(index as usize) else {
            return false;
        };
        self.by_status[record.status as usize] -= 1;
        self.by_status[status as usize] += 1;
        record.status = status;
        record.updated = now;
        if status == Status::Sent {
            record.sent = Some(now);
        }
        true
    }

    pub(super) fn get(&self, index: u32) -> Option<&Record> {
        self.records.get(index as usize)
    }

    pub(super) fn redact(&mut self, index: u32) {
        if let Some(record) = self.records.get_mut(index as usize) {
            record.body = Box::default();
        }
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    /// Indices of the messages to one recipient, newest first.
    pub(super) fn to(&self, recipient: &str) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(
            self.newest.get(recipient).map(|(newest, _)| *newest),
            |index| {
                self.records
                    .get(*index as usize)
                    .and_then(|record| record.previous)
            },
        )
    }

    /// Recipients with more than one message, and how many.
    pub(super) fn several(&self) -> impl Iterator<Item = (&str, usize)> + '_ {
        self.newest
            .iter()
            .filter(|(_, (_, count))| *count > 1)
            .map(|(to, (_, count))| (&**to, *count))
    }

    /// The sid of a message: its index, after a prefix unique to this ledger.
    pub(super) fn sid(&self, index: u32) -> String {
        format!("SM{:016x}{:08x}{:08x}", self.salt(), self.generation, index)
    }

    /// The message with a sid.
    pub(super) fn index_of(&self, sid: &str) -> Option<u32> {
        let index = u32::from_str_radix(sid.get(26..34)?, 16).ok()?;
        (index < self.len() && self.sid(index) == sid).then_some(index)
    }

    fn salt(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        hasher.finish()
    }

    /// The counts that the ledger itself knows.
    pub(super) fn summary(&self) -> Summary {
        Summary {
            requests: 0,
            list_requests: 0,
            accepted: self.records.len(),
            distinct_recipients: self.newest.len(),
            distinct_messages: self.pairs.len(),
            duplicates: self.records.len() - self.pairs.len(),
            recipients_with_several: self.several,
            by_status: Status::ALL
                .into_iter()
                .map(|status| (status.as_str(), self.by_status[status as usize]))
                .filter(|(_, count)| *count > 0)
                .collect(),
            refused: self.refused.clone(),
            faults: self.faults.clone(),
            opted_out: self.opted_out.len(),
            callbacks: BTreeMap::new(),
            pending: 0,
        }
    }
}
