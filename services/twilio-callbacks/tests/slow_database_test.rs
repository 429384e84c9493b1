//! Where a commit takes long, as on a slow disk or far away, two groups are written at once.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use axum::http::StatusCode;
use futures::{StreamExt as _, stream};
use sqlx::Executor as _;
use stage::Stage;

const MESSAGES: i32 = 1000;
const AT_ONCE: usize = 64;

#[tokio::test]
async fn two_writers_share_the_callbacks_of_a_slow_database_and_nothing_is_lost() {
    let stage = Stage::with_messages(MESSAGES).await;
    stage
        .database
        .pool()
        .execute(
            "create table private.writers (pid integer primary key);
             create function private.wait_for_the_disk() returns trigger language plpgsql security definer as $$
             begin
               insert into private.writers values (pg_backend_pid()) on conflict do nothing;
               perform pg_sleep(0.005);
               return null;
             end
             $$;
             create trigger wait_for_the_disk after insert on private.twilio_events
               for each statement execute function private.wait_for_the_disk()",
        )
        .await
        .unwrap();
    let ids = stage.messages().await;
    stream::iter(&ids)
        .for_each_concurrent(AT_ONCE, async |id| {
            let sid = format!("SM{}", id.simple());
            for status in ["sent", "delivered", "sent", "queued"] {
                let fields = [("MessageSid", sid.as_str()), ("MessageStatus", status)];
                let answer = stage.call(Some(*id), &fields).await;
                assert_eq!(answer, StatusCode::NO_CONTENT);
            }
        })
        .await;
    stage.everything_counted().await;
    let counts: (i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from private.writers), (select count(*) from private.twilio_events),
           (select count(*) from public.campaign_messages where status = 'delivered'),
           (select delivered_count::bigint from public.campaigns)",
    )
    .fetch_one(stage.database.pool())
    .await
    .unwrap();
    let messages = i64::from(MESSAGES);
    assert_eq!(counts, (2, 4 * messages, messages, messages));
}
