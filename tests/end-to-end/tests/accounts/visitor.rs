//! A visitor of the running stack, and what they can do.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    eventually, http_client,
    people::{Answer, Person, read},
};

pub const NEW_PASSWORD: &str = "another-fine-Horse-7";

/// The running stack, seen by somebody without an account.
pub struct Visitor {
    pub environment: BTreeMap<String, String>,
    pub http: reqwest::Client,
    /// Their client address, if the stack trusts the header: limits count by address.
    address: String,
}

impl Visitor {
    pub fn new() -> Result<Self> {
        let [a, b, c]: [u8; 3] = rand::random();
        Ok(Self {
            environment: std::env::vars().collect(),
            http: http_client()?,
            address: format!("10.{a}.{b}.{c}"),
        })
    }

    pub fn get(&self, name: &str) -> Result<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("{name} is not set: run scripts/test"))
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.get("DNWERKS_API_URL")?));
        read(request.header("x-forwarded-for", &self.address).json(&body)).await
    }

    /// Asks Auth directly, as supabase-js does.
    pub async fn auth(&self, path: &str, body: Value) -> Result<Answer> {
        let url = format!("{}/auth/v1{path}", self.get("SUPABASE_URL")?);
        read(
            self.http
                .post(url)
                .header("apikey", self.get("SUPABASE_ANON_KEY")?)
                .json(&body),
        )
        .await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Result<Answer> {
        self.post(
            "/api/auth/login",
            json!({ "email": email, "password": password }),
        )
        .await
    }

    /// The text of the mail to `to` whose subject starts with `subject`, once it has arrived.
    pub async fn mail(&self, to: &str, subject: &str) -> Result<String> {
        let url = format!(
            "{}/outbox.json",
            self.get("RESEND_API_URL")?.trim_end_matches('/')
        );
        eventually(
            &format!("the mail {subject:?}"),
            Duration::from_secs(20),
            async || {
                let outbox = read(self.http.get(&url).query(&[("to", to)]))
                    .await?
                    .success()?;
                let mails = outbox["emails"].as_array().cloned().unwrap_or_default();
                let found = mails.iter().find(|mail| {
                    mail["subject"]
                        .as_str()
                        .is_some_and(|text| text.starts_with(subject))
                });
                Ok(found
                    .and_then(|mail| mail["text"].as_str())
                    .map(str::to_owned))
            },
        )
        .await
    }

    /// Confirms the address as somebody who reads its mails does; the session that follows.
    pub async fn confirm(&self, email: &str) -> Result<Value> {
        let mail = self.mail(email, "Confirm your e-mail address").await?;
        let proof = json!({ "type": "signup", "token_hash": in_link(&mail, "token")? });
        self.auth("/verify", proof).await?.success()
    }

    pub async fn admin(&self) -> Result<Person> {
        Person::with(&self.environment, "admin", "admin", "approved").await
    }
}

pub fn address(name: &str) -> String {
    format!("{name}-{:08x}@people.test", rand::random::<u32>())
}

/// Refused with this status and code.
pub fn refused(answer: &Answer, status: u16, code: &str) -> Result<()> {
    ensure!(
        answer.status.as_u16() == status && answer.body["code"] == code,
        "expected {status} {code}, got {} {}",
        answer.status,
        answer.body
    );
    Ok(())
}

/// The value of `name` in the link of a mail.
pub fn in_link(mail: &str, name: &str) -> Result<String> {
    let (_, rest) = mail
        .split_once(&format!("?{name}="))
        .context("the mail has no such link")?;
    Ok(rest
        .split(|letter: char| letter == '&' || letter.is_whitespace())
        .next()
        .unwrap_or_default()
        .to_owned())
}

pub async fn invite(admin: &Person, body: Value) -> Result<Value> {
    read(admin.api(Method::POST, "/api/admin/invites").json(&body))
        .await?
        .success()
}

pub async fn decide(admin: &Person, email: &str, decision: Value) -> Result<Value> {
    let found = read(
        admin
            .api(Method::GET, "/api/admin/users")
            .query(&[("search", email)]),
    )
    .await?
    .success()?;
    ensure!(found["total"] == 1, "{found}");
    let id = found["data"][0]["id"]
        .as_str()
        .context("a user has an id")?;
    read(
        admin
            .api(Method::PUT, &format!("/api/admin/users/{id}"))
            .json(&decision),
    )
    .await?
    .success()
}
