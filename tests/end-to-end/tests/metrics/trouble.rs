//! What goes wrong at Twilio and with what it sends, and what people text: each shows in its metric.

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::json;
use testkit::people::read;

use super::{scrape::Scraper, stage::Stage};

/// Messages that Twilio is slow about: refused for a while, or taken without saying so.
pub async fn at_twilio(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    stage
        .send(json!([{"refuse_with": {"http_status": 429, "code": 20429}}]))
        .await?;
    // A callback would settle the doubt before anybody looks.
    let silence = json!({"callback_loss_ratio": 1.0});
    stage.stack.twilio()?.set_faults(&silence).await?;
    stage.send(json!(["accept_and_fail"])).await?;
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_senders_held_total{reason="throttled"}"#,
                r#"dnwerks_messages_released_total{reason="throttled"}"#,
                "dnwerks_messages_in_doubt_total",
                r#"dnwerks_doubts_looked_at_total{result="sent"}"#,
            ],
        )
        .await?;
    stage.stack.twilio()?.set_faults(&json!({})).await?;
    let values = metrics.read().await?;
    let twice = values.get("dnwerks_messages_sent_twice_total");
    ensure!(twice.is_none_or(|n| *n < 1.0), "{twice:?}");
    Ok(())
}

/// Callbacks and texts that Twilio has not signed, and one that it has.
pub async fn with_callbacks(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let url = format!(
        "{}/api/webhooks/twilio",
        stage.stack.get("PUBLIC_BASE_URL")?
    );
    let unsigned = stage.http.post(format!("{url}/status"));
    let answer = read(unsigned.form(&[("MessageStatus", "delivered")])).await?;
    ensure!(answer.status == StatusCode::FORBIDDEN, "{}", answer.body);
    let forged = stage.http.post(format!("{url}/status"));
    let forged = forged.header("x-twilio-signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let answer = read(forged.form(&[("MessageStatus", "delivered")])).await?;
    ensure!(answer.status == StatusCode::FORBIDDEN, "{}", answer.body);
    let (_, phone) = stage.campaign(json!([])).await?;
    stage.stack.twilio()?.text_us(&phone, "STOP").await?;
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_callbacks_refused_total{reason="no_signature"}"#,
                r#"dnwerks_callbacks_refused_total{reason="signature"}"#,
                r#"dnwerks_inbound_texts_total{keyword="stop"}"#,
            ],
        )
        .await
}

/// Carriers that filter, a sender that is not registered, and somebody who has opted out: more than may be in a day.
pub async fn of_a_sender(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    stage
        .sql(
            "update private.sender_alarm_limits
             set least_messages = 1, filtered_ratio = 0, unregistered_ratio = 0, opted_out_ratio = 0",
        )
        .await?;
    let (filtered, to_filtered) = stage.campaign(json!([])).await?;
    let (unregistered, to_unregistered) = stage.campaign(json!([])).await?;
    let codes = json!({"delivery_errors": { &to_filtered: 30007, &to_unregistered: 30034 }});
    stage.stack.twilio()?.set_faults(&codes).await?;
    stage.owner.send_campaign(&filtered).await?;
    stage.owner.send_campaign(&unregistered).await?;
    stage.send(json!([{"refuse": 21610}])).await?;
    metrics
        .moves(
            &before,
            &[
                r#"dnwerks_callback_failures_total{class="filtered"}"#,
                r#"dnwerks_callback_failures_total{class="sender_unregistered"}"#,
                r#"dnwerks_messages_failed_total{class="opted_out"}"#,
            ],
        )
        .await?;
    stage.stack.twilio()?.set_faults(&json!({})).await?;
    Ok(())
}

/// The alarms of that, which are raised once a minute.
pub async fn alarms(metrics: &Scraper) -> Result<()> {
    let raised = ["filtered", "unregistered", "opted_out"];
    let raised = raised.map(|kind| format!("dnwerks_sender_alarms_total{{kind=\"{kind}\"}}"));
    metrics
        .moves(&[].into(), &raised.each_ref().map(String::as_str))
        .await
}
