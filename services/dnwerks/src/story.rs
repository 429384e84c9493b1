//! What is known of one number, as a text that somebody can read out; and how any story is told.

use std::{collections::HashMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use domain::ProfileId;
use serde::Deserialize;
use serde_json::Value;
use twilio::ErrorMeaning;

/// As `private.number_story` gives it.
#[derive(Debug, Deserialize)]
pub struct Story {
    pub phone: String,
    has_consent: bool,
    may_text: bool,
    pub suppressed_for: Option<String>,
    consents: Vec<Consent>,
    suppressions: Vec<Suppression>,
    messages: Vec<Message>,
    received: Vec<Received>,
}

#[derive(Debug, Deserialize)]
struct Consent {
    id: i64,
    account_id: Option<ProfileId>,
    action: String,
    happened_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    source: String,
    evidence: Value,
    recorded_by: Option<ProfileId>,
    hash: String,
}

#[derive(Debug, Deserialize)]
struct Suppression {
    user_id: Option<ProfileId>,
    reason: String,
    since: DateTime<Utc>,
    source: String,
    note: Option<String>,
    lift: Option<Lift>,
}

#[derive(Debug, Deserialize)]
struct Lift {
    lifted_at: DateTime<Utc>,
    lifted_by: Option<ProfileId>,
    source: String,
    why: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    account_id: Option<ProfileId>,
    body: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    error_code: Option<u32>,
    twilio_sid: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Received {
    at: DateTime<Utc>,
    to: Option<String>,
    body: Option<String>,
    keyword: Option<String>,
    answer: Option<String>,
}

impl Story {
    /// Whoever is named in it.
    pub fn profiles(&self) -> Vec<ProfileId> {
        let consents = self
            .consents
            .iter()
            .flat_map(|c| [c.account_id, c.recorded_by]);
        let suppressions = self
            .suppressions
            .iter()
            .flat_map(|s| [s.user_id, s.lift.as_ref().and_then(|lift| lift.lifted_by)]);
        let messages = self.messages.iter().map(|message| message.account_id);
        let mut all: Vec<_> = consents
            .chain(suppressions)
            .chain(messages)
            .flatten()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A line for each thing that happened, in the order of time.
    pub fn told(&self, of_one_account: bool, emails: &HashMap<ProfileId, String>) -> String {
        let whose = if of_one_account {
            "this account"
        } else {
            "every account at once"
        };
        let consent = if self.has_consent {
            "agreed"
        } else {
            "has not agreed"
        };
        let mut text = format!("{} {consent} to texts of {whose}", self.phone);
        let _ = match (&self.suppressed_for, self.may_text) {
            (Some(reason), _) => writeln!(text, ", and must not be texted: {reason}."),
            (None, true) => writeln!(text, ", and is not suppressed."),
            (None, false) => writeln!(text, ", and must not be texted."),
        };
        let lines = self.lines(emails);
        if lines.is_empty() {
            text.push_str("Nothing is known of it.\n");
        }
        text.push_str(&in_order(lines));
        text
    }

    /// Why texts are suppressed for `reason`, and since when.
    pub fn cause(&self, reason: &str) -> String {
        let holds = |entry: &&Suppression| entry.lift.is_none() && entry.reason == reason;
        let Some(entry) = self.suppressions.iter().find(holds) else {
            // Of who was erased only that much is known.
            return reason.to_owned();
        };
        let source = match entry.source.as_str() {
            "stop" => "STOP",
            "twilio" => "Twilio said so",
            "words" => "words that probably revoke consent",
            "import" => "an imported file said no",
            "list" => "an account's own list",
            _ => "somebody said so",
        };
        format!("{reason}, {source} on {}", moment(entry.since))
    }

    /// What happened, in any order.
    pub fn lines(&self, emails: &HashMap<ProfileId, String>) -> Vec<Line> {
        let who = |profile: Option<ProfileId>, nobody: &str| match profile {
            None => nobody.to_owned(),
            Some(id) => emails.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        };
        let everyone = "every account";
        let mut lines = Vec::new();
        for consent in &self.consents {
            let did = match consent.action.as_str() {
                "given" => "agreed to texts of",
                _ => "took back consent to texts of",
            };
            lines.push((
                Some(consent.happened_at),
                format!(
                    "{did} {}; by {}, evidence {}; recorded {} by {}; event {}, hash {}",
                    who(consent.account_id, everyone),
                    consent.source,
                    consent.evidence,
                    moment(consent.recorded_at),
                    who(consent.recorded_by, "us"),
                    consent.id,
                    consent.hash,
                ),
            ));
        }
        for entry in &self.suppressions {
            let account = who(entry.user_id, everyone);
            let note = quoted(" ", entry.note.as_deref());
            let line = format!(
                "suppressed for {account}: {}, by {}{note}",
                entry.reason, entry.source
            );
            lines.push((Some(entry.since), line));
            if let Some(lift) = &entry.lift {
                let by = who(lift.lifted_by, &lift.source);
                let why = quoted(": ", lift.why.as_deref());
                let line = format!(
                    "no longer suppressed for {account} as {}, lifted by {by}{why}",
                    entry.reason
                );
                lines.push((Some(lift.lifted_at), line));
            }
        }
        for message in &self.messages {
            let mut line = format!("text of {}", who(message.account_id, "a deleted account"));
            line.push_str(&quoted(": ", message.body.as_deref()));
            let status = message.status.as_deref().unwrap_or("unknown");
            let _ = match (message.delivered_at, &message.reason) {
                (Some(at), _) => write!(line, "; delivered {}", moment(at)),
                (None, Some(reason)) => {
                    write!(line, "; {status}, {reason}{}", meaning(message.error_code))
                }
                (None, None) => write!(line, "; {status}"),
            };
            if let Some(sid) = &message.twilio_sid {
                let _ = write!(line, "; {sid}");
            }
            lines.push((message.sent_at, line));
        }
        for received in &self.received {
            let to = received.to.as_deref().unwrap_or("us");
            let mut line = format!("wrote to {to}{}", quoted(": ", received.body.as_deref()));
            if let Some(keyword) = &received.keyword {
                let _ = write!(line, "; taken as {keyword}");
            }
            line.push_str(&quoted("; answered ", received.answer.as_deref()));
            lines.push((Some(received.at), line));
        }
        lines
    }
}

/// One thing that happened; without a time, what never did.
pub type Line = (Option<DateTime<Utc>>, String);

/// Tells what happened in the order of time.
pub fn in_order(mut lines: Vec<Line>) -> String {
    // What never happened comes last.
    lines.sort_by_key(|(at, _)| (at.is_none(), *at));
    let mut text = String::new();
    for (at, line) in &lines {
        let at = at.map_or_else(|| "never".to_owned(), moment);
        let _ = writeln!(text, "{at:<23}  {}", plain(line));
    }
    text
}

/// Without control characters: strangers may have sent them, and they must not reach the terminal.
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// A reason behind a colon, if there is one.
pub fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {}", plain(reason)))
}

/// A time as stories tell it.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Twilio's code in plain words, in brackets.
pub fn meaning(code: Option<u32>) -> String {
    code.map_or_else(String::new, |code| {
        format!(" ({code}: {})", ErrorMeaning::of(code).text)
    })
}

/// With what stands before it, if there is something.
pub fn quoted(before: &str, text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .map_or_else(String::new, |text| format!("{before}{text:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_story_is_told_in_the_order_of_time() {
        let account = "0199c0de-0000-7000-8000-000000000001";
        let story: Story = serde_json::from_value(json!({
            "phone": "+14155550100", "has_consent": false, "may_text": false, "suppressed_for": "opted_out",
            "consents": [{
                "id": 7, "sequence": 1, "account_id": account, "action": "given", "happened_at": "2026-01-02T00:00:00+00:00",
                "recorded_at": "2026-02-02T00:00:00+00:00", "source": "import", "evidence": {"row": 3}, "recorded_by": null,
                "hash": "ab12",
            }],
            "suppressions": [{
                "id": account, "phone": "+14155550100", "user_id": null, "reason": "opted_out",
                "since": "2026-03-02T00:00:00.5+00:00", "source": "stop", "note": null, "lifted_at": null, "lift": null,
            }],
            "messages": [
                { "account_id": account, "body": "Hi", "status": "failed", "reason": "opted_out", "sent_at": null },
                { "account_id": account, "body": "Hello", "status": "delivered", "sent_at": "2026-03-01T00:00:00+00:00",
                  "delivered_at": "2026-03-01T00:00:01+00:00", "twilio_sid": "SM1" },
            ],
            "received": [{ "at": "2026-03-02T00:00:00+00:00", "to": "+15005550006", "body": "STOP\u{1b}[2J", "keyword": "stop" }],
        }))
        .unwrap();
        let ids = story.profiles();
        assert_eq!(ids.len(), 1);
        let emails = HashMap::from([(ids[0], "ann@example.com".to_owned())]);
        let text = story.told(true, &emails);
        let starts = [
            "+14155550100 has not agreed to texts of this account, and must not be texted: opted_out.",
            "2026-01-02 00:00:00 UTC  agreed to texts of ann@example.com; by import, evidence {\"row\":3}; recorded 2026-02-02",
            "2026-03-01 00:00:00 UTC  text of ann@example.com: \"Hello\"; delivered 2026-03-01 00:00:01 UTC; SM1",
            "2026-03-02 00:00:00 UTC  wrote to +15005550006: \"STOP\\u{1b}[2J\"; taken as stop",
            "2026-03-02 00:00:00 UTC  suppressed for every account: opted_out, by stop",
            "never                    text of ann@example.com: \"Hi\"; failed, opted_out",
        ];
        assert_eq!(text.lines().count(), starts.len(), "{text}");
        for (line, start) in text.lines().zip(starts) {
            assert!(line.starts_with(start), "{text}");
        }
    }
}
