//! What Twilio reports of messages, written in batches.

use domain::CampaignMessageId;
use uuid::Uuid;

use crate::{
    DatabaseError,
    callback_rows::{EventRow, NewsRow},
    dedicated_connection::DedicatedConnection,
};

handle! {
    /// What Twilio reports of messages.
    Deliveries
}

/// Our delivery status; the order is the rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryStatus {
    /// Twilio has the message.
    Sent,
    /// The carrier delivered it.
    Delivered,
    /// It will not be delivered.
    Failed,
}

impl DeliveryStatus {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Whether it is final.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }
}

/// An update of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryNews {
    /// Our id, if the callback's URL had one.
    pub message_id: Option<CampaignMessageId>,
    /// Twilio's id.
    pub sid: String,
    /// Its status.
    pub status: DeliveryStatus,
    /// Why it failed, as a stable code.
    pub reason: Option<&'static str>,
    /// Twilio's code of a failure.
    pub error_code: Option<i32>,
    /// The failure in words.
    pub error_message: Option<String>,
    /// Whether its number must not be texted any more.
    pub suppress: bool,
}

/// A callback as it came, for `private.twilio_events`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusEvent {
    /// Our id, if the callback's URL had one.
    pub message_id: Option<CampaignMessageId>,
    /// Twilio's id, if it names one.
    pub sid: Option<String>,
    /// Twilio's word.
    pub status: Option<String>,
    /// Twilio's error code.
    pub error_code: Option<i32>,
    /// The body.
    pub payload: String,
}

/// What to do about rows that somebody else has locked, such as a large deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// Waits a quarter of a second; then the call fails as transient.
    Wait,
    /// Waits for nothing: what is locked is kept in `private.waiting_deliveries`.
    PutOff,
}

/// When recorded updates are counted in their campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// By the statement that records them.
    AtOnce,
    /// By [`Deliveries::count_recorded`], which the caller sees to.
    Later,
}

/// The last tally that was counted; the first call knows of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Tally(pub i64);

/// A group of callbacks whose updates are kept and not recorded yet; of two, the older one is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingGroup(i64);

/// What a call of [`DedicatedDeliveries::record_waiting`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// How many groups it recorded.
    pub groups: i32,
    /// The oldest one from there on that still waits, which another process may be recording.
    pub oldest: Option<WaitingGroup>,
}

/// Updates as rows, sorted by our id: all statements lock rows in that order.
fn sorted(news: &[DeliveryNews]) -> Vec<NewsRow<'_>> {
    let mut rows: Vec<_> = news
        .iter()
        .map(|one| NewsRow {
            message_id: one.message_id.map(Uuid::from),
            sid: &one.sid,
            status: one.status.as_str(),
            reason: one.reason,
            error_code: one.error_code,
            error_message: one.error_message.as_deref(),
            suppress: one.suppress,
        })
        .collect();
    rows.sort_unstable_by_key(|one| one.message_id);
    rows
}

fn as_rows<'a>(events: &[&'a StatusEvent]) -> Vec<EventRow<'a>> {
    let row = |one: &&'a StatusEvent| EventRow {
        sid: one.sid.as_deref(),
        message_id: one.message_id.map(Uuid::from),
        status: one.status.as_deref(),
        error_code: one.error_code,
        payload: &one.payload,
    };
    events.iter().map(row).collect()
}

impl Deliveries {
    /// The same on a connection of one's own.
    #[must_use]
    pub fn dedicated(&self) -> DedicatedDeliveries {
        DedicatedDeliveries {
            connection: DedicatedConnection::new(self.pool().clone()),
        }
    }

    /// Records updates in one statement; each `sid` may occur in `news` once. Late and
    /// repeated updates change nothing, and unknown messages are skipped. Locked messages are put off.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record(&self, news: &[DeliveryNews]) -> Result<(), DatabaseError> {
        // Not `record_callbacks` without events: a send worker may not append any.
        sqlx::query_scalar!(
            "select private.record_deliveries($1, true)",
            sorted(news) as Vec<NewsRow<'_>>,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(())
    }

    /// Counts in their campaigns what was recorded with [`Counted::Later`] or by [`DedicatedDeliveries::record_waiting`] after the tally
    /// `after`; returns the last one. What somebody has locked is left out, and so may be what was written when `after` was
    /// counted: see [`Deliveries::count_left_over`].
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is counted, and the call may be retried.
    pub async fn count_recorded(&self, after: Tally) -> Result<Tally, DatabaseError> {
        let last = sqlx::query_scalar!(
            r#"select private.count_tallies($1, 'infinity') as "last!""#,
            after.0
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Tally(last))
    }

    /// Counts what nobody has counted for two seconds, up to some thousand; returns whether there was anything.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is counted.
    pub async fn count_left_over(&self) -> Result<bool, DatabaseError> {
        let found = sqlx::query_scalar!(
            r#"select private.count_tallies(0, clock_timestamp() - interval '2 seconds') > 0 as "found!""#
        )
        .fetch_one(self.pool())
        .await?;
        Ok(found)
    }

    /// Records the oldest group that waits one by one; returns how many updates the database refuses, which are dropped.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded.
    pub async fn record_waiting_singly(&self) -> Result<i32, DatabaseError> {
        let refused = sqlx::query_scalar!(
            r#"select private.record_waiting_deliveries_singly() as "refused!""#
        )
        .fetch_one(self.pool())
        .await?;
        Ok(refused)
    }

    /// Records groups that wait as [`DedicatedDeliveries::record_waiting`], also those that were put off because they were locked; what
    /// is still locked is put off again.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded.
    pub async fn record_put_off(&self) -> Result<i32, DatabaseError> {
        let groups = sqlx::query_scalar!(
            r#"select recorded as "recorded!" from private.record_waiting_deliveries(true, true, 1000)"#
        )
        .fetch_one(self.pool())
        .await?;
        Ok(groups)
    }

    /// Makes the coming days' partitions of `private.twilio_events` and drops those older than `kept_days`, or than
    /// `private.retention` says;
    /// returns how many it dropped.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn keep_events(&self, kept_days: Option<i32>) -> Result<i32, DatabaseError> {
        let dropped = sqlx::query_scalar!(
            r#"select private.keep_twilio_events($1) as "dropped!""#,
            kept_days
        )
        .fetch_one(self.pool())
        .await?;
        Ok(dropped)
    }
}

/// [`Deliveries`] for a task that records one group after the other: on a connection that it keeps in between.
#[derive(Debug)]
pub struct DedicatedDeliveries {
    connection: DedicatedConnection,
}

impl DedicatedDeliveries {
    /// Whether it has a connection.
    #[must_use]
    pub const fn has_connection(&self) -> bool {
        self.connection.is_held()
    }

    /// Gives its connection to the pool, when nothing is to be recorded for the moment.
    pub fn release_connection(&mut self) {
        self.connection.release();
    }

    /// Appends callbacks to `private.twilio_events` and records the updates in them, in one statement: both
    /// happen or neither does. `news` is as for [`Deliveries::record`].
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record_callbacks(
        &mut self,
        events: &[&StatusEvent],
        news: &[DeliveryNews],
        locked: Locked,
        counted: Counted,
    ) -> Result<(), DatabaseError> {
        let mut held = self.connection.take().await?;
        sqlx::query_scalar!(
            "
            with kept as (
              insert into private.twilio_events (kind, sid, message_id, status, error_code, payload)
              select 'status', e.sid, e.message_id, e.status, e.error_code, e.payload
              from unnest($1::private.status_event[]) e
            )
            select private.record_deliveries($2, $3, $4)
            ",
            as_rows(events) as Vec<EventRow<'_>>,
            sorted(news) as Vec<NewsRow<'_>>,
            locked == Locked::PutOff,
            counted == Counted::Later,
        )
        .fetch_one(&mut *held.connection)
        .await?;
        self.connection.put_back(held);
        Ok(())
    }

    /// Appends callbacks to `private.twilio_events`, and the updates in them as a group that is recorded later, in
    /// one statement. `news` is as for [`Deliveries::record`]. Returns the group.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is kept, and the call may be retried.
    pub async fn keep_callbacks(
        &mut self,
        events: &[&StatusEvent],
        news: &[DeliveryNews],
    ) -> Result<WaitingGroup, DatabaseError> {
        let mut held = self.connection.take().await?;
        let id = sqlx::query_scalar!(
            "
            with kept as (
              insert into private.twilio_events (kind, sid, message_id, status, error_code, payload)
              select 'status', e.sid, e.message_id, e.status, e.error_code, e.payload
              from unnest($1::private.status_event[]) e
            )
            insert into private.waiting_deliveries (news) values ($2) returning id
            ",
            as_rows(events) as Vec<EventRow<'_>>,
            sorted(news) as Vec<NewsRow<'_>>,
        )
        .fetch_one(&mut *held.connection)
        .await?;
        self.connection.put_back(held);
        Ok(WaitingGroup(id))
    }

    /// Records groups that wait, the oldest first, from `first` on, until about a thousand updates are recorded. They are to be
    /// counted by [`Deliveries::count_recorded`].
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record_waiting(
        &mut self,
        first: WaitingGroup,
        locked: Locked,
    ) -> Result<Recorded, DatabaseError> {
        let mut held = self.connection.take().await?;
        let recorded = sqlx::query!(
            r#"select recorded as "recorded!", oldest from private.record_waiting_deliveries($1, false, 1000, $2)"#,
            locked == Locked::PutOff,
            first.0
        )
        .fetch_one(&mut *held.connection)
        .await?;
        self.connection.put_back(held);
        Ok(Recorded {
            groups: recorded.recorded,
            oldest: recorded.oldest.map(WaitingGroup),
        })
    }
}
