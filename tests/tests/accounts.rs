//! Accounts through real HTTP: invitation, registration, approval, login, forgotten password.
//! Needs the environment of a running stack, as `scripts/test` sets it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use end_to_end::{
    eventually,
    people::{Answer, PASSWORD, Person, read},
    stack::http_client,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const NEW_PASSWORD: &str = "another-fine-Horse-7";

/// The running stack, seen by somebody without an account.
struct Visitor {
    environment: BTreeMap<String, String>,
    http: reqwest::Client,
    /// Where they come from, in the stack's eyes if it trusts the header: limits count by address.
    address: String,
}

impl Visitor {
    fn new() -> Result<Self> {
        let [a, b, c]: [u8; 3] = rand::random();
        Ok(Self {
            environment: std::env::vars().collect(),
            http: http_client()?,
            address: format!("10.{a}.{b}.{c}"),
        })
    }

    fn get(&self, name: &str) -> Result<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("{name} is not set: run scripts/test"))
    }

    async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.get("DNWERKS_API_URL")?));
        read(request.header("x-forwarded-for", &self.address).json(&body)).await
    }

    /// Asks Auth directly, as supabase-js does.
    async fn auth(&self, path: &str, body: Value) -> Result<Answer> {
        let url = format!("{}/auth/v1{path}", self.get("SUPABASE_URL")?);
        read(
            self.http
                .post(url)
                .header("apikey", self.get("SUPABASE_ANON_KEY")?)
                .json(&body),
        )
        .await
    }

    async fn log_in(&self, email: &str, password: &str) -> Result<Answer> {
        self.post(
            "/api/auth/login",
            json!({ "email": email, "password": password }),
        )
        .await
    }

    /// The text of the mail to `to` whose subject starts with `subject`, once it has arrived.
    async fn mail(&self, to: &str, subject: &str) -> Result<String> {
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

    async fn admin(&self) -> Result<Person> {
        Person::with(&self.environment, "admin", "admin", "approved").await
    }
}

fn address(name: &str) -> String {
    format!("{name}-{:08x}@people.test", rand::random::<u32>())
}

/// Refused with this status and code.
fn refused(answer: &Answer, status: u16, code: &str) -> Result<()> {
    ensure!(
        answer.status.as_u16() == status && answer.body["code"] == code,
        "expected {status} {code}, got {} {}",
        answer.status,
        answer.body
    );
    Ok(())
}

/// The value of `name` in the link of a mail.
fn in_link(mail: &str, name: &str) -> Result<String> {
    let (_, rest) = mail
        .split_once(&format!("?{name}="))
        .context("the mail has no such link")?;
    Ok(rest
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned())
}

async fn invite(admin: &Person, body: Value) -> Result<Value> {
    read(admin.api(Method::POST, "/api/admin/invites").json(&body))
        .await?
        .success()
}

async fn decide(admin: &Person, email: &str, decision: Value) -> Result<Value> {
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

#[tokio::test]
async fn a_person_goes_from_invitation_to_a_new_password() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("newcomer");

    let invited = invite(&admin, json!({ "email": email, "notes": "for the tests" })).await?;
    ensure!(
        invited["status"] == "active" && invited["uses_left"] == 1,
        "{invited}"
    );
    let code = in_link(&visitor.mail(&email, "Your invitation").await?, "invite")?;
    ensure!(
        code == invited["code"].as_str().unwrap_or_default(),
        "{code}"
    );

    let registration =
        json!({ "email": email, "password": PASSWORD, "invite_code": code.to_lowercase() });
    let registered = visitor
        .post("/api/auth/register", registration.clone())
        .await?;
    ensure!(
        registered.status == StatusCode::CREATED && registered.body["status"] == "pending",
        "{registered:?}"
    );
    refused(
        &visitor.post("/api/auth/register", registration).await?,
        403,
        "invite_exhausted",
    )?;
    refused(
        &visitor.log_in(&email, PASSWORD).await?,
        403,
        "approval_pending",
    )?;

    let approved = decide(&admin, &email, json!({ "status": "approved" })).await?;
    ensure!(
        approved["approved_at"].is_string() && approved["invited_by"] == admin.profile_id,
        "{approved}"
    );
    visitor
        .mail(&email, "Your DNwerks account is approved")
        .await?;
    let session = visitor.log_in(&email, PASSWORD).await?.success()?;
    ensure!(
        session["profile"]["status"] == "approved" && session["refresh_token"].is_string(),
        "{session}"
    );
    let token = session["access_token"].as_str().unwrap_or_default();
    let url = format!(
        "{}/rest/v1/campaign_templates?select=name,is_default",
        visitor.get("SUPABASE_URL")?
    );
    let templates = read(
        visitor
            .http
            .get(url)
            .header("apikey", visitor.get("SUPABASE_ANON_KEY")?)
            .bearer_auth(token),
    )
    .await?
    .success()?;
    ensure!(
        templates.as_array().is_some_and(|rows| rows.len() == 5),
        "{templates}"
    );
    let url = format!("{}/api/auth/logout", visitor.get("DNWERKS_API_URL")?);
    let left = read(visitor.http.post(url).bearer_auth(token)).await?;
    ensure!(left.status == StatusCode::NO_CONTENT, "{left:?}");
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    ensure!(
        visitor
            .auth("/token?grant_type=refresh_token", refresh)
            .await?
            .status
            .is_client_error()
    );

    forget_password(&visitor, &email).await
}

/// From the forgotten password to the new one, with every wrong token on the way.
async fn forget_password(visitor: &Visitor, email: &str) -> Result<()> {
    let asked = visitor
        .post("/api/password-reset/request", json!({ "email": email }))
        .await?;
    ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
    let token = in_link(&visitor.mail(email, "Set a new password").await?, "token")?;
    let shown = visitor
        .post("/api/password-reset/validate", json!({ "token": token }))
        .await?
        .success()?;
    ensure!(shown["valid"] == true, "{shown}");
    let confirm = |token: &str, password: &str| json!({ "token": token, "password": password });
    let weak = visitor
        .post(
            "/api/password-reset/confirm",
            confirm(&token, "password123"),
        )
        .await?;
    refused(&weak, 422, "invalid_input")?;
    let truncated = visitor
        .post(
            "/api/password-reset/confirm",
            confirm(&token[..63], NEW_PASSWORD),
        )
        .await?;
    refused(&truncated, 400, "reset_token_invalid")?;
    let foreign = visitor
        .post(
            "/api/password-reset/validate",
            json!({ "token": "0".repeat(64) }),
        )
        .await?;
    refused(&foreign, 400, "reset_token_invalid")?;
    visitor
        .post("/api/password-reset/confirm", confirm(&token, NEW_PASSWORD))
        .await?
        .success()?;
    let replayed = visitor
        .post("/api/password-reset/confirm", confirm(&token, NEW_PASSWORD))
        .await?;
    refused(&replayed, 410, "reset_token_used")?;
    refused(
        &visitor.log_in(email, PASSWORD).await?,
        401,
        "invalid_credentials",
    )?;
    visitor.log_in(email, NEW_PASSWORD).await?.success()?;
    visitor
        .mail(email, "Your DNwerks password was changed")
        .await?;
    Ok(())
}

#[tokio::test]
async fn twenty_who_confirm_one_reset_at_once_set_one_password() -> Result<()> {
    let visitor = Visitor::new()?;
    let person = Person::approved(&visitor.environment, "racer").await?;
    visitor
        .post(
            "/api/password-reset/request",
            json!({ "email": person.email }),
        )
        .await?
        .success()?;
    let token = in_link(
        &visitor.mail(&person.email, "Set a new password").await?,
        "token",
    )?;
    let calls = (0..20).map(|n| {
        let body = json!({ "token": token, "password": format!("{NEW_PASSWORD}-{n}") });
        visitor.post("/api/password-reset/confirm", body)
    });
    let answers: Vec<Answer> = futures::future::try_join_all(calls).await?;
    let won: Vec<usize> = (0..20)
        .filter(|n| answers[*n].status.is_success())
        .collect();
    ensure!(won.len() == 1, "{won:?}");
    for answer in answers.iter().filter(|answer| !answer.status.is_success()) {
        refused(answer, 410, "reset_token_used")?;
    }
    visitor
        .log_in(&person.email, &format!("{NEW_PASSWORD}-{}", won[0]))
        .await?
        .success()?;
    Ok(())
}

#[tokio::test]
async fn a_frontend_that_asks_auth_directly_meets_the_same_rules() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let sign_up = async |email: &str, data: Value| {
        visitor
            .auth(
                "/signup",
                json!({ "email": email, "password": PASSWORD, "data": data }),
            )
            .await
    };
    let without = sign_up(&address("stranger"), json!({})).await?;
    ensure!(without.status == StatusCode::FORBIDDEN, "{without:?}");
    ensure!(
        without.body["msg"]
            .as_str()
            .is_some_and(|text| text.starts_with("invite_required:")),
        "{without:?}"
    );

    let email = address("climber");
    let code = invite(&admin, json!({ "max_uses": 3 })).await?["code"].clone();
    let data = json!({ "invite_code": code, "role": "admin", "status": "approved" });
    let session = sign_up(&email, data).await?.success()?;
    let token = session["access_token"].as_str().context("a session")?;
    let rest = async |method: Method, path: &str, body: Value| {
        let url = format!("{}/rest/v1/{path}", visitor.get("SUPABASE_URL")?);
        let request = visitor
            .http
            .request(method, url)
            .header("apikey", visitor.get("SUPABASE_ANON_KEY")?);
        read(
            request
                .bearer_auth(token)
                .header("prefer", "return=representation")
                .json(&body),
        )
        .await
    };
    let own = rest(
        Method::GET,
        "user_profiles?select=id,role,status",
        json!({}),
    )
    .await?
    .success()?;
    ensure!(
        own[0]["role"] == "user" && own[0]["status"] == "pending",
        "metadata decides nothing: {own}"
    );

    let climbed = rest(
        Method::PATCH,
        "user_profiles?role=eq.user",
        json!({ "role": "admin", "status": "approved" }),
    )
    .await?;
    ensure!(
        !climbed.status.is_success() || climbed.body == json!([]),
        "{climbed:?}"
    );
    let id = own[0]["id"].clone();
    let upserted = rest(
        Method::POST,
        "user_profiles?on_conflict=id",
        json!({ "id": id, "role": "admin" }),
    )
    .await?;
    ensure!(upserted.status.is_client_error(), "{upserted:?}");
    for function in [
        "queue_mail",
        "open_password_reset",
        "is_admin",
        "create_profile",
    ] {
        let called = rest(Method::POST, &format!("rpc/{function}"), json!({})).await?;
        ensure!(called.status.is_client_error(), "{function}: {called:?}");
    }
    let own = rest(Method::GET, "user_profiles?select=role,status", json!({}))
        .await?
        .success()?;
    ensure!(
        own == json!([{ "role": "user", "status": "pending" }]),
        "{own}"
    );
    Ok(())
}

#[tokio::test]
async fn every_bad_invitation_is_refused_with_its_own_code() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let register = async |code: &Value| {
        let body = json!({ "email": address("late"), "password": PASSWORD, "invite_code": code });
        visitor.post("/api/auth/register", body).await
    };
    refused(&register(&json!("")).await?, 403, "invite_required")?;
    refused(
        &register(&json!("NO-SUCH-CODE-1")).await?,
        403,
        "invite_unknown",
    )?;
    let bound = invite(&admin, json!({ "email": address("somebody") })).await?;
    refused(
        &register(&bound["code"]).await?,
        403,
        "invite_for_another_email",
    )?;
    let revoked = invite(&admin, json!({})).await?;
    let id = revoked["id"].as_str().unwrap_or_default();
    let gone = read(admin.api(Method::DELETE, &format!("/api/admin/invites/{id}"))).await?;
    ensure!(gone.status == StatusCode::NO_CONTENT, "{gone:?}");
    refused(&register(&revoked["code"]).await?, 403, "invite_revoked")?;
    let taken = read(
        admin
            .api(Method::POST, "/api/admin/invites")
            .json(&json!({ "code": revoked["code"] })),
    )
    .await?;
    refused(&taken, 409, "invite_code_taken")?;
    let past = read(
        admin
            .api(Method::POST, "/api/admin/invites")
            .json(&json!({ "expires_at": "2020-01-01T00:00:00Z" })),
    );
    refused(&past.await?, 422, "invalid_input")?;
    let listed = read(admin.api(Method::GET, "/api/admin/invites?usable=false&per_page=5"))
        .await?
        .success()?;
    ensure!(
        listed["total"].as_i64().is_some_and(|total| total >= 1),
        "{listed}"
    );
    Ok(())
}

#[tokio::test]
async fn a_rejected_person_is_out_at_once_and_stays_out() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let person = Person::approved(&visitor.environment, "leaver").await?;
    let session = visitor.log_in(&person.email, PASSWORD).await?.success()?;
    decide(&admin, &person.email, json!({ "status": "rejected" })).await?;
    let rows = read(person.rest(Method::GET, "campaign_templates")).await?;
    ensure!(
        rows.body == json!([]),
        "an old token reaches nothing: {rows:?}"
    );
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    ensure!(
        visitor
            .auth("/token?grant_type=refresh_token", refresh)
            .await?
            .status
            .is_client_error()
    );
    refused(
        &visitor.log_in(&person.email, PASSWORD).await?,
        403,
        "account_rejected",
    )?;
    refused(
        &visitor.log_in(&person.email, "not-the-password").await?,
        401,
        "invalid_credentials",
    )?;
    visitor
        .mail(&person.email, "About your DNwerks account")
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_admin_resets_a_password_and_sees_it_completed() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let person = Person::approved(&visitor.environment, "forgetful").await?;
    let reset = async |user_id: &str| {
        let body = json!({ "user_id": user_id, "reason": "lost phone" });
        read(
            admin
                .api(Method::POST, "/api/admin/password-reset")
                .json(&body),
        )
        .await
    };
    refused(&reset(&admin.profile_id).await?, 403, "own_account")?;
    refused(
        &reset("00000000-0000-4000-8000-000000000000").await?,
        404,
        "user_not_found",
    )?;
    let first = reset(&person.profile_id).await?.success()?;
    ensure!(
        first["status"] == "pending" && first["reason"] == "lost phone",
        "{first}"
    );
    ensure!(
        !first.to_string().contains("token"),
        "the token is only in the mail: {first}"
    );
    let token = in_link(
        &visitor.mail(&person.email, "Set a new password").await?,
        "token",
    )?;
    let second = reset(&person.profile_id).await?.success()?;
    let old = visitor
        .post("/api/password-reset/validate", json!({ "token": token }))
        .await?;
    refused(&old, 410, "reset_token_cancelled")?;
    let fresh = eventually("a newer mail", Duration::from_secs(20), async || {
        let newest = in_link(
            &visitor.mail(&person.email, "Set a new password").await?,
            "token",
        )?;
        Ok((newest != token).then_some(newest))
    })
    .await?;
    let body = json!({ "token": fresh, "password": NEW_PASSWORD });
    visitor
        .post("/api/password-reset/confirm", body)
        .await?
        .success()?;
    let listed = read(admin.api(Method::GET, "/api/admin/password-resets?per_page=200"))
        .await?
        .success()?;
    let status_of = |id: &Value| {
        let rows = listed["data"].as_array().into_iter().flatten();
        rows.into_iter()
            .find(|row| row["id"] == *id)
            .map(|row| row["status"].clone())
    };
    ensure!(
        status_of(&first["id"]) == Some(json!("cancelled")),
        "{listed}"
    );
    ensure!(
        status_of(&second["id"]) == Some(json!("completed")),
        "{listed}"
    );
    Ok(())
}

#[tokio::test]
async fn admin_routes_are_for_approved_admins_and_nobody_decides_about_themselves() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let user = Person::approved(&visitor.environment, "user").await?;
    for path in [
        "/api/admin/users",
        "/api/admin/invites",
        "/api/admin/password-resets",
    ] {
        let anonymous = read(
            visitor
                .http
                .get(format!("{}{path}", visitor.get("DNWERKS_API_URL")?)),
        )
        .await?;
        refused(&anonymous, 401, "token_missing")?;
        refused(
            &read(user.api(Method::GET, path)).await?,
            403,
            "admin_required",
        )?;
    }
    let own = format!("/api/admin/users/{}", admin.profile_id);
    let demoted = read(
        admin
            .api(Method::PUT, &own)
            .json(&json!({ "role": "user" })),
    )
    .await?;
    refused(&demoted, 403, "own_account")?;
    let promoted = decide(&admin, &user.email, json!({ "role": "admin" })).await?;
    ensure!(promoted["role"] == "admin", "{promoted}");
    read(user.api(Method::GET, "/api/admin/users"))
        .await?
        .success()?;
    Ok(())
}
