//! The domains resource: from which addresses the account may send.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Refusal;
use super::emails::check_key;
use super::known_domains::Domains;
use super::state::Shared;

pub(super) async fn list_domains(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    check_key(&shared, &headers)?;
    let known = shared.inner().domains.clone();
    if known.key_may_only_send {
        return Err(Refusal::new(
            401,
            "restricted_api_key",
            "This API key is restricted to only send emails",
        ));
    }
    let domains: Vec<Value> = known
        .domains
        .into_iter()
        .map(|domain| {
            let id = Uuid::new_v4();
            json!({ "id": id, "name": domain.name, "status": domain.status, "region": "us-east-1" })
        })
        .collect();
    Ok(Json(
        json!({ "object": "list", "has_more": false, "data": domains }),
    ))
}

/// Replaces all of it.
pub(super) async fn put_domains(
    State(shared): State<Arc<Shared>>,
    Json(domains): Json<Domains>,
) -> StatusCode {
    shared.inner().domains = domains;
    StatusCode::NO_CONTENT
}
