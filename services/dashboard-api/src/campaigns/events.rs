//! `GET /api/campaigns/{id}/events`: a campaign as it goes, as server-sent events.
//!
//! - `campaign`, at once and then within a second of each change: status, counters and times as JSON. Its id stands for
//!   them, so a client that comes back with `Last-Event-ID` gets nothing that it has.
//! - `end`, the last one: `{"code": …}`. `campaign_ended`: it has ended, and each message is delivered or failed, or
//!   nothing has changed for five minutes. `campaign_not_found`: it was deleted, or may not be seen any more.
//!   `token_invalid`: the token has expired. `server_stopping`: come back. After the first two, don't.
//!
//! What PostgREST can't answer now is asked again. A comment every 15 s keeps the connection open.
//!
//! A browser opens it with `?token=`, from `POST /api/campaigns/{id}/events/token`: see `event_tokens`.

use std::{
    convert::Infallible,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{Caller, CampaignId};
use futures::stream;
use rows_as_user::{JsonRow, RowsAsUser, RowsError};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use web::{ApprovedUser, Path, Place, Places};

use super::table::TABLE;
use crate::{
    event_tokens::{EventToken, Watcher},
    rows_failure,
    stopping::Stopping,
    streams,
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;

/// What counts as a change.
const COLUMNS: &str = "id,status,total_recipients,sent_count,delivered_count,failed_count,pending_count,\
    skipped_count,filtered_count,unregistered_count,opted_out_count,pause_reason,failure_reason,\
    scheduled_at,launched_at,paused_at,sent_at,canceled_at";
/// A little less than the second within which clients see a change.
const BETWEEN_LOOKS: Duration = Duration::from_millis(800);
const BETWEEN_COMMENTS: Duration = Duration::from_secs(15);
/// Of some messages carriers never say what became of them.
const LINGER: Duration = Duration::from_mins(5);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Places for streams of campaigns.
#[derive(Debug, Clone)]
pub(crate) struct CampaignStreams(Places);

impl Default for CampaignStreams {
    fn default() -> Self {
        Self(streams::places())
    }
}

/// `POST /api/campaigns/{id}/events/token`: what a browser opens the stream with.
#[utoipa::path(post, path = "/api/campaigns/{id}/events/token", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 201, description = "The token.", body = EventToken), (status = 429, description = "`too_many_stream_tokens`")))]
pub(super) async fn make_campaign_token(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(campaign): Path<CampaignId>,
) -> Result<EventToken, Failure> {
    // Others' campaigns are as if they weren't there.
    rows.get(&user.caller, TABLE, "id", campaign).await?;
    let path = format!("/api/campaigns/{campaign}/events");
    Ok(EventToken::for_stream(&rows, &user.caller, &path).await?)
}

/// Shows a campaign as it goes: `campaign` after each change, at last `end` with a code.
#[utoipa::path(get, path = "/api/campaigns/{id}/events", tag = "Campaigns", security(("access_token" = []), ("stream_token" = [])), params(("id" = CampaignId, Path), ("Last-Event-ID" = Option<String>, Header, description = "What the client has seen last.")), responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream"), (status = 429, description = "`too_many_streams`"), (status = 503, description = "`streams_full`")))]
pub(super) async fn watch_campaign(
    Watcher(user): Watcher,
    State(rows): State<RowsAsUser>,
    State(CampaignStreams(places)): State<CampaignStreams>,
    State(Stopping(stopping)): State<Stopping>,
    Path(campaign): Path<CampaignId>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let place = places
        .reserve(user.profile.id)
        .map_err(|no_place| streams::full(no_place, "campaigns"))?;
    // Before the answer begins, so that what can't be watched is refused with its status.
    let row = rows.get(&user.caller, TABLE, COLUMNS, campaign).await?;
    let mut looks = interval_at(Instant::now() + BETWEEN_LOOKS, BETWEEN_LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watching = Watching {
        rows,
        caller: user.caller,
        campaign,
        view: View::of_client(&headers),
        unseen: Some(row),
        looks,
        stopping,
        has_ended: false,
        _place: place,
    };
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok::<_, Infallible>(event), watching))
    });
    let keep_alive = KeepAlive::new().interval(BETWEEN_COMMENTS);
    Ok((
        streams::NOT_BUFFERED,
        Sse::new(events).keep_alive(keep_alive),
    ))
}

/// A stream.
struct Watching {
    rows: RowsAsUser,
    caller: Caller,
    campaign: CampaignId,
    view: View,
    /// Read, but not looked at yet.
    unseen: Option<JsonRow>,
    looks: Interval,
    stopping: CancellationToken,
    has_ended: bool,
    _place: Place,
}

impl Watching {
    async fn next(&mut self) -> Option<Event> {
        while !self.has_ended {
            if let Some(row) = self.unseen.take()
                && let Some(event) = self.view.change(&row)
            {
                return Some(event);
            }
            if self.view.is_over(Instant::now()) {
                return Some(self.end("campaign_ended"));
            }
            let stopping = self.stopping.clone();
            let look = tokio::select! {
                look = self.look() => look,
                () = stopping.cancelled() => return Some(self.end("server_stopping")),
            };
            match look {
                Ok(row) => self.unseen = Some(row),
                Err(RowsError::NotFound) => return Some(self.end("campaign_not_found")),
                Err(RowsError::SignedOut) => return Some(self.end("token_invalid")),
                Err(RowsError::SessionEnded) => return Some(self.end("session_ended")),
                // What fails now may succeed in a second.
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a watched campaign can't be read"
                ),
            }
        }
        None
    }

    async fn look(&mut self) -> Result<JsonRow, RowsError> {
        self.looks.tick().await;
        self.rows
            .get(&self.caller, TABLE, COLUMNS, self.campaign)
            .await
    }

    fn end(&mut self, code: &str) -> Event {
        self.has_ended = true;
        Event::default()
            .event("end")
            .data(json!({ "code": code }).to_string())
    }
}

/// What the client has seen, and whether more is to come.
struct View {
    id: Option<String>,
    progress: Progress,
    changed_at: Instant,
}

#[derive(Debug, Default, Deserialize)]
struct Progress {
    status: String,
    total_recipients: Option<u64>,
    delivered_count: Option<u64>,
    failed_count: Option<u64>,
}

impl View {
    fn of_client(headers: &HeaderMap) -> Self {
        let id = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
        Self {
            id: id.map(str::to_owned),
            progress: Progress::default(),
            changed_at: Instant::now(),
        }
    }

    /// The row as an event, unless the client has it.
    fn change(&mut self, row: &JsonRow) -> Option<Event> {
        let id = id_of(row);
        self.progress = serde_json::from_slice(&row.0).unwrap_or_default();
        if self.id.as_ref() == Some(&id) {
            return None;
        }
        self.changed_at = Instant::now();
        let event = Event::default()
            .event("campaign")
            .id(&id)
            .data(String::from_utf8_lossy(&web::uniform_times(&row.0)));
        self.id = Some(id);
        Some(event)
    }

    fn is_over(&self, now: Instant) -> bool {
        let Progress { status, .. } = &self.progress;
        let has_ended = matches!(status.as_str(), "sent" | "failed" | "canceled");
        has_ended && (self.progress.is_settled() || now.duration_since(self.changed_at) >= LINGER)
    }
}

impl Progress {
    /// Whether each message is delivered or failed.
    fn is_settled(&self) -> bool {
        let [total, delivered, failed] = [
            self.total_recipients,
            self.delivered_count,
            self.failed_count,
        ]
        .map(Option::unwrap_or_default);
        delivered + failed >= total
    }
}

/// The same for the same row in every process of one version; between versions a client gets a row twice at worst.
fn id_of(row: &JsonRow) -> String {
    let mut hasher = DefaultHasher::new();
    row.0.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, total: Option<u64>, delivered: u64, failed: u64) -> JsonRow {
        let row = json!({
            "status": status, "total_recipients": total, "delivered_count": delivered, "failed_count": failed,
        });
        JsonRow(row.to_string().into())
    }

    fn headers(id: Option<&str>) -> HeaderMap {
        let value = id.map(|id| (LAST_EVENT_ID, id.parse().unwrap()));
        HeaderMap::from_iter(value)
    }

    #[test]
    fn a_client_gets_nothing_that_it_has() {
        let (before, after) = (row("sending", Some(3), 0, 0), row("sending", Some(3), 1, 0));
        let mut view = View::of_client(&headers(None));
        assert!(view.change(&before).is_some());
        assert!(view.change(&before).is_none());
        assert!(view.change(&after).is_some());
        let mut resumed = View::of_client(&headers(Some(&id_of(&after))));
        assert!(resumed.change(&after).is_none());
        assert!(resumed.change(&before).is_some());
        let mut strange = View::of_client(&headers(Some("never sent")));
        assert!(strange.change(&after).is_some());
    }

    #[test]
    fn a_stream_ends_once_everything_is_settled_or_nothing_changes_any_more() {
        for (row, over) in [
            (row("draft", Some(0), 0, 0), false),
            (row("draft", None, 0, 0), false),
            (row("scheduled", Some(0), 0, 0), false),
            (row("sending", Some(2), 2, 0), false),
            (row("paused", Some(2), 1, 1), false),
            (row("sent", Some(2), 1, 0), false),
            (row("sent", Some(2), 1, 1), true),
            (row("failed", Some(2), 0, 2), true),
            (row("failed", Some(0), 0, 0), true),
            (row("canceled", Some(2), 1, 0), false),
            (row("canceled", Some(2), 1, 1), true),
        ] {
            let mut view = View::of_client(&headers(None));
            assert!(!view.is_over(Instant::now()));
            view.change(&row);
            assert_eq!(view.is_over(Instant::now()), over, "{row:?}");
        }
        let mut view = View::of_client(&headers(None));
        view.change(&row("sent", Some(2), 1, 0));
        assert!(!view.is_over(Instant::now() + LINGER - Duration::from_secs(1)));
        assert!(view.is_over(Instant::now() + LINGER));
    }
}
