//! Every metric moves when what it counts happens, and a request's log line says whose it was.

mod scrape;
mod stage;

use std::future::ready;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, stream};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection as _;
use testkit::{
    eventually, new_phone,
    people::{PASSWORD, read},
};
use tokio::sync::oneshot;

use scrape::{PATIENCE, Scraper};
use stage::Stage;

#[tokio::test]
async fn every_metric_moves_when_its_event_happens() -> Result<()> {
    let (stage, mut metrics) = Stage::start().await?;
    a_sender_fares_badly(&stage).await?;
    requests_and_sign_ins(&stage, &mut metrics).await?;
    uploads(&stage, &mut metrics).await?;
    messages(&stage, &mut metrics).await?;
    trouble_at_twilio(&stage, &mut metrics).await?;
    callbacks(&stage, &mut metrics).await?;
    mails(&stage, &mut metrics).await?;
    trouble_in_the_database(&stage, &mut metrics).await?;
    // Begun at the start, because a worker adds up once a minute.
    let opted_out = r#"dnwerks_sender_alarms_total{kind="opted_out"}"#;
    metrics.moves(&[].into(), &[opted_out]).await?;

    let still = metrics.still()?;
    ensure!(still.is_empty(), "no event moved {still:?}");
    the_log_says_whose_a_request_was(&stage)?;
    stage.stack.stop().await
}

/// Somebody says STOP, which is too many at once.
async fn a_sender_fares_badly(stage: &Stage) -> Result<()> {
    stage
        .sql("update private.sender_alarm_limits set least_messages = 1, opted_out_ratio = 0.0001")
        .await?;
    let phone = stage.send(json!([])).await?;
    let mut connection = stage.connection().await?;
    eventually("its text", PATIENCE, async || {
        let sent: Option<i32> = sqlx::query_scalar(
            "select 1 from public.campaign_messages where phone_number = $1 and twilio_sid is not null",
        )
        .bind(&phone)
        .fetch_optional(&mut connection)
        .await?;
        Ok(sent)
    })
    .await?;
    stage.say(&phone, "STOP").await
}

async fn requests_and_sign_ins(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let owner = &stage.owner;
    let id = uuid::Uuid::new_v4();
    let answer = read(owner.api(Method::GET, &format!("/api/campaigns/{id}"))).await?;
    ensure!(answer.status == StatusCode::NOT_FOUND, "{}", answer.body);
    // Never on the public port.
    let public = read(owner.api(Method::GET, "/metrics")).await?;
    ensure!(public.status == StatusCode::NOT_FOUND, "{}", public.body);
    let login = json!({"email": owner.email, "password": "wrong"});
    for status in [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS] {
        let answer = read(owner.api(Method::POST, "/api/auth/login").json(&login)).await?;
        ensure!(answer.status == status, "{}", answer.body);
    }
    let asked = json!({"email": owner.email});
    read(
        owner
            .api(Method::POST, "/api/password-reset/request")
            .json(&asked),
    )
    .await?
    .success()?;
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_http_request_seconds{route="/api/campaigns/{id}",method="GET",status="404"}"#,
                r#"dnwerks_http_request_seconds{route="none",method="GET",status="404"}"#,
                r#"dnwerks_rate_limit_refusals_total{code="too_many_attempts"}"#,
                "dnwerks_password_reset_requests_total",
                "dnwerks_password_reset_requests_handled_total",
            ],
        )
        .await
}

async fn uploads(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let upload = |kind: &str, body: Body| {
        let request = stage.owner.api(Method::POST, "/api/customers/import");
        request.header("content-type", kind.to_owned()).body(body)
    };
    let refused = read(upload("application/pdf", "%PDF".into())).await?;
    ensure!(refused.status == StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let empty = read(upload("text/csv", "".into())).await?;
    ensure!(empty.status == StatusCode::UNPROCESSABLE_ENTITY);

    // The file stays half for as long as nobody has seen the import run.
    let (seen, rest) = oneshot::channel::<String>();
    let first = stream::once(ready(Ok::<_, oneshot::error::RecvError>(
        "phone\n".to_owned(),
    )));
    let body = Body::wrap_stream(first.chain(stream::once(rest)));
    let importing = async { read(upload("text/csv", body)).await?.success() };
    let watching = async {
        metrics.moves(&before, &["dnwerks_imports_running"]).await?;
        let rows = format!("{}\n12\n", new_phone());
        seen.send(rows).ok().context("the upload ended")
    };
    let (report, ()) = futures::try_join!(importing, watching)?;
    ensure!(report["rejected"] == 1, "{report}");
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_rejected_uploads_total{code="content_type_unsupported"}"#,
                r#"dnwerks_rejected_uploads_total{code="empty_file"}"#,
                r#"dnwerks_imports_total{result="saved"}"#,
                r#"dnwerks_imports_total{result="failed"}"#,
                "dnwerks_import_rows_total",
                "dnwerks_import_rejected_rows_total",
                "dnwerks_import_seconds",
                "dnwerks_database_connection_wait_seconds",
            ],
        )
        .await?;
    // They are there from the start.
    let connections = [
        r#"dnwerks_database_connections{state="idle"}"#,
        "dnwerks_database_connections_max",
    ];
    metrics.moves(&[].into(), &connections).await
}

/// Messages that are delivered, refused, undelivered and silent.
async fn messages(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let before = metrics.read().await?;
    stage.send(json!([])).await?;
    stage.send(json!([{"refuse": 21211}])).await?;
    let (id, phone) = stage.campaign(json!([])).await?;
    let undelivered = json!({"delivery_errors": { &phone: 30005 }});
    stage.twilio(Method::PUT, "faults", &undelivered).await?;
    stage.owner.send_campaign(&id).await?;
    metrics
        .moves(
            &before,
            &[
                "dnwerks_messages_claimed_total",
                "dnwerks_messages_sent_total",
                r#"dnwerks_messages_failed_total{class="invalid_number"}"#,
                r#"dnwerks_twilio_refusals_total{class="invalid_number"}"#,
                r#"dnwerks_twilio_request_seconds{operation="create_message",result="answered"}"#,
                r#"dnwerks_twilio_request_seconds{operation="create_message",result="refused"}"#,
                "dnwerks_callbacks_received_total",
                "dnwerks_callbacks_written_total",
                "dnwerks_callback_durable_seconds",
                r#"dnwerks_callback_statuses_total{status="delivered"}"#,
                r#"dnwerks_callback_failures_total{class="unreachable"}"#,
            ],
        )
        .await?;

    let before = metrics.read().await?;
    let silence = json!({"callback_loss_ratio": 1.0});
    stage.twilio(Method::PUT, "faults", &silence).await?;
    stage.send(json!([])).await?;
    let found = "dnwerks_missed_callbacks_total";
    metrics.moves(&before, &[found]).await?;
    stage.twilio(Method::PUT, "faults", &json!({})).await?;
    Ok(())
}

/// The account is refused, which holds the sender; then an answer is lost, and a message goes out twice.
async fn trouble_at_twilio(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let refusal = json!({"account_refuses": {"http_status": 401, "code": 20003}});
    stage.twilio(Method::PUT, "faults", &refusal).await?;
    stage.send(json!([])).await?;
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_messages_released_total{reason="account_refused"}"#,
                r#"dnwerks_senders_held_total{reason="account_refused"}"#,
            ],
        )
        .await?;
    // Something may have waited before.
    let waiting = [
        r#"dnwerks_queue_waiting{queue="messages"}"#,
        r#"dnwerks_queue_oldest_seconds{queue="messages"}"#,
    ];
    metrics.moves(&[].into(), &waiting).await?;
    stage.twilio(Method::PUT, "faults", &json!({})).await?;

    // Without a callback, which would settle it first.
    let silent = json!({"callback_loss_ratio": 1});
    stage.twilio(Method::PUT, "faults", &silent).await?;
    let before = metrics.read().await?;
    stage.send(json!(["accept_and_fail"])).await?;
    metrics
        .moves(
            &before,
            &[
                "dnwerks_messages_in_doubt_total",
                r#"dnwerks_doubts_looked_at_total{result="sent"}"#,
                r#"dnwerks_twilio_request_seconds{operation="list_messages",result="answered"}"#,
            ],
        )
        .await?;
    stage.twilio(Method::PUT, "faults", &json!({})).await?;

    let before = metrics.read().await?;
    let (id, _) = stage.campaign(json!([{"late": 1500}])).await?;
    stage.owner.send_campaign(&id).await?;
    let mut connection = stage.connection().await?;
    let message: String = eventually("the claim", PATIENCE, async || {
        let claimed = sqlx::query_scalar(
            "select m.id::text from public.campaign_messages m
             join private.send_claims c on c.campaign_id = m.campaign_id where m.campaign_id = $1::uuid",
        );
        Ok(claimed.bind(&id).fetch_optional(&mut connection).await?)
    })
    .await?;
    let other = format!("SM{}", uuid::Uuid::new_v4().simple());
    let answer = read(stage.callback(&message, &other)?).await?;
    ensure!(answer.status == StatusCode::NO_CONTENT);
    metrics
        .moves(&before, &["dnwerks_messages_sent_twice_total"])
        .await
}

async fn callbacks(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let forged = stage.callback("x", "SM1")?;
    let forged = forged.header("x-twilio-signature", "a second one");
    ensure!(read(forged).await?.status == StatusCode::FORBIDDEN);
    let refused = r#"dnwerks_callbacks_refused_total{reason="no_signature"}"#;
    metrics.moves(&before, &[refused]).await?;

    let before = metrics.read().await?;
    stage.say(&new_phone(), "When do you open?").await?;
    let other = r#"dnwerks_inbound_texts_total{keyword="other"}"#;
    metrics.moves(&before, &[other]).await?;

    // Nothing can be written for a while.
    let before = metrics.read().await?;
    let mut connection = stage.connection().await?;
    let mut lock = connection.begin().await?;
    sqlx::query("lock table private.twilio_events in exclusive mode")
        .execute(&mut *lock)
        .await?;
    let waiting = stage.callback(&uuid::Uuid::new_v4().to_string(), "SM2")?;
    let answer = async { read(waiting).await };
    let watching = async {
        metrics
            .moves(&before, &["dnwerks_callbacks_waiting"])
            .await?;
        Ok(lock.rollback().await?)
    };
    let (answer, ()) = futures::try_join!(answer, watching)?;
    ensure!(answer.status == StatusCode::NO_CONTENT, "{}", answer.status);
    Ok(())
}

/// The reset that was asked for before arrives, and is reported.
async fn mails(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    let id = stage.mail_to(&stage.owner.email).await?;
    metrics
        .moves(&[].into(), &[r#"dnwerks_mails_total{result="sent"}"#])
        .await?;
    let url = format!(
        "{}/api/webhooks/resend",
        stage.stack.get("PUBLIC_BASE_URL")?
    );
    let control = stage.stack.get("LOCALSTACK_RESEND_CONTROL_URL")?;
    let event = json!({"email_id": id, "type": "delivered", "url": url});
    let request = stage.http.post(format!("{control}/events"));
    let answer = read(request.json(&event)).await?.success()?;
    metrics
        .moves(
            &[].into(),
            &[r#"dnwerks_mail_events_total{kind="delivered"}"#],
        )
        .await
        .with_context(|| answer.to_string())
}

/// Functions are refused for a while: to their owner, who has service_role's rights, too.
async fn trouble_in_the_database(stage: &Stage, metrics: &mut Scraper) -> Result<()> {
    for (function, moves) in [
        (
            "take_messages",
            r#"dnwerks_send_worker_failures_total{work="take"}"#,
        ),
        (
            "take_doubts",
            r#"dnwerks_send_worker_failures_total{work="upkeep"}"#,
        ),
        ("record_outcomes", "dnwerks_outcomes_not_recorded_total"),
    ] {
        let before = metrics.read().await?;
        let revoke =
            format!("revoke execute on function private.{function} from postgres, service_role");
        stage.sql(&revoke).await?;
        if function == "record_outcomes" {
            stage.send(json!([])).await?;
        }
        metrics.moves(&before, &[moves]).await?;
        let grant =
            format!("grant execute on function private.{function} to postgres, service_role");
        stage.sql(&grant).await?;
    }
    Ok(())
}

/// The line of a request has ids, the route and the outcome, and nothing that the path or the query said.
fn the_log_says_whose_a_request_was(stage: &Stage) -> Result<()> {
    let log = std::fs::read_to_string(stage.stack.log())?;
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines
        .into_iter()
        .find(|line| {
            line["message"] == "answered"
                && line["span"]["http.route"] == "/api/campaigns/{id}"
                && line["http.status"] == 404
        })
        .context("no line about the request")?;
    ensure!(line["span"]["user.id"] == *stage.owner.user_id, "{line}");
    ensure!(
        line["span"]["account.id"] == *stage.owner.profile_id,
        "{line}"
    );
    ensure!(line["error.code"] == "campaign_not_found", "{line}");
    for there in ["request.id", "http.method"] {
        ensure!(line["span"][there].is_string(), "{line}");
    }
    ensure!(line["duration_ms"].is_f64(), "{line}");
    for secret in [PASSWORD, &stage.owner.email, &stage.owner.access_token] {
        ensure!(!log.contains(secret), "the log holds {secret}");
    }
    Ok(())
}
