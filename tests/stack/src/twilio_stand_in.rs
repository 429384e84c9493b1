//! The stand-in for Twilio, by its control API.

use std::time::Duration;

use anyhow::Result;
use reqwest::Client;
use serde_json::Value;
use testkit::{
    eventually, http_client,
    people::{count, read},
};

/// What the stand-in has taken, and how it behaves.
#[derive(Debug, Clone)]
pub struct TwilioStandIn {
    http: Client,
    control: String,
}

impl TwilioStandIn {
    /// The one with this address of the control API.
    ///
    /// # Errors
    /// When there can be no HTTP client.
    pub(crate) fn new(control: &str) -> Result<Self> {
        Ok(Self {
            http: http_client()?,
            control: control.to_owned(),
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
