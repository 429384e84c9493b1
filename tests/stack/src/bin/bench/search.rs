//! `bench search`: how long searches take among many customers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reqwest::Client;
use serde_json::Value;
use sqlx::PgPool;
use stack::{Stack, customers::clean_csv};
use testkit::{
    http_client,
    people::{Person, count, read},
};

use crate::{
    figures::{median, milliseconds},
    service::Service,
};

/// Timeout for writing the index.
const PATIENCE: Duration = Duration::from_mins(3);

/// Typical searches, each equally often, one request at a time.
pub async fn measure(stack: &Stack, rows: u32) -> Result<()> {
    let owner = Person::approved(&stack.environment, "bench").await?;
    let importer = Service::start("customer-import", &stack.environment, &stack.log()).await?;
    let csv = clean_csv(rows);
    let began = Instant::now();
    let request = http_client()?
        .post(format!("{}/api/customers/import", importer.address))
        .bearer_auth(&owner.access_token)
        .header("content-type", "text/csv")
        .timeout(Duration::from_mins(30))
        .body(csv);
    let report = read(request).await?.success()?;
    println!(
        "{} customers imported in {:.1} s",
        count(&report, "inserted"),
        began.elapsed().as_secs_f64()
    );

    let api = Service::start("dashboard-api", &stack.environment, &stack.log()).await?;
    let dashboard = Dashboard {
        http: http_client()?,
        customers: format!("{}/api/customers", api.address),
        token: owner.access_token,
    };
    let searches = searches(&dashboard).await?;
    println!("at once, while the index is still being written:");
    dashboard.round(&searches, 200).await?;
    let began = Instant::now();
    let database = PgPool::connect(stack.get("SUPABASE_DB_URL")?).await?;
    testkit::eventually("the index", PATIENCE, async || {
        let waiting: i64 =
            sqlx::query_scalar("select count(*) from private.customer_search_backlog")
                .fetch_one(&database)
                .await?;
        Ok((waiting == 0).then_some(()))
    })
    .await?;
    println!("indexed {:.0} s later:", began.elapsed().as_secs_f64());
    dashboard.round(&searches, 50).await?;
    for (name, query) in [
        ("the first page", ""),
        ("one state", "?state=CA"),
        ("page 100", "?page=100"),
        ("counts", "/counts"),
    ] {
        let mut times = Vec::new();
        for _ in 0..5 {
            times.push(dashboard.ask(query).await?.0);
        }
        println!(
            "  without a search, {name:<15}{:>8.1} ms at the median",
            median(&mut times)
        );
    }
    api.stop().await?;
    importer.stop().await
}

/// The list of customers, as their owner.
struct Dashboard {
    http: Client,
    customers: String,
    token: String,
}

impl Dashboard {
    /// Returns milliseconds and the answer.
    async fn ask(&self, query: &str) -> Result<(f64, Value)> {
        let request = self
            .http
            .get(format!("{}{query}", self.customers))
            .bearer_auth(&self.token);
        let began = Instant::now();
        let answer = read(request).await?;
        let took = milliseconds(began.elapsed());
        Ok((took, answer.success()?))
    }

    async fn round(&self, searches: &[(&str, Vec<String>)], goal: u32) -> Result<()> {
        let mut all = Vec::new();
        for (kind, texts) in searches {
            let mut times = Vec::new();
            for text in texts {
                let request = self
                    .http
                    .get(&self.customers)
                    .query(&[("search", text)])
                    .bearer_auth(&self.token);
                let began = Instant::now();
                read(request).await?.success()?;
                times.push(milliseconds(began.elapsed()));
            }
            all.extend_from_slice(&times);
            let median = median(&mut times);
            let most = times.last().copied().unwrap_or_default();
            println!("  {kind:<30}{median:>8.1} ms at the median, {most:.0} at most");
        }
        println!(
            "  {:<30}{:>8.1} ms at the median   goal below {goal}",
            "all of them",
            median(&mut all)
        );
        Ok(())
    }
}

/// What is searched for, by kind; the rare ones are taken from customers that exist.
async fn searches(dashboard: &Dashboard) -> Result<Vec<(&'static str, Vec<String>)>> {
    let (_, page) = dashboard.ask("?per_page=200&sort=email").await?;
    let customers = page["data"].as_array().context("a page of customers")?;
    let rare = |text: fn(&Value) -> Option<String>| -> Vec<String> {
        customers.iter().step_by(10).filter_map(text).collect()
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Ok(vec![
        (
            "a whole e-mail address",
            rare(|customer| Some(customer["email"].as_str()?.to_owned())),
        ),
        (
            "a whole phone number",
            rare(|customer| {
                let phone = customer["phone"].as_str()?;
                Some(format!("{}-{}-{}", &phone[2..5], &phone[5..8], &phone[8..]))
            }),
        ),
        (
            "its last seven digits",
            rare(|customer| Some(customer["phone"].as_str()?[5..].to_owned())),
        ),
        (
            "a part of an e-mail address",
            rare(|customer| {
                let email = customer["email"].as_str()?;
                Some(email[3..email.find('@')? + 4].to_owned())
            }),
        ),
        (
            "a first and a last name",
            rare(|customer| {
                let first = customer["first_name"].as_str()?;
                Some(format!("{first} {}", customer["last_name"].as_str()?))
            }),
        ),
        (
            "a last name",
            words(&[
                "smith",
                "garc",
                "Björns",
                "washington",
                "kowal",
                "ibrahim",
                "nguy",
                "pat",
                "lop",
                "mac",
            ]),
        ),
        (
            "what nobody is called",
            words(&[
                "zzyzx",
                "quetzal",
                "nobody@nowhere",
                "0000000",
                "xylophone smith",
            ]),
        ),
    ])
}
