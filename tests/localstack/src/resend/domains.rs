//! The domains resource: from which addresses the account may send.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Refusal;
use super::emails::check_key;
use super::state::Shared;

/// What `/domains` answers. Mails are taken from any domain all the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Domains {
    /// Whether the key may only send mails.
    key_may_only_send: bool,
    domains: Vec<Domain>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    name: String,
    /// `verified`, `pending`, `not_started`, `failure` or `temporary_failure`.
    status: String,
}

impl Default for Domains {
    fn default() -> Self {
        Self {
            key_may_only_send: false,
            domains: vec![Domain {
                name: "dnwerks.test".to_owned(),
                status: "verified".to_owned(),
            }],
        }
    }
}

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
