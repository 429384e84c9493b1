//! Inbound messages on request, and the keywords that Twilio handles itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::callbacks::signed_post;
use super::state::Shared;

/// An inbound message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inbound {
    /// The person's number, E.164.
    from: String,
    /// The sender's number; the first of the options' senders if absent.
    to: Option<String>,
    body: String,
    /// The webhook; the one of the options if absent.
    url: Option<String>,
    /// The id of a repeated delivery; a new one if absent.
    message_sid: Option<String>,
    messaging_service_sid: Option<String>,
}

/// Posts a signed inbound message to the webhook and returns its response.
pub(super) async fn send_inbound(
    State(shared): State<Arc<Shared>>,
    Json(inbound): Json<Inbound>,
) -> (StatusCode, Json<Value>) {
    let options = &shared.options;
    let Some(url) = inbound.url.or_else(|| options.inbound_url.clone()) else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "no url given or configured"})),
        );
    };
    let sid = inbound
        .message_sid
        .unwrap_or_else(|| format!("SM{}", uuid::Uuid::new_v4().simple()));
    let to = inbound
        .to
        .or_else(|| options.senders.first().cloned())
        .unwrap_or_else(|| "+15005550006".to_owned());
    let keyword = Keyword::of(&inbound.body);
    match keyword {
        // Twilio blocks the number before it notifies us.
        Some(Keyword::Stop) => {
            shared.ledger().opted_out.insert(inbound.from.clone());
        }
        Some(Keyword::Start) => {
            shared.ledger().opted_out.remove(&inbound.from);
        }
        Some(Keyword::Help) | None => {}
    }
    let mut fields = vec![
        ("AccountSid", options.account_sid.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Body", inbound.body),
        ("From", inbound.from),
        ("FromCity", String::new()),
        ("FromCountry", "US".to_owned()),
        ("FromState", String::new()),
        ("FromZip", String::new()),
        ("MessageSid", sid.clone()),
        ("NumMedia", "0".to_owned()),
        ("NumSegments", "1".to_owned()),
        ("SmsMessageSid", sid.clone()),
        ("SmsSid", sid.clone()),
        ("SmsStatus", "received".to_owned()),
        ("To", to),
        ("ToCountry", "US".to_owned()),
    ];
    fields.extend(
        inbound
            .messaging_service_sid
            .map(|sid| ("MessagingServiceSid", sid)),
    );
    if options.advanced_opt_out {
        fields.extend(keyword.map(|keyword| ("OptOutType", keyword.as_str().to_owned())));
    }
    match signed_post(&shared, &shared.http, &url, &fields)
        .header(
            "I-Twilio-Idempotency-Token",
            uuid::Uuid::new_v4().to_string(),
        )
        .send()
        .await
    {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = answer.text().await.unwrap_or_default();
            (
                StatusCode::OK,
                Json(json!({"message_sid": sid, "status": status, "body": body})),
            )
        }
        Err(error) => (
            StatusCode::BAD_GATEWAY,
            Json(json!({"message_sid": sid, "error": error.to_string()})),
        ),
    }
}

/// Twilio's own keywords. They only match the whole message.
#[derive(Clone, Copy)]
enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    fn of(body: &str) -> Option<Self> {
        match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE"
            | "OPTOUT" => Some(Self::Stop),
            "START" | "YES" | "UNSTOP" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }
}
