//! Whatever order callbacks come in, however often, and whichever are lost; and what somebody else has locked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use futures::{StreamExt as _, future::join_all, stream};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use stage::Stage;

const MESSAGES: i32 = 1000;
const AT_ONCE: usize = 64;

/// One callback of one message.
struct Call {
    message: usize,
    status: &'static str,
    /// Whether the URL names our id; otherwise the sid has to do.
    names_ours: bool,
}

/// The callbacks of one message: some lost, some repeated, in any order. Also what they must end in.
fn calls_of(message: usize, rng: &mut StdRng) -> (Vec<Call>, &'static str) {
    let last = [
        ("delivered", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("read", "delivered"),
    ];
    let (last, ends_in) = last[rng.random_range(0..last.len())];
    let mut statuses = Vec::new();
    let mut highest = "pending";
    for (status, is_last) in [
        ("accepted", false),
        ("queued", false),
        ("sending", false),
        ("sent", false),
        ("teleported", false),
        (last, true),
    ] {
        for _ in 0..[0, 1, 1, 2, 3][rng.random_range(0..5)] {
            statuses.push(status);
            highest = if is_last { ends_in } else { "sent" };
        }
    }
    statuses.shuffle(rng);
    let calls = statuses
        .into_iter()
        .enumerate()
        .map(|(n, status)| Call {
            message,
            status,
            names_ours: n == 0 || rng.random_bool(0.5),
        })
        .collect();
    (calls, highest)
}

#[tokio::test]
async fn a_thousand_orders_repeats_and_losses_end_in_the_highest_status_with_counters_right() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    let mut rng = StdRng::seed_from_u64(seed);
    let stage = Stage::with_messages(MESSAGES).await;
    let ids = stage.messages().await;
    let mut orders = Vec::new();
    let mut expected = Vec::new();
    for message in 0..ids.len() {
        let (calls, highest) = calls_of(message, &mut rng);
        orders.push(calls);
        expected.push(highest);
    }
    let sent: usize = orders.iter().map(Vec::len).sum();
    // The calls of one message come one after another, or several at once; those of all messages side by side.
    let (stage, ids) = (&stage, &ids);
    let at_once: Vec<bool> = orders.iter().map(|_| rng.random_bool(0.3)).collect();
    let conversations = orders
        .into_iter()
        .zip(at_once)
        .map(|(calls, at_once)| async move {
            let call = async |call: &Call, names_ours: bool| {
                let sid = format!("SM{:032x}", call.message);
                let fields = [
                    ("MessageSid", sid.as_str()),
                    ("MessageStatus", call.status),
                    ("ErrorCode", "30003"),
                ];
                let id = names_ours.then(|| ids[call.message]);
                assert_eq!(
                    stage.call(id, &fields).await,
                    StatusCode::NO_CONTENT,
                    "seed {seed}"
                );
            };
            if at_once {
                // No order: each has to name the message.
                join_all(calls.iter().map(|one| call(one, true))).await;
            } else {
                for one in &calls {
                    call(one, one.names_ours).await;
                }
            }
        });
    stream::iter(conversations)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;

    let found: Vec<String> =
        sqlx::query_scalar("select status from public.campaign_messages order by position")
            .fetch_all(stage.database.pool())
            .await
            .unwrap();
    for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "message {n} with seed {seed}");
    }
    let count = |status: &str| {
        i32::try_from(expected.iter().filter(|one| **one == status).count()).unwrap()
    };
    stage.everything_counted().await;
    let counters: (i32, i32, i32, i32) = sqlx::query_as(
        "select sent_count, delivered_count, failed_count, pending_count from public.campaigns",
    )
    .fetch_one(stage.database.pool())
    .await
    .unwrap();
    let pending = count("pending");
    assert_eq!(
        counters,
        (
            MESSAGES - pending,
            count("delivered"),
            count("failed"),
            pending
        ),
        "seed {seed}"
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from private.twilio_events")
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(
        usize::try_from(kept).unwrap(),
        sent,
        "every callback is kept, seed {seed}"
    );
    let tallies: Vec<(String, i64)> = sqlx::query_as("select kind, sum(n) from private.sender_tallies where kind <> 'sent' group by 1 order by 1")
        .fetch_all(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(
        tallies,
        [
            ("delivered".to_owned(), i64::from(count("delivered"))),
            ("failed".to_owned(), i64::from(count("failed")))
        ],
        "seed {seed}"
    );
}

/// Records what was put off; returns how much still waits.
async fn record_put_off(stage: &Stage) -> i64 {
    let pool = stage.database.pool();
    sqlx::query("select from private.record_waiting_deliveries(true, true, 1000)")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query_scalar(
        "select coalesce(sum(cardinality(news)), 0)::bigint from private.waiting_deliveries",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn what_somebody_has_locked_delays_nobody_and_is_recorded_afterwards() {
    let stage = Stage::with_messages(20).await;
    let ids = stage.messages().await;
    // A deletion of the first customer that takes its time.
    let mut deletion = stage.database.pool().begin().await.unwrap();
    sqlx::query("select from public.campaign_messages where position = 1 for update")
        .execute(&mut *deletion)
        .await
        .unwrap();
    let began = Instant::now();
    let answers = join_all(ids.iter().enumerate().map(|(n, id)| {
        let (sid, stage) = (format!("SM{n:032x}"), &stage);
        async move {
            stage
                .call(
                    Some(*id),
                    &[("MessageSid", &sid), ("MessageStatus", "delivered")],
                )
                .await
        }
    }))
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(
        answers
            .iter()
            .all(|answer| *answer == StatusCode::NO_CONTENT)
    );
    assert_eq!(stage.state(1).await.0, "pending");
    assert_eq!(stage.state(2).await.0, "delivered");

    assert_eq!(record_put_off(&stage).await, 1, "it is still locked");
    deletion.rollback().await.unwrap();
    assert_eq!(record_put_off(&stage).await, 0);
    assert_eq!(stage.state(1).await.0, "delivered");
    let counters: (i32, i32) =
        sqlx::query_as("select delivered_count, pending_count from public.campaigns")
            .fetch_one(stage.database.pool())
            .await
            .unwrap();
    assert_eq!(counters, (20, 0));
}

#[tokio::test]
async fn a_locked_campaign_delays_no_callback() {
    let stage = Stage::with_messages(2).await;
    let id = stage.message(1).await;
    let mut change = stage.database.pool().begin().await.unwrap();
    sqlx::query("select from public.campaigns for update")
        .execute(&mut *change)
        .await
        .unwrap();
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    assert_eq!(stage.call(Some(id), &fields).await, StatusCode::NO_CONTENT);
    change.rollback().await.unwrap();
    record_put_off(&stage).await;
    assert_eq!(stage.state(1).await.0, "delivered");
}

#[tokio::test]
async fn a_callback_that_the_database_refuses_costs_the_others_nothing() {
    let stage = Stage::with_messages(8).await;
    let ids = stage.messages().await;
    // The database of somebody who has added a rule of their own.
    sqlx::query("alter table private.twilio_events add check (payload not like '%poison%')")
        .execute(stage.database.pool())
        .await
        .unwrap();
    let answers = join_all(ids.iter().enumerate().map(|(n, id)| {
        let (sid, stage) = (format!("SM{n:032x}"), &stage);
        async move {
            let extra = if n == 3 { "poison" } else { "fine" };
            stage
                .call(
                    Some(*id),
                    &[
                        ("MessageSid", &sid),
                        ("MessageStatus", "delivered"),
                        ("Extra", extra),
                    ],
                )
                .await
        }
    }))
    .await;
    for (n, answer) in answers.iter().enumerate() {
        let expected = if n == 3 {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::NO_CONTENT
        };
        assert_eq!(*answer, expected, "callback {n}");
    }
    let delivered: i32 = sqlx::query_scalar("select delivered_count from public.campaigns")
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(delivered, 7);
}

#[tokio::test]
async fn of_many_at_once_one_that_can_not_be_recorded_costs_the_others_nothing() {
    let stage = Stage::with_messages(40).await;
    let ids = stage.messages().await;
    // They are kept and answered before they are recorded.
    sqlx::query(
        "alter table public.campaign_messages add check (error_message not like '%poison%')",
    )
    .execute(stage.database.pool())
    .await
    .unwrap();
    let answers = join_all(ids.iter().enumerate().map(|(n, id)| {
        let (sid, stage) = (format!("SM{n:032x}"), &stage);
        async move {
            let (status, text) = if n == 3 {
                ("undelivered", "poison")
            } else {
                ("delivered", "")
            };
            stage
                .call(
                    Some(*id),
                    &[
                        ("MessageSid", &sid),
                        ("MessageStatus", status),
                        ("ErrorMessage", text),
                    ],
                )
                .await
        }
    }))
    .await;
    assert!(
        answers
            .iter()
            .all(|answer| *answer == StatusCode::NO_CONTENT)
    );
    let (delivered, kept, waiting): (i32, i64, i64) = sqlx::query_as(
        "select (select delivered_count from public.campaigns), (select count(*) from private.twilio_events),
           (select count(*) from private.waiting_deliveries)",
    )
    .fetch_one(stage.database.pool())
    .await
    .unwrap();
    assert_eq!((delivered, kept, waiting), (39, 40, 0));
    assert_eq!(
        stage.state(4).await.0,
        "pending",
        "Twilio's list tells it again"
    );
}

#[tokio::test]
async fn a_callback_beside_the_answer_to_its_create_request_is_not_lost() {
    let stage = Stage::with_messages(1).await;
    let id = stage.message(1).await;
    // The send worker records the answer, and has not committed yet.
    let mut outcome = stage.database.pool().begin().await.unwrap();
    sqlx::query(
        "update public.campaign_messages set status = 'sent', sent_at = now(), twilio_sid = 'SM1'",
    )
    .execute(&mut *outcome)
    .await
    .unwrap();
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    let commit = async {
        testkit::eventually("the callback's wait", Duration::from_secs(20), async || {
            let waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
               or exists (select from private.waiting_deliveries)";
            let waits: bool = sqlx::query_scalar(waits).fetch_one(stage.database.pool()).await?;
            Ok(waits.then_some(()))
        })
        .await
        .unwrap();
        outcome.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(stage.call(Some(id), &fields), commit);
    assert_eq!(answer, StatusCode::NO_CONTENT);
    record_put_off(&stage).await;
    assert_eq!(
        stage.state(1).await,
        ("delivered".into(), Some("SM1".into()), None)
    );
}
