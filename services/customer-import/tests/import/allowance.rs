//! What uploads may cost: rows and bytes of a day, the time, rejects that are kept, and places that others wait for.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use customer_import::Settings;
use futures::{StreamExt as _, stream};
use rows_as_service::imports::Imports;
use serde_json::{Value, json};
use testkit::eventually;

use crate::stage::{Person, Stage};

fn file(rows: std::ops::Range<u32>) -> String {
    let rows = rows.map(|row| format!("415555{row:04}\n"));
    std::iter::once("phone\n".to_owned()).chain(rows).collect()
}

async fn send(
    stage: &Stage,
    person: &Person,
    query: &str,
    body: impl Into<Body>,
) -> (StatusCode, Value) {
    stage.send(person, query, "text/csv", body.into()).await
}

/// The refusal's status and code.
fn refusal((status, problem): (StatusCode, Value)) -> (u16, String) {
    (
        status.as_u16(),
        problem["code"].as_str().unwrap_or_default().to_owned(),
    )
}

/// Rows of a table, in all.
async fn kept_rejects(stage: &Stage) -> i64 {
    sqlx::query_scalar("select count(*) from public.customer_import_rejects")
        .fetch_one(stage.rows.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_account_sends_so_many_rows_and_bytes_a_day_and_no_more() {
    let daily = ("import_daily_limit", 429);
    for settings in [
        Settings {
            max_rows_per_day: 200,
            ..Settings::default()
        },
        Settings {
            max_bytes_per_day: 2_200,
            ..Settings::default()
        },
    ] {
        let stage = Stage::open_with(settings).await;
        let (ann, ben) = (
            stage.person("approved").await,
            stage.person("approved").await,
        );
        assert_eq!(
            stage.import(&ann, "", &file(2000..2150)).await["inserted"],
            150
        );
        // More than is left: refused as a whole, and what was read counts.
        let (status, code) = refusal(send(&stage, &ann, "", file(2150..2300)).await);
        assert_eq!((code.as_str(), status), daily);
        let (status, code) = refusal(send(&stage, &ann, "?dry_run=true", file(2150..2300)).await);
        assert_eq!((code.as_str(), status), daily);
        assert_eq!(stage.customers_of(&ann).await.len(), 150);
        // Others have a day of their own, and tomorrow is another one.
        assert_eq!(
            stage.import(&ben, "", &file(2300..2450)).await["inserted"],
            150
        );
        sqlx::query("update public.customer_imports set created_at = now() - interval '25 hours'")
            .execute(stage.rows.pool())
            .await
            .unwrap();
        assert_eq!(
            stage.import(&ann, "", &file(2150..2300)).await["inserted"],
            150
        );
    }
}

/// A file's beginning, and then nothing for ever.
fn unending(start: String) -> Body {
    let start = stream::iter([Ok::<_, std::io::Error>(Bytes::from(start))]);
    Body::from_stream(start.chain(stream::pending()))
}

#[tokio::test]
async fn an_upload_that_takes_too_long_is_given_up_however_steadily_it_comes() {
    let stage = Stage::open_with(Settings {
        max_upload_seconds: 1,
        ..Settings::default()
    })
    .await;
    let ann = stage.person("approved").await;
    let pace = tokio::time::interval(Duration::from_millis(50));
    let drops = stream::unfold(pace, |mut pace| async {
        pace.tick().await;
        Some((Ok::<_, std::io::Error>(Bytes::from(file(2000..2300))), pace))
    });
    let refused = refusal(send(&stage, &ann, "", Body::from_stream(drops)).await);
    assert_eq!(refused, (408, "upload_too_long".to_owned()));
    assert!(stage.customers_of(&ann).await.is_empty());
}

#[tokio::test]
async fn slow_uploads_give_way_to_whoever_waits() {
    let stage = Stage::open_with(Settings {
        max_concurrent: 1,
        ..Settings::default()
    })
    .await;
    let (ann, ben) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    let slow = send(&stage, &ann, "", unending(file(2000..2010)));
    let other = async {
        eventually("the slow upload", Duration::from_secs(30), async || {
            let running =
                "select exists (select from public.customer_imports where status = 'running')";
            let running: bool = sqlx::query_scalar(running)
                .fetch_one(stage.rows.pool())
                .await?;
            Ok(running.then_some(()))
        })
        .await?;
        // A new upload has not shown yet that it is slow; then it gives way.
        eventually("a place", Duration::from_secs(30), async || {
            let (status, answer) = send(&stage, &ben, "", file(2300..2310)).await;
            assert!(
                status == StatusCode::OK || answer["code"] == "imports_busy",
                "{answer}"
            );
            Ok((status == StatusCode::OK).then_some(answer))
        })
        .await
    };
    let (refused, other) = tokio::join!(slow, other);
    assert_eq!(other.unwrap()["inserted"], 10);
    assert_eq!(refusal(refused), (408, "upload_gave_way".to_owned()));
    assert!(stage.customers_of(&ann).await.is_empty());
}

#[tokio::test]
async fn rejects_are_counted_all_and_kept_within_limits() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let bad = 50_020;
    let file: String = std::iter::once("phone,sms opt out\n".to_owned())
        .chain(std::iter::repeat_n("n/a,\n".to_owned(), bad))
        // Beyond what is kept, a no still counts.
        .chain(["4155552801,x\n".to_owned()])
        .collect();
    let report = stage.import(&ann, "?dry_run=true", &file).await;
    assert_eq!(
        (&report["rejected"], &report["total_rows"]),
        (&json!(bad), &json!(bad + 1))
    );
    assert_eq!(report["rejects"].as_array().unwrap().len(), 1_000);
    assert_eq!(kept_rejects(&stage).await, 0);

    let report = stage.import(&ann, "", &file).await;
    assert_eq!(
        (
            &report["rejected"],
            &report["rejected_by_code"],
            &report["declined"]
        ),
        (&json!(bad), &json!({"phone_not_a_number": bad}), &json!(1))
    );
    assert_eq!(kept_rejects(&stage).await, 50_000);
    let kept: i64 =
        sqlx::query_scalar("select rejects_kept from public.customer_imports where id = $1::uuid")
            .bind(report["id"].as_str())
            .fetch_one(stage.rows.pool())
            .await
            .unwrap();
    assert_eq!(kept, 50_000);

    // After 30 days nobody comes for them any more.
    let imports = Imports::new(stage.database.clone());
    assert_eq!(imports.expire_rejects().await.unwrap(), 0);
    sqlx::query("update public.customer_imports set created_at = now() - interval '31 days'")
        .execute(stage.rows.pool())
        .await
        .unwrap();
    assert_eq!(imports.expire_rejects().await.unwrap(), 50_000);
    assert_eq!(imports.expire_rejects().await.unwrap(), 0);
    assert_eq!(kept_rejects(&stage).await, 0);
}
