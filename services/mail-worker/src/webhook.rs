//! Resend's webhook: lasting failures stop further mail to an address, and others have it repeated.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::StatusCode,
};
use domain::Clock;
use resend::webhook::{self, Event, EventKind, Headers};
use rows_as_service::mail::{MailEvent, MailEventKind, Outbox};
use secrecy::SecretString;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::ApiError;

use crate::settings::Settings;

/// Most bytes of an event: Resend's are a few thousand.
const LARGEST: usize = 256 * 1024;

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
    routes()
        .split_for_parts()
        .0
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(state)
}

/// What the route says of itself.
#[must_use]
pub fn description() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<WebhookState> {
    OpenApiRouter::new().routes(routes!(record_event))
}

/// Answers 204 once the event is recorded, whatever it is about: what is refused, Resend sends for
/// days and then stops sending anything. A repeated event changes nothing.
#[utoipa::path(post, path = "/api/webhooks/resend", operation_id = "record_mail_event", tag = "Webhooks", security(("svix_signature" = [])), responses((status = 204, description = "It is recorded."), (status = 400, description = "`body_unreadable`"), (status = 401, description = "`signature_invalid`"), (status = 413, description = "`body_too_large`"), (status = 503, description = "`webhook_not_configured`, or Resend should come again.")))]
async fn record_event(
    State(state): State<WebhookState>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let secret = state.secret.as_ref().ok_or_else(|| {
        ApiError::unavailable("webhook_not_configured", "RESEND_WEBHOOK_SECRET is not set")
    })?;
    let headers = request.headers().clone();
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
    // Nobody makes us hold a body without as much as a signature.
    webhook::precheck(signed, state.clock.now()).map_err(refusal)?;
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| web::unreadable(&rejection))?;
    webhook::verify(secret, signed, &body, state.clock.now()).map_err(refusal)?;
    let event = Event::parse(&body);
    let kind = match event.kind {
        EventKind::Delivered => MailEventKind::Delivered,
        EventKind::Bounced => MailEventKind::Bounced,
        EventKind::BouncedForNow => MailEventKind::BouncedForNow,
        EventKind::Complained => MailEventKind::Complained,
        EventKind::Suppressed => MailEventKind::Suppressed,
        EventKind::Delayed => MailEventKind::Delayed,
        EventKind::Failed => MailEventKind::Failed,
        EventKind::Other => MailEventKind::Other,
    };
    let recorded = MailEvent {
        id: signed.id,
        kind,
        name: &event.name,
        provider_id: event.email_id.as_deref(),
        detail: event.detail.as_deref(),
        happened_at: event.happened_at,
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
    if new {
        instruments::mails().events.inc(kind.as_str());
    }
    if new && kind.suppresses_recipient() {
        tracing::warn!(
            mail.event = kind.as_str(),
            "no further mail goes to this mail's recipient"
        );
    }
    if new && kind == MailEventKind::Failed {
        // Its words are about our account there, not about the recipient.
        tracing::error!(
            mail.reason = event.detail.as_deref(),
            "Resend accepted a mail and could not send it: see its dashboard"
        );
    }
    Ok(StatusCode::NO_CONTENT)
}

fn refusal(invalid: webhook::Invalid) -> ApiError {
    match invalid {
        webhook::Invalid::Secret => ApiError::internal(invalid),
        webhook::Invalid::Timestamp | webhook::Invalid::Signature => {
            ApiError::unauthorized("signature_invalid", "The signature is not Resend's.")
                .with_source(invalid)
        }
    }
}
