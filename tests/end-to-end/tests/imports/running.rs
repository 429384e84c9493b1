//! Imports while they run: watched, canceled, and left by whoever sends the file.

use std::time::Duration;

use anyhow::Result;
use futures::{StreamExt as _, stream};
use reqwest::{Body, Method, StatusCode};
use serde_json::json;
use testkit::{eventually, new_phones, people::read};

use crate::{get, person};

/// An upload that waits in the middle until it is dropped.
fn endless(phones: &[String]) -> Body {
    let mut start = String::from("phone\n");
    for phone in phones {
        start.push_str(phone);
        start.push('\n');
    }
    let start = stream::iter([Ok::<_, std::io::Error>(start)]);
    Body::wrap_stream(start.chain(stream::pending()))
}

#[tokio::test]
async fn an_import_is_watched_while_it_runs_and_canceled() -> Result<()> {
    let ann = person("ann").await?;
    let id = uuid::Uuid::now_v7();
    let path = format!("/api/customers/imports/{id}");
    // Watched before it starts: the client has chosen the id.
    let events = ann
        .api(Method::GET, &format!("{path}/events"))
        .send()
        .await?;
    assert_eq!(events.headers()["x-accel-buffering"], "no");
    let mut events = events.bytes_stream();
    let upload = ann
        .api(Method::POST, &format!("/api/customers/import?id={id}"))
        .header("content-type", "text/csv")
        .body(endless(&new_phones::<5_000>()));
    let upload = tokio::spawn(read(upload));
    let mut seen = String::new();
    let mut canceled = false;
    while let Some(piece) = events.next().await {
        seen.push_str(&String::from_utf8_lossy(&piece?));
        if !canceled && seen.contains("event: progress") {
            let answer = read(ann.api(Method::POST, &format!("{path}/cancel"))).await?;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
            canceled = true;
        }
    }
    assert!(seen.contains("event: canceled"), "{seen}");
    let answer = upload.await??;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("canceled"))
    );
    assert_eq!(get(&ann, &path).await?["status"], "canceled");
    assert_eq!(get(&ann, "/api/customers").await?["total"], 0);
    let again = read(ann.api(Method::POST, &format!("{path}/cancel"))).await?;
    assert_eq!(again.body["code"], "customer_import_not_running");
    Ok(())
}

#[tokio::test]
async fn an_upload_whose_sender_goes_away_ends_its_record() -> Result<()> {
    let ann = person("ann").await?;
    let id = uuid::Uuid::now_v7();
    let path = format!("/api/customers/imports/{id}");
    let upload = ann
        .api(Method::POST, &format!("/api/customers/import?id={id}"))
        .header("content-type", "text/csv")
        .body(endless(&new_phones::<100>()));
    let upload = tokio::spawn(upload.send());
    let patience = Duration::from_secs(20);
    eventually("the record", patience, async || {
        Ok((read(ann.api(Method::GET, &path)).await?.body["status"] == "running").then_some(()))
    })
    .await?;
    upload.abort();
    let record = eventually("the record's end", patience, async || {
        let record = get(&ann, &path).await?;
        Ok((record["status"] != "running").then_some(record))
    })
    .await?;
    assert_eq!(
        (&record["status"], &record["failure_code"]),
        (&json!("failed"), &json!("upload_broken"))
    );
    assert_eq!(get(&ann, "/api/customers").await?["total"], 0);
    Ok(())
}
