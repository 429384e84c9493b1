//! What goes wrong at Twilio and with what it sends, and what people text: each shows in its metric.

use anyhow::{Result, ensure};
use reqwest::{Method, StatusCode};
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
    stage.twilio(Method::PUT, "faults", &silence).await?;
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
    stage.twilio(Method::PUT, "faults", &json!({})).await?;
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
    let text = json!({"from": phone, "body": "STOP", "url": format!("{url}/inbound")});
    stage.twilio(Method::POST, "inbound", &text).await?;
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
