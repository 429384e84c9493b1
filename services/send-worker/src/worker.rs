//! The worker and its loops.

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rows_as_service::callbacks::Deliveries;
use rows_as_service::sending::{Bell, SenderId, Sending};
use rows_as_service::{LONGEST_TURN, SOON, within};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::meter::Meter;
use crate::outcomes::Hold;
use crate::posting::Batch;
use crate::recorder::Recorder;
use crate::{Error, Pacing, Settings};

/// Minimum time between the end of a request and the moment its claim comes into doubt.
const MARGIN: Duration = Duration::from_secs(1);
const KEEP_MOVING_EVERY: Duration = Duration::from_secs(5);
const ASK_EVERY: Duration = Duration::from_mins(1);
const ROLL_UP_EVERY: Duration = Duration::from_mins(1);
/// Analytics read what is not added up yet, which should stay little.
const ADD_UP_EVERY: Duration = Duration::from_secs(5);
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Everything that sending needs. Cheap to clone; clones share connections and limits.
#[derive(Clone)]
pub struct Worker {
    pub(crate) sending: Sending,
    pub(crate) deliveries: Deliveries,
    pub(crate) twilio: twilio::Client,
    pub(crate) pacing: Pacing,
    /// What claims say of who made them.
    pub(crate) name: Arc<str>,
    /// The callback URL, up to our message's id.
    pub(crate) callback_url: Arc<str>,
    /// How long after its claim a request may still start.
    pub(crate) post_within: Duration,
    /// How long Twilio may take for a page of its list.
    pub(crate) list_timeout: Duration,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) unknown_in_a_row: Arc<AtomicU32>,
    pub(crate) stopping: CancellationToken,
    /// Senders that this process knows to be held, so that what it has taken is not posted.
    held: Arc<Mutex<HashMap<SenderId, Instant>>>,
    sender: Arc<twilio::Sender>,
}

impl Worker {
    /// Creates a worker with these handles.
    ///
    /// # Errors
    /// [`Error::Twilio`] or [`Error::DoubtTooEarly`] if the settings are invalid.
    pub fn new(
        sending: Sending,
        deliveries: Deliveries,
        settings: &Settings,
        stopping: CancellationToken,
    ) -> Result<Self, Error> {
        let timeout = settings.twilio.timeout();
        let pacing = settings.pacing.clone();
        // Half for requests to start, half for Twilio's list to show the last of them.
        let post_within = pacing.doubt_after().saturating_sub(timeout) / 2;
        if post_within < MARGIN {
            return Err(Error::DoubtTooEarly {
                doubt_after: pacing.doubt_after_seconds,
                timeout: timeout.as_secs(),
            });
        }
        Ok(Self {
            sending,
            deliveries,
            twilio: twilio::Client::new(&settings.twilio)?,
            name: format!("process {}", std::process::id()).into(),
            callback_url: format!(
                "{}/api/webhooks/twilio/status?message=",
                settings.public_base_url.as_str().trim_end_matches('/')
            )
            .into(),
            post_within,
            list_timeout: timeout,
            requests: Arc::new(Semaphore::new(usize::from(pacing.concurrency))),
            meter: Arc::new(Meter::new(Instant::now())),
            unknown_in_a_row: Arc::default(),
            pacing,
            stopping,
            held: Arc::default(),
            sender: Arc::new(settings.twilio.sender.clone()),
        })
    }

    /// Registers the sender of the settings as the default.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn register_sender(&self) -> Result<(), Error> {
        self.sending
            .register_sender(
                self.sender.phone_number.as_deref(),
                self.sender.messaging_service_sid.as_deref(),
                self.pacing.segments_per_second,
            )
            .await?;
        Ok(())
    }

    /// Runs until shutdown.
    pub async fn run(&self) {
        let bell = Arc::new(Notify::new());
        let helpers = CancellationToken::new();
        let mut others = JoinSet::new();
        self.register_patiently().await;
        others.spawn(
            helpers
                .clone()
                .run_until_cancelled_owned(self.clone().listen(bell.clone())),
        );
        // Each on its own: a slow list of Twilio's delays no schedule.
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            self.pacing.poll(),
            |worker| async move { worker.launch_due().await.map(drop) },
        )));
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            KEEP_MOVING_EVERY.min(self.pacing.poll() * 5),
            |worker| async move { worker.keep_moving().await },
        )));
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            self.pacing.poll(),
            |worker| async move { worker.settle_doubts().await.map(drop) },
        )));
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            ASK_EVERY.min(self.pacing.ask_after()),
            |worker| async move { worker.find_missed_callbacks().await.map(drop) },
        )));
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            ROLL_UP_EVERY,
            |worker| async move { worker.roll_up_senders().await },
        )));
        others.spawn(helpers.clone().run_until_cancelled_owned(every(
            self.clone(),
            ADD_UP_EVERY,
            |worker| async move { worker.roll_up_messages().await },
        )));
        let (recorder, writing) = Recorder::new(self.sending.clone());
        let writer = tokio::spawn(writing);
        self.dispatch(recorder, &bell).await;
        // Requests end by their timeout, nothing new starts, and the writer ends after the last of them.
        let _ = writer.await;
        helpers.cancel();
        others.join_all().await;
    }

    async fn register_patiently(&self) {
        while let Err(error) = within(SOON, self.register_sender()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "sending.sender_not_registered"
            );
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = tokio::time::sleep(self.pacing.poll()) => {}
            }
        }
    }

    /// Notifies `bell` when there may be something to send. Without it the database is still asked.
    async fn listen(self, bell: Arc<Notify>) {
        loop {
            if let Ok(mut rings) = self.sending.listen().await {
                ring(&mut rings, &bell).await;
            }
            tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
        }
    }

    /// Whether this process knows that the sender is held.
    pub(crate) fn is_held(&self, sender: SenderId) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&sender)
            .is_some_and(|until| *until > Instant::now())
    }

    /// Holds a take's sender for everybody. Requests that fail side by side do it once.
    pub(crate) async fn hold(&self, batch: &Batch, hold: Hold) {
        let sender = batch.take.sender.id;
        let by_probe = batch.take.is_probe;
        {
            let mut known = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if !by_probe && known.get(&sender).is_some_and(|until| *until > now) {
                return;
            }
            // Only for what is taken already; the database knows how long it really is.
            known.insert(sender, now + hold.base.min(MARGIN));
        }
        instruments::sending().held.inc(hold.reason);
        tracing::warn!(reason = hold.reason, "sending.sender_held");
        let telling =
            self.sending
                .hold_sender(sender, hold.reason, hold.base, hold.longest, by_probe);
        if let Err(error) = within(SOON, telling).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "sending.hold_not_recorded"
            );
        }
    }
}

/// Does `work` again and again.
async fn every<W: Future<Output = Result<(), Error>>>(
    worker: Worker,
    period: Duration,
    work: impl Fn(Worker) -> W,
) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = within(LONGEST_TURN, work(worker.clone())).await {
            instruments::sending().failures.inc("upkeep");
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "sending.upkeep_failed"
            );
        }
    }
}

async fn ring(rings: &mut Bell, bell: &Notify) {
    while rings.rung().await.is_ok() {
        bell.notify_one();
    }
}
