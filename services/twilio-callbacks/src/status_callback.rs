//! `POST /api/webhooks/twilio/status`.

use axum::extract::{OriginalUri, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use rows_as_service::callbacks::{DeliveryNews, DeliveryStatus};
use twilio::signature::{self, Body};
use twilio::{ErrorClass, ErrorMeaning, MessageStatus};
use url::form_urlencoded;

use crate::{delivery_writer::WriteError, state::Callbacks};

/// Longer ids are not Twilio's.
const LONGEST_SID: usize = 64;
const LONGEST_ERROR_MESSAGE: usize = 500;

/// Receives a status callback: 204 once it is durable or if it says nothing, 403 without Twilio's
/// signature, 503 if Twilio should retry. Responses have no body.
pub async fn receive(
    State(callbacks): State<Callbacks>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path_and_query = uri
        .path_and_query()
        .map_or("/", axum::http::uri::PathAndQuery::as_str);
    let url = format!("{}{path_and_query}", callbacks.public_base_url);
    let signed = headers
        .get("x-twilio-signature")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|signature| {
            signature::validate(
                &callbacks.auth_token,
                signature,
                &url,
                covered(&headers, &body),
            )
        });
    if !signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(news) = news_of(uri.query().unwrap_or_default(), &body) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    match callbacks.writer.write(news).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(WriteError::Overloaded(_) | WriteError::Failed) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
        }
    }
}

fn covered<'a>(headers: &HeaderMap, body: &'a [u8]) -> Body<'a> {
    let is_form = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        Body::Form(body)
    } else {
        Body::Hashed(body)
    }
}

/// The update in a callback; `None` if it names no message or no status.
fn news_of(query: &str, body: &[u8]) -> Option<DeliveryNews> {
    let message_id = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "message")
        .and_then(|(_, id)| id.parse().ok());
    let (mut sid, mut status, mut code, mut text) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "MessageSid" => sid = Some(value),
            "SmsSid" if sid.is_none() => sid = Some(value),
            "MessageStatus" => status = Some(MessageStatus::parse(&value)),
            "SmsStatus" if status.is_none() => status = Some(MessageStatus::parse(&value)),
            "ErrorCode" => code = value.parse::<u32>().ok(),
            "ErrorMessage" => text = Some(value),
            _ => {}
        }
    }
    let sid =
        sid.filter(|sid| !sid.is_empty() && sid.len() <= LONGEST_SID && !sid.contains('\0'))?;
    let status = match status? {
        MessageStatus::Delivered | MessageStatus::Read | MessageStatus::PartiallyDelivered => {
            DeliveryStatus::Delivered
        }
        failure if failure.is_failure() => DeliveryStatus::Failed,
        MessageStatus::Receiving | MessageStatus::Received => return None,
        // Whatever its status, it shows that Twilio has the message.
        _ => DeliveryStatus::Sent,
    };
    let code = code.filter(|_| status == DeliveryStatus::Failed);
    let meaning = code.map(ErrorMeaning::of);
    let error_message = (status == DeliveryStatus::Failed).then(|| match (meaning, text) {
        (Some(meaning), _) if meaning.class != ErrorClass::Other => meaning.text.to_owned(),
        (_, Some(text)) => printable(&text),
        (_, None) => "The message was not delivered.".to_owned(),
    });
    Some(DeliveryNews {
        message_id,
        sid: sid.into_owned(),
        status,
        reason: (status == DeliveryStatus::Failed)
            .then(|| meaning.map_or("undelivered", |meaning| meaning.class.reason())),
        error_code: code.and_then(|code| i32::try_from(code).ok()),
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

    #[test]
    fn a_failure_says_why_and_whether_to_text_again() {
        let id = domain::CampaignMessageId::new_v7();
        let news = news_of(
            &format!("message={id}"),
            b"MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005",
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
        let news = news_of("", b"MessageSid=SM1&MessageStatus=teleported").unwrap();
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
            assert_eq!(news_of("message=x", body.as_bytes()), None);
        }
    }
}
