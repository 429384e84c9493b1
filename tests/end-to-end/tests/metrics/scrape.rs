//! What Prometheus would read.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use testkit::{eventually, http_client};

/// Longer than what is counted once a minute.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A series with its labels, or the sum of a metric's series, and its value.
pub type Values = BTreeMap<String, f64>;

/// Reads the metrics of one process.
pub struct Scraper {
    url: String,
    http: reqwest::Client,
}

impl Scraper {
    pub fn new(address: &str) -> Result<Self> {
        Ok(Self {
            url: format!("http://{address}/metrics"),
            http: http_client()?,
        })
    }

    /// All values, each by its series and by its metric; of histograms how many were observed.
    pub async fn read(&self) -> Result<Values> {
        let answer = self.http.get(&self.url).send().await?;
        let kind = answer.headers()["content-type"].to_str()?.to_owned();
        ensure!(
            kind.starts_with("application/openmetrics-text; version=1.0.0"),
            "{kind}"
        );
        let text = answer.error_for_status()?.text().await?;
        ensure!(text.ends_with("# EOF\n"), "{text}");
        let mut values = Values::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').context("no value")?;
            let metric = series.split('{').next().unwrap_or(series);
            if metric.ends_with("_bucket") || metric.ends_with("_sum") {
                continue;
            }
            let series = series.replacen("_count", "", 1);
            let metric = metric.trim_end_matches("_count").to_owned();
            let value: f64 = value.parse()?;
            if series != metric {
                values.insert(series, value);
            }
            *values.entry(metric).or_default() += value;
        }
        Ok(values)
    }

    /// Waits until each of `series` shows more than in `before`.
    pub async fn moves(&self, before: &Values, series: &[&str]) -> Result<()> {
        for name in series {
            let old = before.get(*name).copied().unwrap_or_default();
            eventually(name, PATIENCE, async || {
                let values = self.read().await?;
                let new = values.get(*name).copied().unwrap_or_default();
                Ok((new > old).then_some(()))
            })
            .await?;
        }
        Ok(())
    }
    /// Waits until `series` shows 0.
    pub async fn falls_to_none(&self, series: &str) -> Result<()> {
        eventually(series, PATIENCE, async || {
            let values = self.read().await?;
            Ok(values.get(series).is_some_and(|n| *n < 1.0).then_some(()))
        })
        .await
    }
}
