//! The control API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::faults::Faults;
use super::state::Shared;

pub(super) async fn get_faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    Json(shared.inner().faults.clone())
}

/// Replaces all faults; `{}` ends them.
pub(super) async fn put_faults(
    State(shared): State<Arc<Shared>>,
    Json(faults): Json<Faults>,
) -> Json<Faults> {
    shared.inner().faults = faults.clone();
    Json(faults)
}
