//! The worker and its main loop.

use std::sync::Arc;
use std::time::Duration;

use rows_as_service::callbacks::Deliveries;
use rows_as_service::sending::{Batch, BatchBell, Sending};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::brake::Brake;
use crate::{Error, Pacing, Settings};

/// Minimum time between the end of a request and the moment its claim comes into doubt.
const MARGIN: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Everything that handling a batch needs. Cheap to clone; clones share connections and limits.
#[derive(Clone)]
pub struct Worker {
    pub(crate) sending: Sending,
    pub(crate) deliveries: Deliveries,
    pub(crate) twilio: twilio::Client,
    pub(crate) pacing: Pacing,
    /// Identifies the sender in the shared rate limit.
    pub(crate) sender: Arc<str>,
    /// The callback URL, up to our message's id.
    pub(crate) callback_url: Arc<str>,
    /// How long after its claim a request may still start.
    pub(crate) post_within: Duration,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) brake: Arc<Brake>,
    pub(crate) stopping: CancellationToken,
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
        let sender = settings
            .twilio
            .sender
            .messaging_service_sid
            .as_deref()
            .or(settings.twilio.sender.phone_number.as_deref())
            .unwrap_or_default()
            .into();
        Ok(Self {
            sending,
            deliveries,
            twilio: twilio::Client::new(&settings.twilio)?,
            sender,
            callback_url: format!(
                "{}/api/webhooks/twilio/status?message=",
                settings.public_base_url.as_str().trim_end_matches('/')
            )
            .into(),
            post_within,
            requests: Arc::new(Semaphore::new(usize::from(pacing.concurrency))),
            brake: Arc::default(),
            pacing,
            stopping,
        })
    }

    /// Takes the due batches, handles them, and returns how many there were.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn run_once(&self) -> Result<usize, Error> {
        let batches = self.take_batches(self.pacing.batches_at_once()).await?;
        let results =
            futures::future::join_all(batches.iter().map(|batch| self.handle_batch(batch))).await;
        for result in results {
            result?;
        }
        Ok(batches.len())
    }

    /// Runs until shutdown.
    pub async fn run(&self) {
        let bell = Arc::new(Notify::new());
        let helpers = CancellationToken::new();
        let mut others = JoinSet::new();
        others.spawn(
            helpers
                .clone()
                .run_until_cancelled_owned(self.clone().listen(bell.clone())),
        );
        others.spawn(
            helpers
                .clone()
                .run_until_cancelled_owned(self.clone().keep_up(bell.clone())),
        );
        self.handle_batches(&bell).await;
        helpers.cancel();
        others.join_all().await;
    }

    async fn handle_batches(&self, bell: &Notify) {
        let mut handling = JoinSet::new();
        let at_once = self.pacing.batches_at_once();
        while !self.stopping.is_cancelled() {
            let room = at_once - handling.len();
            let mut taken = 0;
            if room > 0 {
                match self.take_batches(room).await {
                    Ok(batches) => {
                        taken = batches.len();
                        for batch in batches {
                            let worker = self.clone();
                            handling.spawn(async move {
                                if let Err(error) = worker.handle_batch(&batch).await {
                                    tracing::error!(
                                        batch.id = batch.msg_id,
                                        error = &error as &dyn std::error::Error,
                                        "sending.batch_failed"
                                    );
                                }
                            });
                        }
                    }
                    Err(error) => {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "sending.queue_unavailable"
                        );
                    }
                }
            }
            // Free capacity: wait for the queue. No capacity: wait for a batch to end.
            let queue_is_empty = taken < room;
            tokio::select! {
                () = self.stopping.cancelled() => {}
                Some(_) = handling.join_next() => {}
                () = bell.notified(), if queue_is_empty => {}
                () = tokio::time::sleep(self.pacing.poll()), if queue_is_empty => {}
            }
        }
        // Requests end by their timeout, and nothing new starts.
        handling.join_all().await;
    }

    async fn take_batches(&self, at_most: usize) -> Result<Vec<Batch>, Error> {
        let at_most = i32::try_from(at_most).unwrap_or(i32::MAX);
        Ok(self
            .sending
            .take_batches(self.pacing.batch_hidden(), at_most)
            .await?)
    }

    /// Notifies `bell` when a campaign is launched. Without it the queue is still polled.
    async fn listen(self, bell: Arc<Notify>) {
        loop {
            if let Ok(mut launches) = self.sending.listen().await {
                ring(&mut launches, &bell).await;
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    async fn keep_up(self, bell: Arc<Notify>) {
        let mut due = tokio::time::interval(self.pacing.poll());
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(SWEEP_EVERY.min(self.pacing.ask_after()));
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                _ = due.tick() => self.launch_due().await.map(|launched| {
                    if launched > 0 {
                        bell.notify_one();
                    }
                }),
                _ = sweep.tick() => self.sweep().await,
            };
            if let Err(error) = done {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "sending.upkeep_failed"
                );
            }
        }
    }

    async fn sweep(&self) -> Result<(), Error> {
        self.end_finished().await?;
        self.ask_about_open_messages().await?;
        Ok(())
    }
}

async fn ring(launches: &mut BatchBell, bell: &Notify) {
    while launches.rung().await.is_ok() {
        bell.notify_one();
    }
}
