//! What Twilio's stand-in accepted, beside what the database says and what people asked for.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Write as _},
    time::SystemTime,
};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::{people::Deeds, tenants::Tenant};
use crate::stack::Stack;

const PAGE: usize = 10_000;
/// More examples of one finding say nothing more.
const EXAMPLES: usize = 5;

/// What was counted, and what must not happen and did.
#[derive(Debug, Default)]
pub struct Findings {
    /// Recipients, over all campaigns.
    pub recipients: u64,
    /// Numbers that got their text.
    pub texted: u64,
    /// Messages that failed because a person opted out, changed their number or was deactivated.
    pub skipped: u64,
    /// Messages given up: nobody knows whether Twilio has them.
    pub given_up: u64,
    wrong: BTreeMap<&'static str, Vec<String>>,
}

impl Findings {
    fn find(&mut self, wrong: &'static str, example: impl fmt::Display) {
        self.wrong
            .entry(wrong)
            .or_default()
            .push(example.to_string());
    }

    /// # Errors
    /// With each kind of thing that must not happen and did, how often, and examples.
    pub(super) fn ensure_innocence(&self) -> Result<()> {
        let mut wrong = String::new();
        for (kind, examples) in &self.wrong {
            let some = examples
                .iter()
                .take(EXAMPLES)
                .cloned()
                .collect::<Vec<_>>()
                .join("; ");
            let _ = writeln!(wrong, "{}: {kind}: {some}", examples.len());
        }
        ensure!(wrong.is_empty(), "{wrong}{self:?}");
        Ok(())
    }
}

/// A message's row.
struct Message {
    status: String,
    reason: Option<String>,
}

pub(super) async fn judge(stack: &Stack, tenants: &[Tenant], deeds: &Deeds) -> Result<Findings> {
    let mut findings = Findings::default();
    let ledger = ledger(stack).await?;
    let mut database = PgConnection::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    for tenant in tenants {
        judge_campaign(&mut findings, &mut database, tenant).await?;
        let messages = messages(&mut database, tenant).await?;
        findings.recipients += u64::from(tenant.customers);
        for n in 0..tenant.customers {
            let phone = tenant.phone(n);
            let requested = ledger.get(&phone).map_or(&[][..], Vec::as_slice);
            judge_number(
                &mut findings,
                deeds,
                &phone,
                requested,
                messages.get(&phone),
            );
            for (campaign, since, until) in &deeds.standstills {
                if *campaign == tenant.campaign
                    && requested.iter().any(|at| at > since && at < until)
                {
                    findings.find("texted while the campaign stood still", &phone);
                }
            }
        }
    }
    for phone in &deeds.new_numbers {
        if ledger.contains_key(phone) {
            findings.find("texted at a number that was not the one launched to", phone);
        }
    }
    Ok(findings)
}

fn judge_number(
    findings: &mut Findings,
    deeds: &Deeds,
    phone: &str,
    requested: &[SystemTime],
    message: Option<&Message>,
) {
    if requested.len() > 1 {
        findings.find("texted twice", phone);
    }
    let texted = !requested.is_empty();
    findings.texted += u64::from(texted);
    for (what, when) in [
        ("texted after STOP was answered", deeds.stopped.get(phone)),
        (
            "texted although the number had changed",
            deeds.changed.get(phone).map(later).as_ref(),
        ),
        (
            "texted although the customer was deleted",
            deeds.deleted.get(phone).map(later).as_ref(),
        ),
    ] {
        if when.is_some_and(|when| requested.iter().any(|at| at > when)) {
            findings.find(what, phone);
        }
    }
    let Some(message) = message else {
        if !deeds.deleted.contains_key(phone) {
            findings.find("has no message any more", phone);
        }
        return;
    };
    let reason = message.reason.as_deref().unwrap_or_default();
    match (message.status.as_str(), reason) {
        ("delivered", _) if texted => {}
        ("delivered", _) => findings.find("called delivered, never texted", phone),
        ("failed", "suppressed" | "phone_changed" | "customer_inactive") if texted => {
            findings.find("called skipped, but texted", phone);
        }
        ("failed", "suppressed" | "phone_changed" | "customer_inactive")
            if deeds.concern(phone) =>
        {
            findings.skipped += 1;
        }
        ("failed", "outcome_unknown") => findings.given_up += 1,
        (status, reason) => findings.find(
            "has an end it must not have",
            format!("{phone} {status} {reason}"),
        ),
    }
    if !texted && !deeds.concern(phone) && reason != "outcome_unknown" {
        findings.find("forgotten", phone);
    }
}

/// A claim made just before is still posted, for a second.
fn later(when: &SystemTime) -> SystemTime {
    *when + std::time::Duration::from_millis(1_500)
}

async fn judge_campaign(
    findings: &mut Findings,
    database: &mut PgConnection,
    tenant: &Tenant,
) -> Result<()> {
    let row = sqlx::query(
        "select c.status, (c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count)::text,
           (select row(count(*)::integer, count(m.sent_at)::integer, (count(*) filter (where m.status = 'delivered'))::integer,
              (count(*) filter (where m.status = 'failed'))::integer, (count(*) filter (where m.status = 'pending'))::integer)
            from public.campaign_messages m where m.campaign_id = c.id)::text
         from public.campaigns c where c.id = $1::uuid",
    )
    .bind(&tenant.campaign)
    .fetch_one(database)
    .await?;
    let (status, counters, rows): (String, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if status != "sent" {
        findings.find(
            "has not ended as sent",
            format!("{} {status}", tenant.campaign),
        );
    }
    if counters != rows {
        findings.find(
            "has counters that are not a count",
            format!("{} {counters} {rows}", tenant.campaign),
        );
    }
    Ok(())
}

async fn messages(
    database: &mut PgConnection,
    tenant: &Tenant,
) -> Result<HashMap<String, Message>> {
    let rows = sqlx::query(
        "select phone_number, status, reason from public.campaign_messages where campaign_id = $1::uuid",
    )
    .bind(&tenant.campaign)
    .fetch_all(database)
    .await?;
    rows.iter()
        .map(|row| {
            let message = Message {
                status: row.try_get(1)?,
                reason: row.try_get(2)?,
            };
            Ok((row.try_get(0)?, message))
        })
        .collect()
}

/// When each text that the stand-in accepted was asked for, by number.
async fn ledger(stack: &Stack) -> Result<HashMap<String, Vec<SystemTime>>> {
    let twilio = stack.twilio()?;
    let mut ledger = HashMap::<_, Vec<_>>::new();
    for page in 0.. {
        let answer = twilio.messages(page * PAGE, PAGE).await?;
        let messages = answer["messages"]
            .as_array()
            .context("the ledger has no messages")?;
        for message in messages {
            let requested: DateTime<Utc> = text(message, "requested_at")?.parse()?;
            ledger
                .entry(text(message, "to")?.to_owned())
                .or_default()
                .push(requested.into());
        }
        if messages.len() < PAGE {
            break;
        }
    }
    Ok(ledger)
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .with_context(|| format!("no {field} in {value}"))
}
