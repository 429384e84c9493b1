//! `POST /api/webhooks/twilio/inbound`: what people text to us.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use domain::{InboundKeyword, PhoneNumber, twilio_answers};
use rows_as_service::DatabaseError;
use rows_as_service::inbound::{Inbound, InboundMessage, Received};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{answers::Answers, signed::SignedFields, state::Callbacks};

/// Twilio waits 15 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// What a send worker claimed before it could see a STOP, it posts within this time or not at all: its own second, and
/// time to connect.
const SENDS_BEGIN_WITHIN: Duration = Duration::from_millis(1300);
const ASK_EVERY: Duration = Duration::from_millis(50);
/// Longer ids and numbers are not Twilio's.
const LONGEST_NAME: usize = 64;
/// As long as a text can be.
const LONGEST_TEXT: usize = 1600;

/// Receives a text: 200 with what to answer as `TwiML`, once it is kept and acted on; 403 without Twilio's signature; 503
/// if Twilio should come again. After the answer to a STOP, no request to that number begins.
#[utoipa::path(post, path = "/api/webhooks/twilio/inbound", operation_id = "receive_text", tag = "Webhooks", security(("twilio_signature" = [])), responses((status = 200, description = "It is kept and acted on; what to answer.", body = String, content_type = "text/xml"), (status = 403, description = "Twilio has not signed it."), (status = 503, description = "Twilio should come again.")))]
pub async fn receive(State(callbacks): State<Callbacks>, signed: SignedFields) -> Response {
    let Some(text) = Text::of(&signed) else {
        return twiml(None);
    };
    let deadline = Instant::now() + ANSWER_WITHIN;
    match timeout_at(
        deadline,
        text.receive(&callbacks.parts.inbound, &callbacks.parts.answers),
    )
    .await
    {
        Ok(Ok(received)) => twiml(received.answer.as_deref()),
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "inbound.not_received"
            );
            come_again()
        }
        Err(_) => {
            tracing::error!("inbound.timed_out");
            come_again()
        }
    }
}

/// The fields of an inbound message that matter.
struct Text<'a> {
    sid: &'a str,
    phone: Cow<'a, str>,
    our_number: Option<&'a str>,
    messaging_service_sid: Option<&'a str>,
    opt_out_type: Option<&'a str>,
    body: String,
    num_media: i32,
    payload: &'a str,
}

impl<'a> Text<'a> {
    /// `None` if it has no id or no sender: then there is nothing to act on.
    fn of(signed: &'a SignedFields) -> Option<Self> {
        let known = |name| {
            signed
                .get(name)
                .filter(|text| text.len() <= LONGEST_NAME && !text.contains('\0'))
        };
        Some(Self {
            sid: known("MessageSid")
                .or_else(|| known("SmsMessageSid").or_else(|| known("SmsSid")))?,
            phone: number_of(known("From")?),
            our_number: known("To"),
            messaging_service_sid: known("MessagingServiceSid"),
            opt_out_type: known("OptOutType"),
            body: storable(signed.get("Body").unwrap_or_default()),
            num_media: signed
                .get("NumMedia")
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            payload: &signed.payload,
        })
    }

    /// Keeps it and acts on it; what fails in passing is tried again, because Twilio comes again only where its number is
    /// set up so.
    async fn receive(
        &self,
        inbound: &Inbound,
        answers: &Answers,
    ) -> Result<Received, DatabaseError> {
        let is_answered = twilio_answers(&self.body, self.opt_out_type);
        let message = InboundMessage {
            sid: self.sid,
            phone: &self.phone,
            our_number: self.our_number,
            messaging_service_sid: self.messaging_service_sid,
            body: &self.body,
            num_media: self.num_media,
            keyword: InboundKeyword::of(&self.body, self.opt_out_type),
            stop_answer: answers.stop.as_deref().filter(|_| !is_answered),
            help_answer: answers.help.as_deref().filter(|_| !is_answered),
            payload: self.payload,
        };
        let received = loop {
            match inbound.receive(&message).await {
                // The caller limits the time.
                Err(error) if error.is_transient() => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "inbound.tried_again"
                    );
                    sleep(RETRY_EVERY).await;
                }
                result => break result?,
            }
        };
        // How many say STOP is counted by sender; whose number it is, is not logged.
        tracing::info!(keyword = %received.acted_on, "inbound.received");
        instruments::callbacks()
            .inbound
            .inc_named(&received.acted_on);
        if received.acted_on == InboundKeyword::Stop.as_str() {
            wait_until_nothing_begins(inbound, &self.phone).await?;
        }
        Ok(received)
    }
}

/// The number as customers have it: without the channel before it (`rcs:+1…`), and as it is written today (Mexico's mobile
/// numbers have lost a 1). What is none, such as a short code, stays as it came.
fn number_of(from: &str) -> Cow<'_, str> {
    let number = match from.split_once(':') {
        Some((_, number)) if number.starts_with('+') => number,
        _ => from,
    };
    match PhoneNumber::parse_even_unassigned(number) {
        Ok(phone) if number.starts_with('+') => Cow::Owned(phone),
        _ => Cow::Borrowed(number),
    }
}

/// Waits until no worker begins a request to this number any more, whose suppression is committed.
async fn wait_until_nothing_begins(inbound: &Inbound, phone: &str) -> Result<(), DatabaseError> {
    let until = Instant::now() + SENDS_BEGIN_WITHIN;
    while Instant::now() < until {
        match inbound.sends_may_begin(phone).await {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            // Then the whole time is waited.
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error),
        }
        sleep(ASK_EVERY).await;
    }
    Ok(())
}

/// Postgres can't store NUL; what is longer than a text can be is cut.
fn storable(body: &str) -> String {
    body.chars()
        .filter(|c| *c != '\0')
        .take(LONGEST_TEXT)
        .collect()
}

fn come_again() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
}

/// `TwiML` with one message, or with none.
fn twiml(answer: Option<&str>) -> Response {
    let body = match answer {
        None => r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.to_owned(),
        Some(text) => format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><Response><Message>{}</Message></Response>"#,
            escaped(text)
        ),
    };
    ([(CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

/// Text within an element; characters that XML can't hold are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(fields: &[(&str, &str)]) -> SignedFields {
        SignedFields {
            query: String::new(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            payload: String::new(),
        }
    }

    #[test]
    fn what_has_no_id_or_no_sender_is_no_message() {
        for fields in [
            &[("MessageSid", "SM1"), ("Body", "STOP")][..],
            &[("From", "+14155550100"), ("Body", "STOP")],
            &[("MessageSid", ""), ("From", "+14155550100")],
            &[("MessageSid", &"x".repeat(65)), ("From", "+14155550100")],
        ] {
            assert!(Text::of(&signed(fields)).is_none(), "{fields:?}");
        }
    }

    #[test]
    fn whoever_writes_is_known_by_the_number_that_a_customer_has() {
        for (from, phone) in [
            ("+14155550100", "+14155550100"),
            ("rcs:+14155550100", "+14155550100"),
            ("+5215512345678", "+525512345678"),
            ("+999123456789", "+999123456789"),
            ("8080", "8080"),
            ("rcs:agent", "rcs:agent"),
            ("ACME", "ACME"),
        ] {
            assert_eq!(number_of(from), phone, "{from}");
        }
    }

    #[test]
    fn a_text_is_kept_as_far_as_it_can_be_stored() {
        let body = format!("a\0{}", "b".repeat(2000));
        let signed = signed(&[
            ("SmsSid", "SM1"),
            ("From", "+14155550100"),
            ("Body", &body),
            ("NumMedia", "many"),
        ]);
        let text = Text::of(&signed).unwrap();
        assert_eq!(text.body.len(), LONGEST_TEXT);
        assert!(text.body.starts_with("ab"));
        assert_eq!((text.sid, text.num_media), ("SM1", 0));
    }

    #[test]
    fn an_answer_is_text_and_never_markup() {
        assert_eq!(
            escaped("A & B <Message>\u{7}\u{1b}\n”"),
            "A &amp; B &lt;Message&gt;\n”"
        );
    }
}
