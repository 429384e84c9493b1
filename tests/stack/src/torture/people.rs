//! People who change their minds while their campaigns are being sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use anyhow::{Result, ensure};
use rand::{RngExt as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testkit::{eventually, people::read};
use tokio_util::sync::CancellationToken;

use super::tenants::{Tenant, phone as number};
use crate::stack::Stack;

/// Between two deeds, milliseconds.
const PAUSE: std::ops::Range<u64> = 20..200;
/// How long a campaign stands still, milliseconds.
const STANDSTILL: std::ops::Range<u64> = 500..3_000;
/// A message is posted within a second of its claim. A STOP is answered after that, so that nothing comes after the answer.
const UNDER_WAY: Duration = Duration::from_millis(1_500);
/// The database comes back within this time.
const PATIENCE: Duration = Duration::from_mins(1);

/// What people did, and when it had been done.
#[derive(Debug, Default)]
pub struct Deeds {
    /// When STOP was answered, by number.
    pub stopped: BTreeMap<String, SystemTime>,
    /// When a customer's number was changed, by the old number.
    pub changed: BTreeMap<String, SystemTime>,
    /// The numbers that they have instead.
    pub new_numbers: BTreeSet<String>,
    /// When a customer was deleted, by number.
    pub deleted: BTreeMap<String, SystemTime>,
    /// When each campaign stood still: by its id, from the answer until it went on.
    pub standstills: Vec<(String, SystemTime, SystemTime)>,
    /// Owners rejected.
    pub rejections: u32,
    /// Campaigns paused.
    pub pauses: u32,
}

impl Deeds {
    /// Whether somebody did something to this number, so that it may have got a text or not.
    pub(super) fn concern(&self, phone: &str) -> bool {
        self.stopped.contains_key(phone)
            || self.changed.contains_key(phone)
            || self.deleted.contains_key(phone)
    }
}

pub(super) struct People<'a> {
    tenants: &'a [Tenant],
    database: String,
    deeds: Deeds,
    next_number: u32,
}

impl<'a> People<'a> {
    pub(super) fn new(stack: &Stack, tenants: &'a [Tenant]) -> Result<Self> {
        let next_number = tenants
            .iter()
            .map(|tenant| tenant.first + tenant.customers)
            .max();
        Ok(Self {
            tenants,
            database: stack.get("DNWERKS_TEST_DATABASE_URL")?.to_owned(),
            deeds: Deeds::default(),
            next_number: next_number.unwrap_or_default(),
        })
    }

    /// Does one thing after another until `ending`. What fails because the database is down is tried again.
    /// What it had begun is brought to its end: no campaign stays paused.
    pub(super) async fn act(
        mut self,
        mut dice: StdRng,
        ending: &CancellationToken,
    ) -> Result<Deeds> {
        while ending
            .run_until_cancelled(tokio::time::sleep(Duration::from_millis(
                dice.random_range(PAUSE),
            )))
            .await
            .is_some()
        {
            let tenants = self.tenants;
            let tenant = &tenants[dice.random_range(0..self.tenants.len())];
            let phone = tenant.phone(dice.random_range(0..tenant.customers));
            let standstill = Duration::from_millis(dice.random_range(STANDSTILL));
            match dice.random_range(0..100) {
                _ if self.deeds.concern(&phone) => {}
                0..=2 => self.pause(tenant, standstill).await?,
                3 => self.reject(tenant, standstill).await?,
                4..=39 => self.stop(phone).await?,
                40..=69 => self.change(tenant, phone).await?,
                _ => self.delete(tenant, phone).await?,
            }
        }
        Ok(self.deeds)
    }

    /// A customer replies STOP.
    async fn stop(&mut self, phone: String) -> Result<()> {
        let database = &self.database;
        eventually("a STOP", PATIENCE, async || {
            let Ok(mut connection) = PgConnection::connect(database).await else {
                return Ok(None);
            };
            let stopped = sqlx::query(
                "insert into private.suppressions (phone, reason, source) values ($1, 'opted_out', 'stop')
                 on conflict do nothing",
            )
            .bind(&phone)
            .execute(&mut connection)
            .await;
            Ok(stopped.ok())
        })
        .await?;
        tokio::time::sleep(UNDER_WAY).await;
        self.deeds.stopped.insert(phone, SystemTime::now());
        Ok(())
    }

    async fn change(&mut self, tenant: &Tenant, phone: String) -> Result<()> {
        let new = number(self.next_number);
        self.next_number += 1;
        let row = format!("customers?phone=eq.{}", phone.replace('+', "%2B"));
        insist("a change of number", async || {
            let change = tenant
                .person
                .rest(Method::PATCH, &row)
                .json(&json!({"phone": new}));
            Ok(read(change).await?.status.is_success())
        })
        .await?;
        self.deeds.changed.insert(phone, SystemTime::now());
        self.deeds.new_numbers.insert(new);
        Ok(())
    }

    async fn delete(&mut self, tenant: &Tenant, phone: String) -> Result<()> {
        let row = format!("customers?phone=eq.{}", phone.replace('+', "%2B"));
        insist("a deletion", async || {
            Ok(read(tenant.person.rest(Method::DELETE, &row))
                .await?
                .status
                .is_success())
        })
        .await?;
        self.deeds.deleted.insert(phone, SystemTime::now());
        Ok(())
    }

    async fn pause(&mut self, tenant: &Tenant, standstill: Duration) -> Result<()> {
        let campaign = &tenant.campaign;
        let act = async |deed: &str| {
            let path = format!("/api/campaigns/{campaign}/{deed}");
            let answer = read(tenant.person.api(Method::POST, &path)).await?;
            // 409: done by an earlier try whose answer was lost, or the campaign has ended.
            Ok(answer.status.is_success() || answer.status == 409)
        };
        insist("a pause", async || act("pause").await).await?;
        self.stand_still(campaign, standstill, async || {
            insist("a resumption", async || act("resume").await).await
        })
        .await?;
        self.deeds.pauses += 1;
        Ok(())
    }

    async fn reject(&mut self, tenant: &Tenant, standstill: Duration) -> Result<()> {
        let set = async |status: &str| Ok(tenant.person.set_status(status).await.is_ok());
        insist("a rejection", async || set("rejected").await).await?;
        self.stand_still(&tenant.campaign, standstill, async || {
            insist("an approval", async || set("approved").await).await?;
            insist("a resumption", async || {
                let path = format!("/api/campaigns/{}/resume", tenant.campaign);
                let answer = read(tenant.person.api(Method::POST, &path)).await?;
                Ok(answer.status.is_success() || answer.status == 409)
            })
            .await
        })
        .await?;
        self.deeds.rejections += 1;
        Ok(())
    }

    async fn stand_still(
        &mut self,
        campaign: &str,
        standstill: Duration,
        go_on: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<()> {
        tokio::time::sleep(UNDER_WAY).await;
        let since = SystemTime::now();
        tokio::time::sleep(standstill).await;
        let until = SystemTime::now();
        go_on().await?;
        self.deeds
            .standstills
            .push((campaign.to_owned(), since, until));
        Ok(())
    }
}

/// Tries until it works: the database may be down, and connections are cut.
async fn insist<F: AsyncFnMut() -> Result<bool>>(what: &str, mut act: F) -> Result<()> {
    let mut tries = 0;
    eventually(what, PATIENCE, async || {
        tries += 1;
        ensure!(tries < 1_000, "{what} is refused again and again");
        Ok(act().await.unwrap_or_default().then_some(()))
    })
    .await
}
