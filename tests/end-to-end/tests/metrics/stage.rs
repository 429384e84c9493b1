//! A stack whose metrics are read, and its control.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use stack::{Stack, StackOptions};
use testkit::{
    eventually, free_port, http_client, new_phone,
    people::{Person, read},
};

use super::{
    collector::Collector,
    scrape::{PATIENCE, Scraper},
};

pub struct Stage {
    pub stack: Stack,
    pub owner: Person,
    pub http: reqwest::Client,
    pub collector: Collector,
}

impl Stage {
    /// A stack that asks soon for callbacks that are missing, and to which one wrong password is enough.
    pub async fn start() -> Result<(Self, Scraper)> {
        let metrics = format!("127.0.0.1:{}", free_port()?);
        let collector = Collector::start().await?;
        let settings = [
            ("METRICS_LISTEN_ADDRESS", metrics.as_str()),
            ("LOG_FORMAT", "json"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str()),
            ("SEND_ASK_AFTER_SECONDS", "3"),
            ("TWILIO_TIMEOUT_SECONDS", "3"),
            ("SEND_DOUBT_AFTER_SECONDS", "5"),
            ("LOGIN_LIMIT_PER_ACCOUNT", "1/3600"),
        ];
        let stack = Stack::start(&StackOptions {
            localstack: vec!["--fast".to_owned()],
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..StackOptions::default()
        })
        .await?;
        let owner = Person::approved(&stack.environment, "metrics").await?;
        let stage = Self {
            stack,
            owner,
            http: http_client()?,
            collector,
        };
        // Where one in two messages fails, nothing would be sent any more.
        stage
            .sql("update private.breaker_limits set failed_ratio = 1")
            .await?;
        Ok((stage, Scraper::new(&metrics)?))
    }

    pub async fn sql(&self, statement: &str) -> Result<()> {
        let mut connection = self.connection().await?;
        sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await?;
        Ok(())
    }

    pub async fn connection(&self) -> Result<PgConnection> {
        let database = self.stack.get("DNWERKS_TEST_DATABASE_URL")?;
        Ok(PgConnection::connect(database).await?)
    }

    /// A campaign to one new number, whose first requests at Twilio fare by `moods`; not sent yet.
    pub async fn campaign(&self, moods: Value) -> Result<(String, String)> {
        let phone = new_phone();
        let tag = phone.trim_start_matches('+');
        self.owner
            .import(format!("phone,tags\n{phone},{tag}\n").into_bytes())
            .await?;
        if moods != json!([]) {
            let moods = json!({ &phone: moods });
            self.stack.twilio()?.set_moods(&moods).await?;
        }
        let campaign = json!({"name": tag, "message_body": "Hello", "audience": {"tags": [tag]}});
        let request = self.owner.api(Method::POST, "/api/campaigns");
        let made = read(request.json(&campaign)).await?.success()?;
        let id = made["id"].as_str().context("no id")?.to_owned();
        self.owner.without_quiet_hours(&id).await?;
        Ok((id, phone))
    }

    /// The same, sent.
    pub async fn send(&self, moods: Value) -> Result<String> {
        let (id, phone) = self.campaign(moods).await?;
        self.owner.send_campaign(&id).await?;
        Ok(phone)
    }

    /// The first mail to `address` that was sent.
    pub async fn mail_to(&self, address: &str) -> Result<String> {
        let mut connection = self.connection().await?;
        eventually("a mail", PATIENCE, async || {
            let id: Option<Option<String>> = sqlx::query_scalar(
                "select provider_id from private.mails where recipient = $1 and state = 'sent'",
            )
            .bind(address)
            .fetch_optional(&mut connection)
            .await?;
            Ok(id.flatten())
        })
        .await
    }
}
