//! An import whose process is killed has changed nothing, and its record says so; the same file then imports whole.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use futures::{StreamExt as _, stream};
use reqwest::{Body, Method};
use serde_json::json;
use stack::{Stack, StackOptions, crashes::customers_csv};
use testkit::{
    eventually, free_port,
    people::{Person, read},
};

const ROWS: u32 = 200_000;
const PIECE: usize = 64 * 1024;

#[tokio::test]
async fn a_killed_import_leaves_nothing_and_the_same_file_imports_whole() -> Result<()> {
    let stack = Stack::start(&StackOptions::default()).await?;
    let owner = Person::approved(&stack.environment, "owner").await?;
    let csv = customers_csv(ROWS);

    let mut killed = Vec::new();
    // Killed at three moments: early in the upload, late in it, and while the rows are written.
    for share in [10, 90, 100] {
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let importer = stack.start_process("customer-import", &address).await?;

        let uploaded = Arc::new(AtomicUsize::new(0));
        let counter = uploaded.clone();
        let pieces: Vec<_> = csv.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let body = stream::iter(pieces).map(move |piece| {
            counter.fetch_add(piece.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece)
        });
        let id = uuid::Uuid::now_v7();
        let upload = tokio::spawn(
            reqwest::Client::builder()
                .build()?
                .post(format!("http://{address}/api/customers/import?id={id}"))
                .bearer_auth(&owner.access_token)
                .header("content-type", "text/csv")
                .body(Body::wrap_stream(body))
                .send(),
        );
        let reached = csv.len() / 100 * share;
        eventually(
            "the upload's progress",
            Duration::from_mins(1),
            async || Ok((uploaded.load(Ordering::Relaxed) >= reached).then_some(())),
        )
        .await?;
        let path = format!("/api/customers/imports/{id}");
        eventually("the record", Duration::from_mins(1), async || {
            let answer = read(owner.api(Method::GET, &path)).await?;
            Ok(answer.status.is_success().then_some(()))
        })
        .await?;
        importer.kill().await?;
        assert!(upload.await?.is_err(), "the import had already answered");
        let rows = read(owner.rest(Method::GET, "customers?select=id&limit=1"))
            .await?
            .success()?;
        assert_eq!(rows, json!([]), "killed at {share} %");
        killed.push(id);
    }

    let report = owner.import(csv).await?;
    assert_eq!(report["inserted"], ROWS, "{report}");
    // Their processes are gone; another one finds that they report no progress.
    for id in killed {
        let path = format!("/api/customers/imports/{id}");
        let record = eventually("the record's end", Duration::from_mins(1), async || {
            let record = read(owner.api(Method::GET, &path)).await?.success()?;
            Ok((record["status"] != "running").then_some(record))
        })
        .await?;
        assert_eq!(
            (&record["status"], &record["failure_code"]),
            (&json!("failed"), &json!("interrupted"))
        );
    }
    let done = read(owner.api(Method::GET, "/api/customers/imports?status=completed"))
        .await?
        .success()?;
    assert_eq!(
        (&done["total"], &done["data"][0]["inserted"]),
        (&json!(1), &json!(ROWS))
    );
    stack.stop().await
}
