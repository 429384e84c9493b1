//! The stand-in for Twilio, by its control API.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use testkit::{
    eventually, http_client,
    people::{count, read, text},
};

/// What the stand-in has taken, and how it behaves.
#[derive(Debug, Clone)]
pub struct TwilioStandIn {
    http: Client,
    control: String,
    /// Where people's texts go.
    inbound: String,
}

impl TwilioStandIn {
    /// That of a stack with these addresses.
    ///
    /// # Errors
    /// When the stack has none.
    pub fn of(environment: &BTreeMap<String, String>) -> Result<Self> {
        let address = |name| {
            environment
                .get(name)
                .with_context(|| format!("the stack has no {name}"))
        };
        Ok(Self {
            http: http_client()?,
            control: address("LOCALSTACK_TWILIO_CONTROL_URL")?.clone(),
            inbound: format!(
                "{}/api/webhooks/twilio/inbound",
                address("PUBLIC_BASE_URL")?
            ),
        })
    }

    /// Makes it behave so from now on (`localstack::twilio::Faults`); what is not named is off.
    ///
    /// # Errors
    /// When it can't be reached, or knows none of that name.
    pub async fn set_faults(&self, faults: &Value) -> Result<()> {
        let url = format!("{}/faults", self.control);
        read(self.http.put(url).json(faults)).await?.success()?;
        Ok(())
    }

    /// Makes the next requests to these numbers fare so (`localstack::twilio::Mood`).
    ///
    /// # Errors
    /// When it can't be reached, or knows no such mood.
    pub async fn set_moods(&self, moods: &Value) -> Result<()> {
        let url = format!("{}/moods", self.control);
        read(self.http.put(url).json(moods)).await?.success()?;
        Ok(())
    }

    /// Somebody texts us; returns what we answered.
    ///
    /// # Errors
    /// When it can't be reached, or our answer is no 200.
    pub async fn text_us(&self, phone: &str, words: &str) -> Result<String> {
        let said = json!({"from": phone, "body": words, "url": self.inbound});
        let url = format!("{}/inbound", self.control);
        let answer = read(self.http.post(url).json(&said)).await?.success()?;
        ensure!(answer["status"] == 200, "{words}: {answer}");
        text(&answer, "body")
    }

    /// The messages for `phone` that it accepted.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn received(&self, phone: &str) -> Result<Vec<Value>> {
        let url = format!("{}/ledger/messages", self.control);
        let page = read(self.http.get(url).query(&[("to", phone)]))
            .await?
            .success()?;
        Ok(page["messages"].as_array().cloned().unwrap_or_default())
    }

    /// The counts of its ledger, `accepted`, `duplicates` and `pending` for instance (`localstack::twilio::ledger::Summary`).
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn ledger(&self) -> Result<Value> {
        read(self.http.get(format!("{}/ledger", self.control)))
            .await?
            .success()
    }

    /// The messages of its ledger from `offset` on, at most so many.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn messages(&self, offset: usize, limit: usize) -> Result<Value> {
        let url = format!(
            "{}/ledger/messages?limit={limit}&offset={offset}",
            self.control
        );
        read(self.http.get(url)).await?.success()
    }

    /// Waits until it has nothing more to do of its own accord: no late request, no callback.
    ///
    /// # Errors
    /// When that takes longer than `patience`.
    pub async fn wait_for_rest(&self, patience: Duration) -> Result<()> {
        eventually("the end of what Twilio has pending", patience, async || {
            Ok((count(&self.ledger().await?, "pending") == 0).then_some(()))
        })
        .await
    }

    /// Empties its ledger.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn forget_all(&self) -> Result<()> {
        let request = self.http.delete(format!("{}/ledger", self.control));
        request.send().await?.error_for_status()?;
        Ok(())
    }
}
