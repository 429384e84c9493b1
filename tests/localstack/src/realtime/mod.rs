//! Supabase Realtime under `/realtime/v1`: Phoenix's channels over a WebSocket, as supabase-js speaks them.
//!
//! `socket` speaks with one client in frames (`frame`) and keeps its channels (`join`, `token`). `hub` knows who listens
//! to what. While anybody listens, `reader` reads the publication `supabase_realtime` by logical decoding (`pgoutput`),
//! and `table` asks Postgres, as each subscriber, which of the changed rows row level security shows; `wanted` are a
//! subscriber's filters, `payload` is what it gets.
//!
//! What isn't here: presence (its state is empty), private channels (nobody may join one, as on a project without
//! policies on `realtime.messages`), and broadcasts by HTTP or from the database.

mod frame;
mod hub;
mod join;
mod payload;
mod pgoutput;
mod reader;
mod shared;
mod socket;
mod table;
mod token;
mod wanted;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Query, State, WebSocketUpgrade},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::{frame::Version, hub::Hub, shared::Shared};
use crate::{gateway::RoleToken, keys::Keys};

/// The largest frame that hosted projects take.
const LONGEST_FRAME: usize = 5_000_000;

/// The routes, to be mounted under `/realtime/v1`, and the task that reads changes from the database at
/// `superuser_url`. Both end with `stop`.
pub fn start(
    superuser_url: String,
    keys: Arc<Keys>,
    stop: CancellationToken,
) -> (Router, JoinHandle<()>) {
    let hub = Arc::new(Hub::default());
    let reader = tokio::spawn(reader::run(Arc::clone(&hub), superuser_url, stop.clone()));
    let router = Router::new()
        .route("/websocket", get(connect))
        .with_state(Shared { hub, keys, stop });
    (router, reader)
}

#[derive(Deserialize)]
struct Connection {
    #[serde(default)]
    vsn: Version,
}

async fn connect(
    upgrade: WebSocketUpgrade,
    State(shared): State<Shared>,
    Extension(RoleToken(role_token)): Extension<RoleToken>,
    Query(connection): Query<Connection>,
) -> Response {
    upgrade
        .max_message_size(LONGEST_FRAME)
        .on_upgrade(move |socket| socket::serve(socket, connection.vsn, role_token, shared))
}
