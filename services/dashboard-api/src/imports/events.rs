//! `GET /api/customers/imports/{id}/events`: an import as it goes, as server-sent events. A browser
//! opens it with `?token=`, from `POST /api/customers/imports/{id}/events/token`: see `event_tokens`.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use bytes::Bytes;
use domain::{Caller, CustomerImportId};
use futures::stream;
use rows_as_user::{RowsAsUser, RowsError};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use web::{ApprovedUser, Path, Place, Places};

use super::table::{COLUMNS, TABLE};
use crate::{
    event_tokens::{EventToken, Watcher},
    rows_failure,
    stopping::Stopping,
    streams,
};

type Failure = rows_failure::Failure<rows_failure::CustomerImport>;

const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// A client may open the stream before the upload has begun: looks until then.
const LOOKS_FOR_A_BEGINNING: u32 = 20;

/// Places for streams of events.
#[derive(Debug, Clone)]
pub(crate) struct EventPlaces(Places);

impl Default for EventPlaces {
    fn default() -> Self {
        Self(streams::places())
    }
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

/// Where a stream is.
struct Watching {
    rows: RowsAsUser,
    caller: Caller,
    import: CustomerImportId,
    last: Bytes,
    looks: u32,
    at_end: bool,
    stopping: CancellationToken,
    _place: Place,
}

/// `POST /api/customers/imports/{id}/events/token`: what a browser opens the stream with. The import need not have begun,
/// as for the stream.
#[utoipa::path(post, path = "/api/customers/imports/{id}/events/token", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 201, description = "The token.", body = EventToken), (status = 429, description = "`too_many_stream_tokens`")))]
pub(super) async fn make_import_token(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<EventToken, Failure> {
    let path = format!("/api/customers/imports/{id}/events");
    Ok(EventToken::for_stream(&rows, &user.caller, &path).await?)
}

/// `progress` with the record whenever it has changed; at last `completed`, `failed`, `canceled` or `undone`
/// with the record, or `error` where there is none.
#[utoipa::path(get, path = "/api/customers/imports/{id}/events", tag = "Imports", security(("access_token" = []), ("stream_token" = [])), params(("id" = CustomerImportId, Path)), responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream"), (status = 429, description = "`too_many_streams`"), (status = 503, description = "`streams_full`")))]
pub(super) async fn watch_import(
    Watcher(user): Watcher,
    State(rows): State<RowsAsUser>,
    State(EventPlaces(places)): State<EventPlaces>,
    State(Stopping(stopping)): State<Stopping>,
    Path(id): Path<CustomerImportId>,
) -> Result<impl IntoResponse, Failure> {
    let place = places
        .reserve(user.profile.id)
        .map_err(|no_place| streams::full(no_place, "imports"))?;
    let watching = Watching {
        rows,
        caller: user.caller,
        import: id,
        last: Bytes::new(),
        looks: 0,
        at_end: false,
        stopping,
        _place: place,
    };
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok::<_, Infallible>(event), watching))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    Ok((streams::NOT_BUFFERED, events))
}

impl Watching {
    async fn next(&mut self) -> Option<Event> {
        while !self.at_end {
            if self.looks > 0 {
                tokio::select! {
                    () = tokio::time::sleep(BETWEEN_LOOKS) => {}
                    // The client comes back, and finds another process.
                    () = self.stopping.cancelled() => return None,
                }
            }
            self.looks += 1;
            let record = self
                .rows
                .get(&self.caller, TABLE, COLUMNS, self.import)
                .await;
            match record {
                Ok(record) if record.0 == self.last => {}
                Ok(record) => {
                    self.last = record.0;
                    return Some(self.event());
                }
                // What fails now may succeed in half a second.
                Err(RowsError::Unreachable(_) | RowsError::TimedOut | RowsError::Locked { .. }) => {
                }
                Err(RowsError::NotFound) if self.looks < LOOKS_FOR_A_BEGINNING => {}
                Err(error) => {
                    self.at_end = true;
                    let code = match error {
                        RowsError::NotFound => "customer_import_not_found",
                        RowsError::SignedOut => "token_invalid",
                        RowsError::SessionEnded => "session_ended",
                        _ => "internal",
                    };
                    return Some(Event::default().event("error").data(code));
                }
            }
        }
        None
    }

    fn event(&mut self) -> Event {
        let status = serde_json::from_slice::<Status>(&self.last)
            .map_or_else(|_| String::new(), |record| record.status);
        self.at_end = status != "running";
        let name = if self.at_end { &status } else { "progress" };
        Event::default()
            .event(name)
            .data(String::from_utf8_lossy(&web::uniform_times(&self.last)))
    }
}
