//! Metrics move when what they count happens: requests, uploads, messages, mails, trouble with each, and queues; and a
//! request's log line says whose it was.

mod collector;
mod database;
mod scrape;
mod stage;
mod trouble;

use std::future::ready;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, stream};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    new_phone,
    people::{PASSWORD, read},
};
use tokio::sync::oneshot;

use scrape::Scraper;
use stage::Stage;

#[tokio::test]
async fn metrics_move_when_their_events_happen() -> Result<()> {
    let (stage, metrics) = Stage::start().await?;
    requests_and_sign_ins(&stage, &metrics).await?;
    uploads(&stage, &metrics).await?;
    messages(&stage, &metrics).await?;
    trouble::at_twilio(&stage, &metrics).await?;
    trouble::with_callbacks(&stage, &metrics).await?;
    trouble::of_a_sender(&stage, &metrics).await?;
    database::loses_outcomes(&stage, &metrics).await?;
    database::keeps_waiting(&stage, &metrics).await?;
    database::holds_callbacks_up(&stage, &metrics).await?;
    mails(&stage, &metrics).await?;
    trouble::alarms(&metrics).await?;
    a_trace_goes_on_here(&stage).await?;
    the_log_says_whose_a_request_was(&stage)?;
    stage.stack.stop().await
}

async fn requests_and_sign_ins(stage: &Stage, metrics: &Scraper) -> Result<()> {
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

async fn uploads(stage: &Stage, metrics: &Scraper) -> Result<()> {
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
async fn messages(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    stage.send(json!([])).await?;
    stage.send(json!([{"refuse": 21211}])).await?;
    let (id, phone) = stage.campaign(json!([])).await?;
    let undelivered = json!({"delivery_errors": { &phone: 30005 }});
    stage.stack.twilio()?.set_faults(&undelivered).await?;
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
    stage.stack.twilio()?.set_faults(&silence).await?;
    stage.send(json!([])).await?;
    let found = "dnwerks_missed_callbacks_total";
    metrics.moves(&before, &[found]).await?;
    stage.stack.twilio()?.set_faults(&json!({})).await?;
    Ok(())
}

/// The reset that was asked for before arrives, and is reported.
async fn mails(stage: &Stage, metrics: &Scraper) -> Result<()> {
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

/// A caller's trace goes on with the request's span, which names the route.
async fn a_trace_goes_on_here(stage: &Stage) -> Result<()> {
    let trace = uuid::Uuid::new_v4();
    let request = stage.owner.api(Method::GET, "/api/templates");
    let request = request.header(
        "traceparent",
        format!("00-{}-00f067aa0ba902b7-01", trace.simple()),
    );
    read(request).await?.success()?;
    stage.collector.holds("the trace", trace.as_bytes()).await?;
    stage
        .collector
        .holds("the request's span", b"GET /api/templates")
        .await
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
