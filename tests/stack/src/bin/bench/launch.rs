//! `bench launch`: launching a campaign compared with one insert of the same rows.

use std::time::Instant;

use anyhow::{Result, ensure};
use sqlx::{PgPool, types::Uuid};
use stack::Stack;
use testkit::TestDatabase;

use crate::figures::median;

const BODY: &str = "Our autumn sale starts today: 20% off until Sunday. Reply STOP to opt out.";

pub async fn measure(stack: &Stack, recipients: u32, runs: u32) -> Result<()> {
    let database = TestDatabase::create_in(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    let owner = database.tenant("approved").await?.profile_id;
    let pool = database.pool();
    insert_customers(pool, owner, recipients).await?;
    create_plain_table(pool).await?;
    sqlx::query("analyze").execute(pool).await?;
    let (mut launches, mut inserts) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        inserts.push(insert(pool, owner, recipients).await?);
        launches.push(launch(pool, owner, recipients).await?);
    }
    let (launch, insert) = (median(&mut launches), median(&mut inserts));
    println!("{recipients} recipients, median of {runs}");
    for (way, seconds) in [("launch_campaign", launch), ("insert … select", insert)] {
        println!(
            "{way:<22}{:>12.0} recipients/s{seconds:>9.2} s",
            f64::from(recipients) / seconds
        );
    }
    println!("launch : insert       {:>12.2} x", insert / launch);
    Ok(())
}

/// Customers who can be texted, each with a number of its own, and with ids in their order as an import gives them.
pub async fn insert_customers(pool: &PgPool, owner: Uuid, customers: u32) -> Result<()> {
    sqlx::query(
        "insert into public.customers (id, user_id, phone, first_name, status)
         select private.uuid_v7(), $1, '+1212' || (2000000 + n), 'Customer ' || n, 'active'
         from generate_series(1, $2) n",
    )
    .bind(owner)
    .bind(i64::from(customers))
    .execute(pool)
    .await?;
    Ok(())
}

/// The table of messages without its triggers: what a launch would be if nothing was counted.
async fn create_plain_table(pool: &PgPool) -> Result<()> {
    for statement in [
        "create table public.bench_messages
           (like public.campaign_messages including defaults including indexes)",
        "alter table public.bench_messages
           add foreign key (campaign_id) references public.campaigns (id) on delete cascade,
           add foreign key (customer_id) references public.customers (id) on delete cascade",
    ] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

async fn draft(pool: &PgPool, owner: Uuid) -> Result<Uuid> {
    let id = sqlx::query_scalar(
        "insert into public.campaigns (user_id, name, message_body) values ($1, 'bench', $2) returning id",
    )
    .bind(owner)
    .bind(BODY)
    .fetch_one(pool)
    .await?;
    sqlx::query("checkpoint").execute(pool).await?;
    Ok(id)
}

/// Seconds for a launch, after which its rows and its work are removed.
async fn launch(pool: &PgPool, owner: Uuid, recipients: u32) -> Result<f64> {
    let campaign = draft(pool, owner).await?;
    let began = Instant::now();
    let launched: i32 = sqlx::query_scalar("select (private.launch_campaign($1)).total_recipients")
        .bind(campaign)
        .fetch_one(pool)
        .await?;
    let seconds = began.elapsed().as_secs_f64();
    let counted: i64 =
        sqlx::query_scalar("select count(*) from public.campaign_messages where campaign_id = $1")
            .bind(campaign)
            .fetch_one(pool)
            .await?;
    ensure!(
        counted == i64::from(recipients) && i64::from(launched) == counted,
        "{counted} messages, {launched} counted, for {recipients} recipients"
    );
    sqlx::query("truncate public.campaigns cascade")
        .execute(pool)
        .await?;
    Ok(seconds)
}

/// Seconds for the same rows in the plain table, which is emptied afterwards.
async fn insert(pool: &PgPool, owner: Uuid, recipients: u32) -> Result<f64> {
    let campaign = draft(pool, owner).await?;
    let began = Instant::now();
    let inserted = sqlx::query(
        "insert into public.bench_messages
           (id, campaign_id, customer_id, phone_number, message_body, position)
         select gen_random_uuid(), $1, c.id, c.phone, $2, row_number() over ()
         from public.customers c
         where c.user_id = $3 and c.status = 'active'",
    )
    .bind(campaign)
    .bind(BODY)
    .bind(owner)
    .execute(pool)
    .await?
    .rows_affected();
    let seconds = began.elapsed().as_secs_f64();
    ensure!(inserted == u64::from(recipients), "{inserted} rows");
    sqlx::query("truncate public.bench_messages")
        .execute(pool)
        .await?;
    Ok(seconds)
}
