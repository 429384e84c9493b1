//! The story of a message.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::told::{Told, lines_of};
use crate::story::{because, meaning, moment, quoted};

/// A text that was sent, or is to be.
#[derive(Debug, Deserialize)]
struct Message {
    phone: Option<String>,
    body: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    error_code: Option<u32>,
    #[serde(rename = "error_message")]
    words: Option<String>,
    twilio_sid: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    in_doubt: bool,
    campaign: String,
    campaign_status: Option<String>,
    campaign_reason: Option<String>,
    account: Option<String>,
    deleted: bool,
    suppressed_for: Option<String>,
    sending_stopped_at: Option<DateTime<Utc>>,
    held_until: Option<DateTime<Utc>>,
    hold_reason: Option<String>,
    waits_until: Option<DateTime<Utc>>,
    under_way: bool,
}

/// A text that came.
#[derive(Debug, Deserialize)]
struct Received {
    at: DateTime<Utc>,
    phone: String,
    to: Option<String>,
    body: String,
    keyword: Option<String>,
    answer: Option<String>,
    account: Option<String>,
}

/// Tells what `private.story_of_message` knows; nothing if there is no such message.
pub(super) fn told(mut json: Value) -> Result<Option<Told>> {
    let mut lines = lines_of(&mut json)?;
    let message: Option<Message> = serde_json::from_value(json["message"].clone())?;
    let received: Option<Received> = serde_json::from_value(json["received"].clone())?;
    let verdict = match (&message, &received) {
        (Some(message), _) => {
            let text = quoted(": ", message.body.as_deref());
            let to = message.phone.as_deref().unwrap_or("nobody");
            if let Some(at) = message.sent_at {
                let sid = message.twilio_sid.as_deref().unwrap_or("it");
                lines.push((Some(at), format!("given to Twilio as {sid}, to {to}{text}")));
            }
            if let Some(at) = message.delivered_at {
                lines.push((Some(at), "delivered".to_owned()));
            }
            message.verdict()
        }
        (None, Some(received)) => {
            let text = quoted("", Some(&received.body));
            let line = format!("{} wrote: {text}", received.phone);
            lines.push((Some(received.at), line));
            received.verdict()
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Told {
        json,
        lines,
        verdict,
    }))
}

impl Message {
    fn verdict(&self) -> String {
        let what = format!(
            "This text of {}, of {},",
            self.campaign,
            self.account.as_deref().unwrap_or("nobody")
        );
        let now = if self.deleted {
            " (its message was deleted)"
        } else {
            ""
        };
        let reason = self.reason.as_deref().unwrap_or("no reason is known");
        match self.status.as_deref() {
            Some("delivered") => {
                let at = self
                    .delivered_at
                    .map_or_else(String::new, |at| format!(" {}", moment(at)));
                format!("{what} was delivered{at}{now}.")
            }
            Some("sent") => {
                format!("{what} was sent; Twilio has not said yet what became of it{now}.")
            }
            Some("failed") => {
                let sent = if self.sent_at.is_some() {
                    "delivered"
                } else {
                    "sent"
                };
                let words = self.words.as_deref().filter(|_| self.error_code.is_none());
                format!(
                    "{what} was not {sent}: {reason}{}{}{now}.",
                    meaning(self.error_code),
                    quoted(": ", words)
                )
            }
            _ => format!("{what} {}{now}.", self.waiting()),
        }
    }

    /// Why it has not been sent yet: the first thing in its way.
    fn waiting(&self) -> String {
        if self.in_doubt {
            "is in doubt: nobody knows whether Twilio has it, and it is not sent again until somebody does".to_owned()
        } else if self.under_way {
            "is under way: a worker has it".to_owned()
        } else if let Some(reason) = &self.suppressed_for {
            format!("will not be sent: the number is suppressed, {reason}")
        } else if let Some(status) = self
            .campaign_status
            .as_deref()
            .filter(|status| *status != "sending")
        {
            let reason = because(self.campaign_reason.as_deref());
            format!("waits: its campaign is {status}{reason}")
        } else if let Some(since) = self.sending_stopped_at {
            format!("waits: all sending is stopped since {}", moment(since))
        } else if let Some(until) = self.held_until {
            let reason = because(self.hold_reason.as_deref());
            format!("waits: its sender is held until {}{reason}", moment(until))
        } else {
            let until = self
                .waits_until
                .map_or_else(String::new, |at| format!(" from {}", moment(at)));
            let reason = because(self.reason.as_deref());
            format!("goes out when its turn comes{until}{reason}")
        }
    }
}

impl Received {
    fn verdict(&self) -> String {
        format!(
            "This text came to {}, was taken as {}, and belongs to {}; answered automatically: {}.",
            self.to.as_deref().unwrap_or("us"),
            self.keyword.as_deref().unwrap_or("other"),
            self.account.as_deref().unwrap_or("no account"),
            self.answer
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), |answer| format!("{answer:?}"))
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_line_says_what_became_of_it_or_what_it_waits_for() {
        let at = "2026-11-23T12:00:00+00:00";
        for (state, end) in [
            (
                json!({ "status": "delivered", "delivered_at": at, "sent_at": at }),
                "was delivered 2026-11-23 12:00:00 UTC.",
            ),
            (
                json!({ "status": "failed", "sent_at": at, "reason": "handset_off", "error_code": 30003 }),
                "was not delivered: handset_off (30003: The handset is switched off or out of reach.).",
            ),
            (
                json!({ "status": "failed", "reason": "suppressed" }),
                "was not sent: suppressed.",
            ),
            (
                json!({ "status": "sent", "sent_at": at, "deleted": true }),
                "what became of it (its message was deleted).",
            ),
            (
                json!({ "in_doubt": true, "under_way": true }),
                "and it is not sent again until somebody does.",
            ),
            (
                json!({ "under_way": true }),
                "is under way: a worker has it.",
            ),
            (
                json!({ "suppressed_for": "opted_out" }),
                "will not be sent: the number is suppressed, opted_out.",
            ),
            (
                json!({ "campaign_status": "paused", "campaign_reason": "filtered" }),
                "waits: its campaign is paused: filtered.",
            ),
            (
                json!({ "sending_stopped_at": at }),
                "waits: all sending is stopped since 2026-11-23 12:00:00 UTC.",
            ),
            (
                json!({ "held_until": at, "hold_reason": "twilio_unavailable" }),
                "waits: its sender is held until 2026-11-23 12:00:00 UTC: twilio_unavailable.",
            ),
            (
                json!({ "waits_until": at, "reason": "frequency_cap" }),
                "goes out when its turn comes from 2026-11-23 12:00:00 UTC: frequency_cap.",
            ),
        ] {
            let mut message = json!({
                "phone": "+14155550100", "status": "pending", "in_doubt": false, "under_way": false, "deleted": false,
                "campaign": "'Sale'", "campaign_status": "sending", "account": "ann@example.com",
            });
            for (field, value) in state.as_object().unwrap() {
                message[field] = value.clone();
            }
            let story = json!({ "events": [], "message": message, "received": null });
            let verdict = told(story).unwrap().unwrap().verdict;
            assert!(verdict.ends_with(end), "{verdict}");
        }
    }
}
