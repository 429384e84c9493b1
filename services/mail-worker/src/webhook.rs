//! Resend's webhook: bounces and complaints stop further mail to an address.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use domain::Clock;
use resend::webhook::{self, Event, EventKind, Headers};
use rows_as_service::mail::{MailEvent, MailEventKind, Outbox};
use secrecy::SecretString;
use web::ApiError;

use crate::settings::Settings;

/// The webhook's state.
#[derive(Clone)]
pub struct WebhookState {
    outbox: Outbox,
    secret: Option<SecretString>,
    clock: Arc<dyn Clock>,
}

impl WebhookState {
    /// Builds the state.
    pub fn new(settings: &Settings, outbox: Outbox, clock: Arc<dyn Clock>) -> Self {
        Self {
            outbox,
            secret: settings.webhook_secret.clone(),
            clock,
        }
    }
}

/// `POST /api/webhooks/resend`
pub fn router(state: WebhookState) -> Router {
    Router::new()
        .route("/api/webhooks/resend", post(record_event))
        .with_state(state)
}

/// Answers 204 once the event is recorded; a repeated event changes nothing.
async fn record_event(
    State(state): State<WebhookState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let secret = state.secret.as_ref().ok_or_else(|| {
        ApiError::unavailable("webhook_not_configured", "RESEND_WEBHOOK_SECRET is not set")
    })?;
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signed = Headers {
        id: header("svix-id"),
        timestamp: header("svix-timestamp"),
        signature: header("svix-signature"),
    };
    webhook::verify(secret, signed, &body, state.clock.now()).map_err(|invalid| match invalid {
        webhook::Invalid::Secret => ApiError::internal(invalid),
        webhook::Invalid::Timestamp | webhook::Invalid::Signature => {
            ApiError::unauthorized("signature_invalid", "The signature is not Resend's.")
                .with_source(invalid)
        }
    })?;
    let event: Event = serde_json::from_slice(&body).map_err(|error| {
        ApiError::bad_request("event_malformed", "The event can't be parsed.").with_source(error)
    })?;
    let kind = match event.kind {
        EventKind::Delivered => MailEventKind::Delivered,
        EventKind::Bounced => MailEventKind::Bounced,
        EventKind::Complained => MailEventKind::Complained,
        EventKind::Other => MailEventKind::Other,
    };
    let recorded = MailEvent {
        id: signed.id,
        kind,
        provider_id: &event.data.email_id,
    };
    let new = state
        .outbox
        .record_event(&recorded)
        .await
        .map_err(|error| {
            if error.is_transient() {
                ApiError::unavailable("database_unavailable", error)
            } else {
                ApiError::internal(error)
            }
        })?;
    if new && kind.suppresses_recipient() {
        tracing::warn!(
            mail.event = kind.as_str(),
            "no further mail goes to this mail's recipient"
        );
    }
    Ok(StatusCode::NO_CONTENT)
}
