//! A look at everything, and its lines.

use std::collections::{BTreeMap, HashMap};

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::pace::Pace;
use crate::story::{because, moment, plain};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// As `private.system_status` gives it.
#[derive(Debug, Deserialize)]
pub(super) struct Snapshot {
    at: DateTime<Utc>,
    sending: Switch,
    processes: Vec<Process>,
    senders: Vec<Sender>,
    campaigns: Vec<Campaign>,
    small_campaigns: i64,
    scheduled: Scheduled,
    queues: Vec<Queue>,
    search_backlog: SearchBacklog,
    imports: Vec<Import>,
    mails: Mails,
    errors: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Switch {
    stopped_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Process {
    name: String,
    connections: i64,
    busy: i64,
    since: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Sender {
    phone_number: Option<String>,
    messaging_service_sid: Option<String>,
    is_default: bool,
    segments_per_second: Option<f64>,
    held_until: Option<DateTime<Utc>>,
    hold_reason: Option<String>,
    today: Day,
    alarms: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Day {
    sent: i64,
    failed: BTreeMap<String, i64>,
    delivery_rate: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Campaign {
    id: Uuid,
    name: String,
    owner: Option<String>,
    status: String,
    reason: Option<String>,
    launched_at: Option<DateTime<Utc>>,
    total: i64,
    delivered: i64,
    failed: i64,
    pending: i64,
    in_doubt: i64,
    waits_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Scheduled {
    campaigns: i64,
    next_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Queue {
    #[serde(rename = "queue")]
    name: String,
    waiting: i64,
    oldest_seconds: i64,
}

#[derive(Debug, Deserialize)]
struct SearchBacklog {
    parts: i64,
    failed: i64,
}

#[derive(Debug, Deserialize)]
struct Import {
    file_name: Option<String>,
    owner: Option<String>,
    phase: String,
    dry_run: bool,
    file_bytes: Option<i64>,
    bytes_read: i64,
    rows_read: i64,
}

#[derive(Debug, Deserialize)]
struct Mails {
    queued: i64,
    recent: i64,
    sent: i64,
    failed: i64,
    suppressed: i64,
    paused_until: Option<DateTime<Utc>>,
    pause_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    at: DateTime<Utc>,
    r#where: String,
    what: Option<String>,
}

impl Snapshot {
    /// How many messages of each campaign are done.
    pub(super) fn done(&self) -> HashMap<Uuid, i64> {
        let done = |campaign: &Campaign| (campaign.id, campaign.total - campaign.pending);
        self.campaigns.iter().map(done).collect()
    }

    /// What a person reads, the most urgent first. Control characters, which strangers may have written, are not among it.
    pub(super) fn lines(&self, pace: &Pace) -> Vec<String> {
        let mut lines = vec![self.title()];
        let mut section = |title: &str, rows: Vec<String>| {
            if !rows.is_empty() {
                lines.push(String::new());
                lines.push(format!("{BOLD}{title}{BOLD:#}"));
                lines.extend(rows.into_iter().map(|row| format!("  {row}")));
            }
        };
        let mut processes: Vec<_> = self.processes.iter().map(|p| p.line(self.at)).collect();
        if processes.is_empty() {
            processes.push(format!(
                "{RED}none is connected to this database{RED:#}: start `dnwerks all`"
            ));
        }
        section("Processes", processes);
        section("Senders", self.senders.iter().map(Sender::line).collect());
        let campaigns = self.campaigns.iter();
        let mut campaigns: Vec<_> = campaigns.map(|c| c.line(self.at, pace)).collect();
        if self.small_campaigns > 0 {
            campaigns.push(format!("and {} tests and replies", self.small_campaigns));
        }
        if let Some(next) = self.scheduled.next_at {
            campaigns.push(format!(
                "{} scheduled, the next for {}",
                self.scheduled.campaigns,
                moment(next)
            ));
        }
        section("Campaigns", campaigns);
        section("Queues", self.queues());
        section("Imports", self.imports.iter().map(Import::line).collect());
        section("Mails", vec![self.mails.line()]);
        section(
            "Last errors",
            self.errors.iter().map(Trouble::line).collect(),
        );
        lines
    }

    fn title(&self) -> String {
        let at = moment(self.at);
        match self.sending.stopped_at {
            None => format!("{BOLD}DNwerks{BOLD:#}  {at}"),
            Some(since) => format!(
                "{BOLD}DNwerks{BOLD:#}  {at}  {RED}sending is stopped{RED:#} since {}{}; `dnwerks sending start` goes on",
                moment(since),
                because(self.sending.reason.as_deref())
            ),
        }
    }

    fn queues(&self) -> Vec<String> {
        let mut rows: Vec<_> = self.queues.iter().map(Queue::line).collect();
        let backlog = &self.search_backlog;
        if backlog.parts > 0 {
            let failed = match backlog.failed {
                0 => String::new(),
                failed => format!(", {RED}{failed} failed{RED:#}"),
            };
            rows.push(format!(
                "{:<16} {:>9} parts{failed}",
                "search_backlog", backlog.parts
            ));
        }
        rows
    }
}

impl Process {
    fn line(&self, now: DateTime<Utc>) -> String {
        let (name, place) = self.name.split_once('@').unwrap_or((&self.name, ""));
        let since = self.since.map_or_else(String::new, |since| {
            format!(", oldest {}", span(now - since))
        });
        format!(
            "{name:<16} {:<24} {} connections, {} busy{since}",
            plain(place),
            self.connections,
            self.busy
        )
    }
}

impl Sender {
    fn line(&self) -> String {
        let name = self
            .phone_number
            .as_ref()
            .or(self.messaging_service_sid.as_ref());
        let name = name.map_or("no number yet", String::as_str);
        let rate = self
            .segments_per_second
            .map_or_else(|| "no rate".to_owned(), |rate| format!("{rate}/s"));
        let default = if self.is_default { "default, " } else { "" };
        let mut parts = vec![format!(
            "{name:<16} {rate:>9}  {default}today {} sent",
            self.today.sent
        )];
        if let Some(share) = self.today.delivery_rate {
            parts.push(format!("{:.1} % delivered", share * 100.0));
        }
        let failed = self.today.failed.iter();
        parts.extend(failed.map(|(code, n)| format!("{n} failed with {code}")));
        let reason = because(self.hold_reason.as_deref());
        match self.held_until {
            Some(until) => parts.push(format!("{RED}held until {}{reason}{RED:#}", moment(until))),
            None if !reason.is_empty() => {
                parts.push(format!("{YELLOW}tried one at a time{reason}{YELLOW:#}"));
            }
            None => {}
        }
        let alarms = self.alarms.iter();
        parts.extend(alarms.map(|alarm| format!("{RED}alarm: {alarm}{RED:#}")));
        parts.join(", ")
    }
}

impl Campaign {
    #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
    fn line(&self, now: DateTime<Utc>, pace: &Pace) -> String {
        let done = self.total - self.pending;
        let percent = done as f64 * 100.0 / self.total.max(1) as f64;
        let mut parts = vec![
            format!(
                "{}  {done}/{} ({percent:.0} %)",
                plain(&self.name),
                self.total
            ),
            format!("{} delivered", self.delivered),
            format!("{} failed", self.failed),
        ];
        if self.in_doubt > 0 {
            parts.push(format!("{YELLOW}{} in doubt{YELLOW:#}", self.in_doubt));
        }
        if self.status != "sending" {
            let reason = because(self.reason.as_deref());
            parts.push(format!("{YELLOW}{}{YELLOW:#}{reason}", self.status));
        } else if let Some(until) = self.waits_until {
            parts.push(format!("nothing is due until {}", moment(until)));
        } else {
            parts.extend(self.progress(now, pace));
        }
        if let Some(owner) = &self.owner {
            parts.push(format!("of {}", plain(owner)));
        }
        parts.join(", ")
    }

    /// The rate of the last half minute, or else since the launch, and when all will have been sent at it.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a rate for people"
    )]
    fn progress(&self, now: DateTime<Utc>, pace: &Pace) -> Vec<String> {
        let since_launch = || {
            let seconds = (now - self.launched_at?).num_milliseconds() as f64 / 1000.0;
            (seconds > 0.0).then(|| (self.total - self.pending) as f64 / seconds)
        };
        let recent = pace.per_second(self.id);
        let Some(rate) = recent.or_else(since_launch) else {
            return Vec::new();
        };
        let kind = if recent.is_some() {
            ""
        } else {
            " since its launch"
        };
        let mut parts = vec![format!("{rate:.1}/s{kind}")];
        // An end in more than a year is no expectation.
        let seconds = self.pending as f64 / rate;
        if rate > 0.0 && seconds < 31_000_000.0 {
            let left = TimeDelta::seconds(seconds.ceil() as i64);
            parts.push(format!("ends about {}", moment(now + left)));
        }
        parts
    }
}

impl Queue {
    fn line(&self) -> String {
        let age = if self.waiting > 0 {
            format!(
                ", the first for {}",
                span(TimeDelta::seconds(self.oldest_seconds))
            )
        } else {
            String::new()
        };
        format!("{:<16} {:>9}{age}", self.name, self.waiting)
    }
}

impl Import {
    fn line(&self) -> String {
        let name = self.file_name.as_deref().unwrap_or("a file");
        let mut parts = vec![format!("{}  {}", plain(name), self.phase)];
        if let Some(bytes) = self.file_bytes.filter(|bytes| *bytes > 0) {
            let percent = self.bytes_read.saturating_mul(100) / bytes;
            parts.push(format!("{} %", percent.min(100)));
        }
        parts.push(format!("{} rows read", self.rows_read));
        if self.dry_run {
            parts.push("dry run".to_owned());
        }
        if let Some(owner) = &self.owner {
            parts.push(format!("for {}", plain(owner)));
        }
        parts.join(", ")
    }
}

impl Mails {
    fn line(&self) -> String {
        let pause = self.paused_until.map_or_else(String::new, |until| {
            let reason = because(self.pause_reason.as_deref());
            format!("; {RED}paused until {}{reason}{RED:#}", moment(until))
        });
        format!(
            "{} queued; of the newest {}: {} sent, {} failed, {} suppressed{pause}",
            self.queued, self.recent, self.sent, self.failed, self.suppressed
        )
    }
}

impl Trouble {
    fn line(&self) -> String {
        let what = self.what.as_deref().unwrap_or("unknown");
        format!(
            "{}  {}: {RED}{}{RED:#}",
            moment(self.at),
            plain(&self.r#where),
            plain(what)
        )
    }
}

/// In the largest unit that says enough.
fn span(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
