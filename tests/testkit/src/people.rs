//! Users: signed up, approved and signed in through the real APIs.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::http_client;

/// The password of all test users.
pub const PASSWORD: &str = "correct-horse-battery-9";

/// A signed-in user.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their address, unique in this run.
    pub email: String,
    /// Their row in `user_profiles`.
    pub profile_id: String,
    /// Their row in `auth.users`.
    pub user_id: String,
    /// A Supabase access token.
    pub access_token: String,
    api: String,
    rest: String,
    anon_key: String,
    service_key: String,
    http: reqwest::Client,
}

/// A complete response.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body as JSON, or as a JSON string if it is not JSON.
    pub body: Value,
}

impl Answer {
    /// The body of a response that must be a success.
    ///
    /// # Errors
    /// With status and body, if it is not.
    pub fn success(self) -> Result<Value> {
        ensure!(self.status.is_success(), "{}: {}", self.status, self.body);
        Ok(self.body)
    }
}

impl Person {
    /// Creates an approved user, through Auth's admin endpoint and the service role,
    /// and signs them in.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn approved(environment: &BTreeMap<String, String>, name: &str) -> Result<Self> {
        Self::with(environment, name, "user", "approved").await
    }

    /// The same with any role and status.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn with(
        environment: &BTreeMap<String, String>,
        name: &str,
        role: &str,
        status: &str,
    ) -> Result<Self> {
        let setting = |key: &str| {
            environment
                .get(key)
                .cloned()
                .with_context(|| format!("no {key}"))
        };
        let supabase = setting("SUPABASE_URL")?;
        let anon_key = setting("SUPABASE_ANON_KEY")?;
        let service_key = setting("SUPABASE_SERVICE_ROLE_KEY")?;
        let http = http_client()?;
        let email = format!("{name}-{:08x}@people.test", rand::random::<u32>());

        let as_service = |request: RequestBuilder| {
            request
                .header("apikey", &service_key)
                .bearer_auth(&service_key)
        };
        let user = read(
            as_service(http.post(format!("{supabase}/auth/v1/admin/users")))
                .json(&json!({"email": email, "password": PASSWORD, "email_confirm": true})),
        )
        .await?
        .success()?;
        let user_id = text(&user, "id")?;
        let profiles = read(
            as_service(http.patch(format!(
                "{supabase}/rest/v1/user_profiles?user_id=eq.{user_id}"
            )))
            .header("prefer", "return=representation")
            .json(&json!({"role": role, "status": status})),
        )
        .await?
        .success()?;
        let profile_id = text(&profiles[0], "id").context("the sign-up made no profile")?;
        let session = read(
            http.post(format!("{supabase}/auth/v1/token?grant_type=password"))
                .header("apikey", &anon_key)
                .json(&json!({"email": email, "password": PASSWORD})),
        )
        .await?
        .success()?;
        Ok(Self {
            email,
            profile_id,
            user_id,
            access_token: text(&session, "access_token")?,
            api: setting("DNWERKS_API_URL")?,
            rest: format!("{supabase}/rest/v1"),
            anon_key,
            service_key,
            http,
        })
    }

    /// A request to our API, signed in.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.api))
            .bearer_auth(&self.access_token)
    }

    /// A request to PostgREST, signed in, as the frontend makes it.
    pub fn rest(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/{path}", self.rest))
            .header("apikey", &self.anon_key)
            .bearer_auth(&self.access_token)
    }

    /// Imports a CSV and returns the report.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn import(&self, csv: Vec<u8>) -> Result<Value> {
        read(
            self.api(Method::POST, "/api/customers/import")
                .header("content-type", "text/csv")
                .timeout(std::time::Duration::from_mins(10))
                .body(csv),
        )
        .await?
        .success()
    }

    /// Creates a campaign whose texts go out at any hour, and returns its id.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn write_campaign(&self, name: &str, message_body: &str) -> Result<String> {
        let campaign = read(
            self.api(Method::POST, "/api/campaigns")
                .json(&json!({"name": name, "message_body": message_body})),
        )
        .await?
        .success()?;
        let id = text(&campaign, "id")?;
        self.without_quiet_hours(&id).await?;
        Ok(id)
    }

    /// Lets a campaign's texts go out at any hour, which only a service may: a test must not depend on the
    /// hour at which it runs.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn without_quiet_hours(&self, campaign: &str) -> Result<()> {
        let url = format!("{}/campaigns?id=eq.{campaign}", self.rest);
        let request = self.http.patch(url).header("apikey", &self.service_key);
        read(
            request
                .bearer_auth(&self.service_key)
                .json(&json!({"quiet_hours": false})),
        )
        .await?
        .success()?;
        Ok(())
    }

    /// Sets the account's status, as an admin may.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn set_status(&self, status: &str) -> Result<()> {
        let url = format!("{}/user_profiles?id=eq.{}", self.rest, self.profile_id);
        let request = self.http.patch(url).header("apikey", &self.service_key);
        read(
            request
                .bearer_auth(&self.service_key)
                .json(&json!({"status": status})),
        )
        .await?
        .success()?;
        Ok(())
    }

    /// Sends a campaign and returns its row.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn send_campaign(&self, id: &str) -> Result<Value> {
        read(self.api(Method::POST, &format!("/api/campaigns/{id}/send")))
            .await?
            .success()
    }

    /// A campaign's row as its owner sees it.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn campaign(&self, id: &str) -> Result<Value> {
        let rows = read(self.rest(Method::GET, &format!("campaigns?id=eq.{id}")))
            .await?
            .success()?;
        Ok(rows[0].clone())
    }
}

/// Sends a request and reads the complete response.
///
/// # Errors
/// When no answer comes.
pub async fn read(request: RequestBuilder) -> Result<Answer> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    Ok(Answer {
        status,
        body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
    })
}

/// The text in `field`.
///
/// # Errors
/// When there is none.
pub fn text(row: &Value, field: &str) -> Result<String> {
    row[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no {field} in {row}"))
}

/// The number in `field`, 0 if there is none.
#[must_use]
pub fn count(row: &Value, field: &str) -> u64 {
    row[field].as_u64().unwrap_or_default()
}
