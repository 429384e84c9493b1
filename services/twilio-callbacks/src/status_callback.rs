//! `POST /api/webhooks/twilio/status`.

use std::time::Instant;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Response};
use rows_as_service::callbacks::{DeliveryNews, DeliveryStatus, StatusEvent};
use twilio::{ErrorClass, ErrorMeaning, MessageStatus};
use url::form_urlencoded;
use web::Routine;

use crate::{
    callback_queue::Callback, delivery_writer::WriteError, signed::SignedFields, state::Callbacks,
};

/// The query of a status callback by which an operator checks that this address and this auth token are what a
/// process has. Signed as every callback; Twilio never sends it.
pub const CHECK_QUERY: &str = "check=set-up";

/// Longer ids and words are not Twilio's.
const LONGEST_SID: usize = 64;
const LONGEST_ERROR_MESSAGE: usize = 500;

/// Receives a status callback: 204 once it is durable, 403 without Twilio's signature, 503 if Twilio should
/// come again. Responses have no body.
#[utoipa::path(post, path = "/api/webhooks/twilio/status", operation_id = "receive_status", tag = "Webhooks", security(("twilio_signature" = [])), responses((status = 204, description = "It is durable."), (status = 403, description = "Twilio has not signed it."), (status = 503, description = "Twilio should come again.")))]
pub async fn receive(State(callbacks): State<Callbacks>, signed: SignedFields) -> Response {
    // It says nothing of a message, so nothing is kept of it.
    if signed.query == CHECK_QUERY {
        return (Extension(Routine), StatusCode::NO_CONTENT).into_response();
    }
    let counted = instruments::callbacks();
    counted.received.inc();
    let began = Instant::now();
    let waiting = instruments::under_way(&counted.waiting);
    let callback = callback_of(signed);
    let said = callback
        .news
        .as_ref()
        .map(|news| (news.status, news.reason));
    let written = callbacks.parts.writer.write(callback).await;
    drop(waiting);
    match written {
        Ok(()) => {
            counted.written.inc();
            counted.durable.observe(began.elapsed().as_secs_f64());
            if let Some((status, reason)) = said {
                counted.statuses.inc(status.as_str());
                if let Some(class) = reason {
                    counted.failures.inc(class);
                }
            }
            (Extension(Routine), StatusCode::NO_CONTENT).into_response()
        }
        Err(error) => {
            counted.refused.inc(match error {
                WriteError::Overloaded(_) => "overloaded",
                WriteError::Failed => "not_written",
            });
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
        }
    }
}

/// What came, and the update in it, unless it names no message or no status.
fn callback_of(signed: SignedFields) -> Callback {
    let known = |text: &&str| text.len() <= LONGEST_SID && !text.contains('\0');
    let field = |name: &str, older_name: &str| {
        signed
            .get(name)
            .or_else(|| signed.get(older_name))
            .filter(known)
            .map(str::to_owned)
    };
    let event = StatusEvent {
        message_id: form_urlencoded::parse(signed.query.as_bytes())
            .find(|(name, _)| name == "message")
            .and_then(|(_, id)| id.parse().ok()),
        sid: field("MessageSid", "SmsSid"),
        status: field("MessageStatus", "SmsStatus"),
        error_code: signed.get("ErrorCode").and_then(|code| code.parse().ok()),
        payload: String::new(),
    };
    let news = news_of(&event, signed.get("ErrorMessage"));
    Callback {
        event: StatusEvent {
            payload: signed.payload,
            ..event
        },
        news,
    }
}

fn news_of(event: &StatusEvent, text: Option<&str>) -> Option<DeliveryNews> {
    let status = match MessageStatus::parse(event.status.as_deref()?) {
        arrived if arrived.is_delivery() => DeliveryStatus::Delivered,
        failure if failure.is_failure() => DeliveryStatus::Failed,
        MessageStatus::Receiving | MessageStatus::Received => return None,
        // Whatever its status, it shows that Twilio has the message.
        _ => DeliveryStatus::Sent,
    };
    let code = event
        .error_code
        .filter(|_| status == DeliveryStatus::Failed);
    let meaning = code
        .and_then(|code| u32::try_from(code).ok())
        .map(ErrorMeaning::of);
    let error_message = (status == DeliveryStatus::Failed).then(|| match (meaning, text) {
        (Some(meaning), _) if meaning.class != ErrorClass::Other => meaning.text.to_owned(),
        (_, Some(text)) => printable(text),
        (_, None) => "The message was not delivered.".to_owned(),
    });
    Some(DeliveryNews {
        message_id: event.message_id,
        sid: event.sid.clone()?,
        status,
        reason: (status == DeliveryStatus::Failed)
            .then(|| meaning.map_or("undelivered", |meaning| meaning.class.reason())),
        error_code: code,
        error_message,
        suppress: meaning.is_some_and(|meaning| meaning.consequence.suppresses_recipient()),
    })
}

/// Postgres can't store NUL; overlong texts are cut.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_ERROR_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(query: &str, body: &str) -> Option<DeliveryNews> {
        callback_of(SignedFields {
            query: query.to_owned(),
            fields: form_urlencoded::parse(body.as_bytes())
                .into_owned()
                .collect(),
            payload: body.to_owned(),
        })
        .news
    }

    #[test]
    fn a_failure_says_why_and_whether_to_text_again() {
        let id = domain::CampaignMessageId::new_v7();
        let news = news(
            &format!("message={id}"),
            "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005",
        )
        .unwrap();
        assert_eq!(news.message_id, Some(id));
        assert_eq!(news.status, DeliveryStatus::Failed);
        assert_eq!(news.error_code, Some(30005));
        assert!(news.suppress);
        assert!(news.error_message.unwrap().contains("no longer in service"));
    }

    #[test]
    fn unknown_statuses_say_that_twilio_has_the_message() {
        let news = news("", "MessageSid=SM1&MessageStatus=teleported").unwrap();
        assert_eq!(news.status, DeliveryStatus::Sent);
        assert_eq!(news.message_id, None);
    }

    #[test]
    fn a_callback_without_sid_or_status_tells_nothing() {
        for body in [
            "",
            "MessageSid=SM1",
            "MessageStatus=sent",
            "MessageSid=&MessageStatus=sent",
        ] {
            assert_eq!(news("message=x", body), None);
        }
    }
}
