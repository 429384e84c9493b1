//! `dnwerks audit`: who changed what is not their own.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::{collections::HashSet, time::Duration};

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Args;
use domain::{Clock as _, SystemClock};
use rows_as_service::{
    Profiles,
    audit::{AuditFilter, AuditLog},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{account, operator, shutdown};

/// What `dnwerks audit --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks audit                                                  the last hundred changes, the newest at the end
  dnwerks audit --since 24h --actor ann@example.com
  dnwerks audit --account bob@example.com --action campaign
  dnwerks audit --follow --json                                  from now on, one object a line

Of texts, numbers and addresses only their length is kept. Entries go after the days in private.retention.";

/// The latest entries that a follower looks at again each time: some are written before others and become visible later.
const LOOKED_AT_AGAIN: i32 = 1000;
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// Which entries, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Audit {
    /// Only what this person did: an e-mail address, or the id of a profile
    #[arg(long, value_name = "EMAIL|ID")]
    actor: Option<String>,
    /// Only what concerns this account: an e-mail address, or the id of a profile
    #[arg(long, value_name = "EMAIL|ID")]
    account: Option<String>,
    /// Only this, such as user.approved, or what was changed: user
    #[arg(long)]
    action: Option<String>,
    /// Not before: 30m, 24h or 7d ago, a day, or a time such as 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,
    /// At most so many, the newest
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=100_000))]
    limit: i32,
    /// Go on with what happens, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Each entry as a JSON object on a line of its own
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Shows the entries, the newest at the end.
pub async fn show(settings: Audit) -> Result<()> {
    let database = operator::connect(&settings.database, "dnwerks audit").await?;
    let profiles = Profiles::new(database.clone());
    let filter = AuditFilter {
        actor: match &settings.actor {
            Some(actor) => Some(account::find(&profiles, "--actor", actor).await?),
            None => None,
        },
        account: match &settings.account {
            Some(name) => Some(account::find(&profiles, "--account", name).await?),
            None => None,
        },
        action: settings.action,
        since: settings.since.map(|since| since.moment(SystemClock.now())),
    };
    let log = AuditLog::new(database);
    let stop = shutdown::on_signal()?;
    if !settings.follow {
        for entry in entries(&log, &filter, settings.limit).await? {
            print(&entry, settings.json)?;
        }
        return Ok(());
    }
    let wanted = usize::try_from(settings.limit)?;
    let at_most = settings.limit.max(LOOKED_AT_AGAIN);
    let mut seen = HashSet::new();
    let mut is_first = true;
    loop {
        let entries = entries(&log, &filter, at_most).await?;
        let left_out = if is_first {
            entries.len().saturating_sub(wanted)
        } else {
            0
        };
        for (n, entry) in entries.iter().enumerate() {
            if seen.insert(id_of(entry)) && n >= left_out {
                print(entry, settings.json)?;
            }
        }
        is_first = false;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(FOLLOW_EVERY) => {}
        }
    }
}

fn print(entry: &Value, json: bool) -> Result<()> {
    if json {
        println!("{entry}");
    } else {
        println!("{}", Entry::deserialize(entry)?.told());
    }
    Ok(())
}

/// The newest entries, the newest at the end.
async fn entries(log: &AuditLog, filter: &AuditFilter, at_most: i32) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Value>,
    }
    let json = log.entries(filter, at_most).await?;
    let mut entries = serde_json::from_str::<Page>(&json)?.data;
    entries.reverse();
    Ok(entries)
}

fn id_of(entry: &Value) -> i64 {
    entry["id"].as_i64().unwrap_or_default()
}

/// When to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Ago(TimeDelta),
    At(DateTime<Utc>),
}

impl Since {
    fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).unwrap_or(DateTime::UNIX_EPOCH),
            Self::At(moment) => moment,
        }
    }
}

fn since(text: &str) -> Result<Since> {
    let ago = |unit: char, span: fn(i64) -> Option<TimeDelta>| {
        let number = text.strip_suffix(unit)?.parse::<u32>().ok()?;
        span(number.into()).map(Since::Ago)
    };
    ago('m', TimeDelta::try_minutes)
        .or_else(|| ago('h', TimeDelta::try_hours))
        .or_else(|| ago('d', TimeDelta::try_days))
        .or_else(|| {
            let day: NaiveDate = text.parse().ok()?;
            Some(Since::At(day.and_time(NaiveTime::MIN).and_utc()))
        })
        .or_else(|| {
            let moment = DateTime::parse_from_rfc3339(text).ok()?;
            Some(Since::At(moment.to_utc()))
        })
        .context("a time is 30m, 24h, 7d, 2026-11-23 or 2026-11-23T09:00:00Z")
}

/// As `private.audit_entries` gives it, as far as a line tells it.
#[derive(Debug, Deserialize)]
struct Entry {
    at: DateTime<Utc>,
    actor: Option<String>,
    actor_email: Option<String>,
    actor_kind: String,
    operator: Option<String>,
    role: String,
    action: String,
    table_name: String,
    row_id: Option<String>,
    account: Option<String>,
    account_email: Option<String>,
    row_count: i64,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
}

impl Entry {
    fn told(&self) -> String {
        let who = match &self.operator {
            _ if self.actor.is_some() => self.actor_email.as_ref().or(self.actor.as_ref()),
            operator => operator.as_ref(),
        };
        let who = format!("{} {}", self.actor_kind, who.unwrap_or(&self.role));
        let mut parts = vec![
            self.at.format("%FT%TZ").to_string(),
            who,
            self.action.clone(),
        ];
        if let Some(account) = self.account_email.as_ref().or(self.account.as_ref()) {
            parts.push(format!("of {account}"));
        }
        parts.push(match &self.row_id {
            _ if self.row_count > 1 => format!("{} rows of {}", self.row_count, self.table_name),
            Some(id) => format!("{} {id}", self.table_name),
            None => self.table_name.clone(),
        });
        let changes = self.changes();
        if !changes.is_empty() {
            parts.push(changes.join(", "));
        }
        parts.join("  ")
    }

    /// Such as `status: pending → approved`.
    fn changes(&self) -> Vec<String> {
        let none = Map::new();
        let before = self.before.as_ref().unwrap_or(&none);
        let after = self.after.as_ref().unwrap_or(&none);
        let names = if after.is_empty() { before } else { after }.keys();
        names
            .map(|name| match (before.get(name), after.get(name)) {
                (Some(old), Some(new)) => format!("{name}: {} → {}", value(old), value(new)),
                (Some(only), None) | (None, Some(only)) => format!("{name}: {}", value(only)),
                (None, None) => name.clone(),
            })
            .collect()
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        value => match value.get("characters").and_then(Value::as_i64) {
            Some(length) => format!("({length} characters)"),
            None => value.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_one_line() {
        let mut entry = json!({
            "id": 1, "at": "2026-11-23T09:00:00.5Z", "actor": "a1", "actor_email": "ann@example.com", "actor_kind": "admin",
            "operator": null, "role": "authenticated", "action": "user.approved", "table_name": "public.user_profiles",
            "row_id": "b1", "account": "b1", "account_email": null, "row_count": 1,
            "before": { "status": "pending" }, "after": { "status": "approved" }
        });
        let told = |entry: &Value| Entry::deserialize(entry).unwrap().told();
        assert_eq!(
            told(&entry),
            "2026-11-23T09:00:00Z  admin ann@example.com  user.approved  of b1  public.user_profiles b1  status: pending → approved"
        );
        entry["actor"] = Value::Null;
        entry["actor_kind"] = json!("operator");
        entry["operator"] = json!("olga");
        entry["row_count"] = json!(7);
        entry["before"] = Value::Null;
        entry["after"] = json!({ "name": { "characters": 5 }, "reason": null });
        assert_eq!(
            told(&entry),
            "2026-11-23T09:00:00Z  operator olga  user.approved  of b1  7 rows of public.user_profiles  \
             name: (5 characters), reason: nothing"
        );
    }

    #[test]
    fn a_time_is_a_moment_or_so_long_ago() {
        assert_eq!(since("24h").unwrap(), Since::Ago(TimeDelta::hours(24)));
        assert_eq!(since("7d").unwrap(), Since::Ago(TimeDelta::days(7)));
        assert_eq!(
            since("2026-11-23").unwrap(),
            since("2026-11-23T00:00:00Z").unwrap()
        );
        for odd in ["", "h", "-1h", "yesterday", "2026-13-01", "99999999999d"] {
            assert!(since(odd).is_err(), "{odd}");
        }
        let Since::Ago(_) = since("4294967295d").unwrap() else {
            panic!("a span")
        };
        assert_eq!(
            since("4294967295d").unwrap().moment(DateTime::UNIX_EPOCH),
            DateTime::UNIX_EPOCH
        );
    }
}
