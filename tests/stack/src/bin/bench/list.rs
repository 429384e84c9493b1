//! `bench list`: requests per second for a list.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use reqwest::{Client, Method, Request};
use serde_json::{Value, json};
use stack::Stack;
use testkit::{
    http_client,
    people::{Person, read},
};

use crate::{figures::median, service::Service};

/// Persistent connections.
const CONNECTIONS: usize = 32;
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

pub async fn measure(stack: &Stack) -> Result<()> {
    let owner = Person::approved(&stack.environment, "bench").await?;
    let rows: Vec<Value> = (0..2000)
        .map(|n| json!({"phone": format!("+1213{}", 2_000_000 + n), "first_name": format!("Customer {n}")}))
        .collect();
    read(owner.rest(Method::POST, "customers").json(&rows))
        .await?
        .success()?;

    let api = Service::start("dashboard-api", &stack.environment, &stack.log()).await?;
    let http = http_client()?;
    let straight = owner
        .rest(
            Method::GET,
            "customers?select=*&order=created_at.desc,id.asc&limit=25&offset=0",
        )
        .header("prefer", "count=exact")
        .build()?;
    let through = http
        .get(format!("{}/api/customers?per_page=25", api.address))
        .bearer_auth(&owner.access_token)
        .build()?;
    let (mut straight_rates, mut through_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        straight_rates.push(load(&http, &straight).await?);
        through_rates.push(load(&http, &through).await?);
    }
    api.stop().await?;
    let (straight, through) = (median(&mut straight_rates), median(&mut through_rates));
    println!("PostgREST, 25 of 2,000 rows and their number  {straight:>8.0} requests/s");
    println!("the same through dashboard-api                {through:>8.0} requests/s");
    println!(
        "through : straight                            {:>8.2} x   goal 0.80",
        through / straight
    );
    Ok(())
}

/// Responses per second.
async fn load(http: &Client, request: &Request) -> Result<f64> {
    let until = Instant::now() + ROUND;
    let connections = (0..CONNECTIONS).map(async |_| {
        let mut answered = 0_u32;
        while Instant::now() < until {
            let request = request.try_clone().context("a request without a body")?;
            let answer = http.execute(request).await?.error_for_status()?;
            answer.bytes().await?;
            answered += 1;
        }
        anyhow::Ok(answered)
    });
    let answered: u32 = try_join_all(connections).await?.into_iter().sum();
    Ok(f64::from(answered) / ROUND.as_secs_f64())
}
