//! The story of a user.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::told::{Told, lines_of};
use crate::story::moment;

/// As `private.story_of_user` gives it.
#[derive(Debug, Deserialize)]
struct State {
    user: Option<User>,
    attempts_counted_until: Option<DateTime<Utc>>,
    mails_suppressed: Option<String>,
    customers: Vec<Customer>,
}

#[derive(Debug, Deserialize)]
struct User {
    role: Option<String>,
    status: Option<String>,
    confirmed: bool,
    deleted: bool,
    banned_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Customer {
    account: Option<String>,
    phone: String,
}

/// Tells it.
pub(super) fn told(email: &str, mut json: Value) -> Result<Told> {
    let lines = lines_of(&mut json)?;
    let state: State = serde_json::from_value(json.clone())?;
    Ok(Told {
        json,
        lines,
        verdict: verdict(email, &state),
    })
}

fn verdict(email: &str, state: &State) -> String {
    let mut parts = vec![match &state.user {
        None => "is no user's address".to_owned(),
        Some(user) => user.standing(),
    }];
    if let Some(reason) = &state.mails_suppressed {
        parts.push(format!("gets no mails ({reason})"));
    }
    if let Some(until) = state.attempts_counted_until {
        parts.push(format!(
            "has attempts to sign in or to reset the password counted until {}, and too many are refused",
            moment(until)
        ));
    }
    for customer in &state.customers {
        parts.push(format!(
            "is also the address of a customer of {}: see `dnwerks why {}`",
            customer.account.as_deref().unwrap_or("nobody"),
            customer.phone
        ));
    }
    format!("{email} {}.", parts.join("; "))
}

impl User {
    fn standing(&self) -> String {
        let role = self.role.as_deref().unwrap_or("user");
        if self.deleted {
            return "is a deleted user's".to_owned();
        }
        if let Some(until) = self.banned_until {
            return format!("is banned until {}", moment(until));
        }
        match self.status.as_deref() {
            Some("approved") if self.confirmed => format!("is an approved {role} and can sign in"),
            Some("approved") => {
                format!("is an approved {role}, but has not confirmed the address")
            }
            Some("pending") if !self.confirmed => {
                "has registered and not followed the link that confirms the address".to_owned()
            }
            Some("pending") => "waits for an admin's approval".to_owned(),
            Some(status) => format!("is {status}, and can't sign in"),
            None => "has no profile, and can't sign in".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_line_says_whether_somebody_can_sign_in_and_gets_mails() {
        let user = |status: &str, confirmed: bool| json!({ "role": "user", "status": status, "confirmed": confirmed, "deleted": false });
        let banned = json!({ "status": "approved", "confirmed": true, "deleted": false, "banned_until": "2026-11-23T12:00:00Z" });
        for (user, standing) in [
            (json!(null), "is no user's address"),
            (
                user("approved", true),
                "is an approved user and can sign in",
            ),
            (
                user("approved", false),
                "is an approved user, but has not confirmed the address",
            ),
            (
                user("pending", false),
                "has registered and not followed the link that confirms the address",
            ),
            (user("pending", true), "waits for an admin's approval"),
            (user("rejected", true), "is rejected, and can't sign in"),
            (banned, "is banned until 2026-11-23 12:00:00 UTC"),
            (
                json!({ "confirmed": true, "deleted": true }),
                "is a deleted user's",
            ),
        ] {
            let story = json!({
                "events": [], "user": user, "mails_suppressed": "bounced", "attempts_counted_until": "2026-11-23T12:00:00Z",
                "customers": [{ "account": "bob@example.com", "phone": "+14155550100" }],
            });
            assert_eq!(
                told("ann@example.com", story).unwrap().verdict,
                format!(
                    "ann@example.com {standing}; gets no mails (bounced); has attempts to sign in or to reset the password \
                     counted until 2026-11-23 12:00:00 UTC, and too many are refused; is also the address of a customer of \
                     bob@example.com: see `dnwerks why +14155550100`."
                )
            );
        }
    }
}
