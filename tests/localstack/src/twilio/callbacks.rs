//! Messages in progress, and their signed status callbacks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use domain::{Clock as _, SystemClock};
use reqwest::header::CONTENT_TYPE;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::faults::Die;
use super::options::CallbackRetry;
use super::overrides::{Failure, Overrides};
use super::record::Status;
use super::schedule::{Schedule, Step};
use super::state::Shared;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One callback to send.
struct Callback {
    url: String,
    fields: Vec<(&'static str, String)>,
    /// The same for all tries, so that the receiver can tell a repetition.
    idempotency_token: String,
    /// How long it is held back.
    delay: Duration,
}

/// Advances messages until the stand-in is dropped.
pub(super) async fn run(shared: Weak<Shared>, schedule: Arc<Schedule>, ended: CancellationToken) {
    let Some(permits) = shared
        .upgrade()
        .map(|shared| shared.options.callback_concurrency.max(1))
    else {
        return;
    };
    let permits = Arc::new(Semaphore::new(permits));
    loop {
        let step = tokio::select! {
            step = schedule.next() => step,
            () = ended.cancelled() => return,
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        // Count before the step is removed, so that `pending` never reads 0 too early.
        shared.callbacks.under_way.fetch_add(1, Ordering::Relaxed);
        let callbacks = take(&shared, step);
        if callbacks.is_empty() {
            shared.callbacks.under_way.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let delay = callbacks
            .first()
            .map_or(Duration::ZERO, |first| first.delay);
        if !delay.is_zero() {
            // It waits without a permit, so that it holds up no other.
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let permit = permits.acquire_owned().await;
                deliver_all(&shared, &callbacks).await;
                drop(permit);
            });
            continue;
        }
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            () = ended.cancelled() => return,
        };
        tokio::spawn(async move {
            deliver_all(&shared, &callbacks).await;
            drop(permit);
        });
    }
}

/// Takes one step: changes the status, schedules the next step, and returns the callbacks.
fn take(shared: &Shared, step: Step) -> Vec<Callback> {
    let faults = shared.faults();
    let mut ledger = shared.ledger();
    if step.generation != ledger.generation {
        return Vec::new();
    }
    let Some((status, ends_with)) = ledger
        .get(step.message)
        .and_then(|record| Some((record.status.next(record.ends_with)?, record.ends_with)))
    else {
        return Vec::new();
    };
    ledger.set_status(step.message, status, SystemClock.now());
    let has_next = status.next(ends_with).is_some();
    let hold_back = status == Status::Sent
        && has_next
        && faults.hits(Die::Reorder, faults.callback_reorder_ratio, step.message);
    if has_next {
        let due = Instant::now() + shared.options.step_delay;
        shared.schedule.push(Step {
            due,
            is_first: false,
            sent_held_back: hold_back,
            ..step
        });
    }
    let mut statuses = Vec::with_capacity(4);
    if !hold_back {
        statuses.push(status);
    }
    if step.sent_held_back {
        statuses.push(Status::Sent);
    }
    statuses.retain(|status| {
        let about = (step.message, *status as u8);
        let lost = faults.hits(Die::Loss, faults.callback_loss_ratio, about);
        if lost {
            count(&shared.callbacks.lost);
        }
        !lost
    });
    let repeated: Vec<_> = statuses
        .iter()
        .copied()
        .filter(|status| {
            let about = (step.message, *status as u8);
            faults.hits(Die::Repeat, faults.callback_repeat_ratio, about)
        })
        .collect();
    for _ in &repeated {
        count(&shared.callbacks.repeated);
    }
    statuses.extend(repeated);

    let Some(record) = ledger.get(step.message) else {
        return Vec::new();
    };
    let Some(url) = &record.callback else {
        return Vec::new();
    };
    let sid = ledger.sid(step.message);
    let delay = if step.is_first {
        Duration::from_millis(faults.callback_delay_ms)
    } else {
        Duration::ZERO
    };
    statuses
        .into_iter()
        .map(|status| {
            let mut fields = vec![
                ("AccountSid", shared.options.account_sid.clone()),
                ("ApiVersion", "2010-04-01".to_owned()),
                ("MessageSid", sid.clone()),
                ("MessageStatus", status.as_str().to_owned()),
                ("SmsSid", sid.clone()),
                ("SmsStatus", status.as_str().to_owned()),
                ("To", record.to.to_string()),
            ];
            fields.extend(record.from.as_ref().map(|from| ("From", from.to_string())));
            fields.extend(
                record
                    .service
                    .as_ref()
                    .map(|sid| ("MessagingServiceSid", sid.to_string())),
            );
            if matches!(status, Status::Undelivered | Status::Failed) {
                fields.push(("ErrorCode", record.ends_with.to_string()));
            }
            if matches!(status, Status::Undelivered | Status::Delivered) {
                fields.push((
                    "RawDlrDoneDate",
                    record.updated.format("%y%m%d%H%M").to_string(),
                ));
            }
            Callback {
                url: url.to_string(),
                fields,
                idempotency_token: uuid::Uuid::new_v4().to_string(),
                delay,
            }
        })
        .collect()
}

async fn deliver_all(shared: &Shared, callbacks: &[Callback]) {
    for callback in callbacks {
        let answered = deliver(shared, callback).await.unwrap_or(false);
        count(if answered {
            &shared.callbacks.answered
        } else {
            &shared.callbacks.failed
        });
    }
    shared.callbacks.under_way.fetch_sub(1, Ordering::Relaxed);
}

/// Tries a callback until it is answered with success (`true`) or given up.
///
/// # Errors
/// When the HTTP client can't be built.
async fn deliver(shared: &Shared, callback: &Callback) -> Result<bool, reqwest::Error> {
    let begun = Instant::now();
    let overrides = Overrides::of(&callback.url);
    let http = shared.callers.get(&overrides)?;
    let mut pause = FIRST_PAUSE;
    let mut retries = 0;
    loop {
        let left = match shared.options.callback_retry {
            CallbackRetry::AsTwilio => overrides.total.saturating_sub(begun.elapsed()),
            CallbackRetry::UntilAccepted { .. } => overrides.total,
        };
        let answer = signed_post(shared, &http, &callback.url, &callback.fields)
            .header("I-Twilio-Idempotency-Token", &callback.idempotency_token)
            .timeout(left)
            .send()
            .await;
        let Some(failure) = Failure::of(&answer) else {
            return Ok(true);
        };
        let again = match shared.options.callback_retry {
            CallbackRetry::AsTwilio => {
                retries < overrides.retries
                    && overrides.repeats(failure)
                    && begun.elapsed() + pause < overrides.total
            }
            CallbackRetry::UntilAccepted { give_up_after } => begun.elapsed() < give_up_after,
        };
        if !again {
            return Ok(false);
        }
        retries += 1;
        count(&shared.callbacks.retried);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A signed form. The fragment, which holds overrides, is neither sent nor signed.
pub(super) fn signed_post(
    shared: &Shared,
    http: &reqwest::Client,
    url: &str,
    fields: &[(&'static str, String)],
) -> reqwest::RequestBuilder {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let pairs = || fields.iter().map(|(name, value)| (*name, value.as_str()));
    let token = shared.options.auth_token.as_str().into();
    let signature = ::twilio::signature::sign(&token, url, pairs());
    let form = form_urlencoded::Serializer::new(String::with_capacity(512))
        .extend_pairs(pairs())
        .finish();
    http.post(url)
        .header("X-Twilio-Signature", signature)
        .header(
            CONTENT_TYPE,
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(form)
}
