//! Webhooks on request, signed like Resend's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::Shared;

/// What happened to a mail.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Delivered,
    Bounced,
    Complained,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvent {
    email_id: Uuid,
    #[serde(rename = "type")]
    kind: Kind,
    /// The webhook; the one of the options if absent.
    url: Option<String>,
    /// The id of a repeated delivery; a new one if absent.
    svix_id: Option<String>,
}

/// Posts an event to the webhook and returns its response.
pub(super) async fn send_event(
    State(shared): State<Arc<Shared>>,
    Json(event): Json<NewEvent>,
) -> (StatusCode, Json<Value>) {
    let refuse = |status, error: String| (status, Json(json!({ "error": error })));
    let Some(url) = event.url.or_else(|| shared.options.webhook_url.clone()) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "no url given or configured".to_owned(),
        );
    };
    let now = SystemClock.now();
    let kind = event.kind.as_str();
    let body = {
        let mut inner = shared.inner();
        let Some(mail) = inner.mailbox.get_mut(event.email_id) else {
            return refuse(StatusCode::NOT_FOUND, "no such mail".to_owned());
        };
        mail.last_event = kind;
        let mut data = json!({
            "email_id": mail.id,
            "created_at": mail.created_at,
            "from": mail.from,
            "to": mail.to,
            "subject": mail.subject,
        });
        if matches!(event.kind, Kind::Bounced) {
            data["bounce"] =
                json!({"type": "Permanent", "subType": "General", "message": "No such mailbox."});
        }
        json!({"type": format!("email.{kind}"), "created_at": now, "data": data}).to_string()
    };
    let id = event
        .svix_id
        .unwrap_or_else(|| format!("msg_{}", Uuid::new_v4().simple()));
    let timestamp = now.timestamp().to_string();
    let secret = shared.options.webhook_secret.as_str().into();
    let signature = match ::resend::webhook::sign(&secret, &id, &timestamp, body.as_bytes()) {
        Ok(signature) => signature,
        Err(error) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    let sent = shared
        .http
        .post(url)
        .header("content-type", "application/json")
        .header("svix-id", &id)
        .header("svix-timestamp", timestamp)
        .header("svix-signature", signature)
        .body(body)
        .send()
        .await;
    match sent {
        Ok(answer) => {
            let status = answer.status().as_u16();
            (
                StatusCode::OK,
                Json(json!({"svix_id": id, "status": status})),
            )
        }
        Err(error) => refuse(StatusCode::BAD_GATEWAY, error.to_string()),
    }
}
