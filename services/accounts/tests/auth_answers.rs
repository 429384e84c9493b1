//! What Auth's answers come to: an outage is nobody's failure, and what we ask reveals nothing. Needs
//! `DNWERKS_TEST_DATABASE_URL`: a superuser's address on a cluster with the template database
//! `dnwerks_template`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]

use std::{sync::Arc, time::Duration};

use accounts::{AccountRows, AccountsState, Settings};
use auth_admin::AuthAdmin;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderName, Request},
};
use domain::SystemClock;
use rows_as_service::{
    Profiles,
    accounts::{AuthAccounts, Invites, MailSuppressions, PasswordResets, SignInLimits, Users},
};
use serde_json::{Value, json};
use testkit::{TestDatabase, eventually};
use tower::ServiceExt;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

const PASSWORD: &str = "correct-horse-battery-9";
const PATIENCE: Duration = Duration::from_secs(10);
const USER: &str = "f0000000-0000-4000-8000-000000000001";

/// The routes of accounts over a database of their own, and an Auth that answers as it is told.
struct Project {
    router: Router,
    auth: MockServer,
    admin: AuthAdmin,
    rows: AccountRows,
    database: TestDatabase,
}

impl Project {
    async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let pool = database.database_of("accounts", 8).unwrap();
        let auth = MockServer::start().await;
        let rows = AccountRows {
            profiles: Profiles::new(pool.clone()),
            users: Users::new(pool.clone()),
            auth_accounts: AuthAccounts::new(pool.clone()),
            invites: Invites::new(pool.clone()),
            resets: PasswordResets::new(pool.clone()),
            mail_suppressions: MailSuppressions::new(pool.clone()),
            limits: SignInLimits::new(pool.clone()),
        };
        let supabase_url: url::Url = auth.uri().parse().unwrap();
        let admin = AuthAdmin::new(&supabase_url, "anon".into(), "sb_secret_x".into()).unwrap();
        let tokens = web::AuthSettings {
            supabase_url,
            supabase_jwt_secret: None,
        };
        let limit = |text: &str| text.parse().unwrap();
        let settings = Settings {
            frontend_url: None,
            trusted_proxy_header: Some(HeaderName::from_static("x-forwarded-for")),
            login_limit_per_address: limit("5/3600"),
            login_limit_per_account: limit("3/3600"),
            register_limit_per_address: limit("60/3600"),
            reset_limit_per_address: limit("60/3600"),
            reset_limit_per_account: limit("60/3600"),
            sign_in_answer_ms: 1,
        };
        let verifier = web::TokenVerifier::new(&tokens).unwrap();
        let state = AccountsState::new(
            settings,
            rows.clone(),
            admin.clone(),
            web::Auth::new(verifier, Arc::new(Profiles::new(pool))),
            Arc::new(SystemClock),
        );
        let project = Self {
            router: accounts::router(state),
            auth,
            admin,
            rows,
            database,
        };
        project
            .run(
                "insert into auth.users (id, aud, email, encrypted_password, email_confirmed_at) values
                   ('f0000000-0000-4000-8000-000000000001', 'authenticated', 'ann@auth.test', 'hash', now());
                 update public.user_profiles set status = 'approved'",
            )
            .await;
        project
    }

    async fn run(&self, statements: &'static str) {
        sqlx::raw_sql(statements)
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    async fn auth_answers(&self, path_wanted: &str, status: u16, body: Value) {
        self.auth.reset().await;
        Mock::given(path(path_wanted))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&self.auth)
            .await;
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-forwarded-for", "203.0.113.7")
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Opens a reset of everybody's with this token.
    async fn open_reset(&self, token: &str) {
        sqlx::query(
            "select private.open_password_reset(p.id, $1, encode(sha256(convert_to($1, 'utf8')), 'hex'), '1 hour')
             from public.user_profiles p",
        )
        .bind(token)
        .execute(self.database.pool())
        .await
        .unwrap();
    }

    async fn log_in(&self, email: &str) -> (u16, String) {
        let body = json!({ "email": email, "password": PASSWORD });
        let (status, answer) = self.post("/api/auth/login", body).await;
        (
            status,
            answer["code"].as_str().unwrap_or_default().to_owned(),
        )
    }
}

fn refusal(code: &str) -> Value {
    json!({ "code": 400, "error_code": code, "msg": "x" })
}

#[tokio::test]
async fn an_outage_of_auth_counts_as_nobody_s_failure() {
    let project = Project::new().await;
    for status in [500, 502, 503, 429] {
        project
            .auth_answers("/auth/v1/token", status, json!({ "msg": "out of order" }))
            .await;
        for _ in 0..4 {
            let (answered, code) = project.log_in("ann@auth.test").await;
            assert!(
                matches!(
                    (answered, code.as_str()),
                    (503, "auth_unavailable") | (429, "too_many_attempts")
                ),
                "{answered} {code}"
            );
        }
    }
    let session = json!({ "access_token": "t", "refresh_token": "r", "user": { "id": USER } });
    project.auth_answers("/auth/v1/token", 200, session).await;
    assert_eq!(project.log_in("ann@auth.test").await.0, 200);
}

#[tokio::test]
async fn an_answer_that_we_do_not_know_is_not_worth_another_try() {
    let project = Project::new().await;
    project
        .auth_answers("/auth/v1/token", 400, refusal("from_a_newer_auth"))
        .await;
    assert_eq!(
        project.log_in("ann@auth.test").await,
        (502, "auth_refused".to_owned())
    );
}

#[tokio::test]
async fn a_registration_that_auth_refuses_names_the_field() {
    let project = Project::new().await;
    project
        .run(
            "insert into public.invite_codes (code, expires_at) values ('K7QX-2MPD-9RTV', now() + interval '1 day')",
        )
        .await;
    let register = async |data: Value| {
        let body = json!({
            "email": "new@auth.test", "password": PASSWORD, "invite_code": "K7QX-2MPD-9RTV", "data": data,
        });
        let (status, answer) = project.post("/api/auth/register", body).await;
        (status, answer["errors"][0]["field"].clone())
    };
    let invalid = json!({ "code": 400, "error_code": "email_address_invalid", "msg": "Email address \"x\" is invalid" });
    project.auth_answers("/auth/v1/signup", 400, invalid).await;
    assert_eq!(register(json!({})).await, (422, json!("email")));
    let too_long =
        json!({ "code": 422, "error_code": "hook_payload", "msg": "account_metadata_too_long: x" });
    project.auth_answers("/auth/v1/signup", 422, too_long).await;
    assert_eq!(register(json!({})).await, (422, json!("data")));
    assert_eq!(
        register(json!({ "deep": [{ "a": "\u{0}" }] })).await,
        (422, json!("data"))
    );
}

#[tokio::test]
async fn a_code_with_nul_is_one_that_nobody_has() {
    let project = Project::new().await;
    let body = json!({ "email": "new@auth.test", "password": PASSWORD, "invite_code": "A\u{0}B" });
    let (status, answer) = project.post("/api/auth/register", body).await;
    assert_eq!((status, &answer["code"]), (403, &json!("invite_unknown")));
}

#[tokio::test]
async fn a_session_is_handed_on_whatever_the_metadata_holds() {
    let project = Project::new().await;
    for metadata in [
        json!(null),
        json!([1, 2]),
        json!({ "name": { "deep": [null] } }),
    ] {
        let session = json!({
            "access_token": "t", "refresh_token": "r", "expires_in": 3600,
            "user": { "id": USER, "user_metadata": metadata, "app_metadata": metadata, "identities": null },
        });
        project
            .auth_answers("/auth/v1/token", 200, session.clone())
            .await;
        let body = json!({ "email": "ann@auth.test", "password": PASSWORD });
        let (status, answer) = project.post("/api/auth/login", body).await;
        assert_eq!((status, &answer["user"]), (200, &session["user"]));
        assert_eq!(answer["profile"]["status"], "approved");
    }
}

#[tokio::test]
async fn auth_compares_a_password_for_every_address_and_counts_by_the_caller() {
    let project = Project::new().await;
    Mock::given(method("POST"))
        .and(path("/auth/v1/token"))
        .and(header("sb-forwarded-for", "203.0.113.7"))
        .and(header("apikey", "sb_secret_x"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal("invalid_credentials")))
        .expect(3)
        .mount(&project.auth)
        .await;
    project
        .run(
            "insert into auth.users (id, aud, email, encrypted_password, banned_until)
               values (gen_random_uuid(), 'authenticated', 'banned@auth.test', 'hash', now() + interval '1 day')",
        )
        .await;
    for email in ["ann@auth.test", "unknown@auth.test", "banned@auth.test"] {
        assert_eq!(
            project.log_in(email).await,
            (401, "invalid_credentials".to_owned())
        );
    }
    let asked: Vec<Value> = project
        .auth
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["email"].clone())
        .collect();
    assert_eq!(
        asked,
        [
            "ann@auth.test",
            "nobody@dnwerks.invalid",
            "nobody@dnwerks.invalid"
        ]
    );
}

#[tokio::test]
async fn a_reset_link_is_spent_by_a_new_password_only() {
    let project = Project::new().await;
    let token = "0123456789abcdef".repeat(4);
    project.open_reset(&token).await;
    let confirm = async || {
        let body = json!({ "token": token, "password": PASSWORD });
        let (status, answer) = project.post("/api/password-reset/confirm", body).await;
        (
            status,
            answer["code"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let user = format!("/auth/v1/admin/users/{USER}");
    for (status, code) in [
        (500, "auth_unavailable"),
        (504, "auth_unavailable"),
        (418, "auth_refused"),
    ] {
        project
            .auth_answers(&user, status, json!({ "msg": "x" }))
            .await;
        assert_eq!(confirm().await.1, code);
    }
    project
        .auth_answers(&user, 200, json!({ "id": USER }))
        .await;
    assert_eq!(confirm().await.0, 200, "the link still works");
    assert_eq!(confirm().await, (410, "reset_token_used".to_owned()));
}

#[tokio::test]
async fn a_link_still_works_if_the_person_went_away_while_auth_failed() {
    let project = Project::new().await;
    let token = "0123456789abcdef".repeat(4);
    project.open_reset(&token).await;
    let auth_is_slow = ResponseTemplate::new(500).set_delay(Duration::from_millis(300));
    Mock::given(path(format!("/auth/v1/admin/users/{USER}")))
        .respond_with(auth_is_slow)
        .mount(&project.auth)
        .await;
    let body = json!({ "token": token, "password": PASSWORD });
    let is_used = async || {
        sqlx::query_scalar::<_, bool>("select t.is_used from public.password_reset_tokens t")
            .fetch_one(project.database.pool())
            .await
            .unwrap()
    };
    tokio::select! {
        answer = project.post("/api/password-reset/confirm", body) => panic!("answered: {answer:?}"),
        used = eventually("the token is used up", PATIENCE, async || Ok(is_used().await.then_some(()))) => used.unwrap(),
    }
    eventually("the token is given back", PATIENCE, async || {
        Ok((!is_used().await).then_some(()))
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_link_stays_spent_if_the_password_was_changed_after_all() {
    let project = Project::new().await;
    let token = "fedcba9876543210".repeat(4);
    sqlx::query("select private.open_password_reset(p.id, $1, 'its hash', '1 hour') from public.user_profiles p")
        .bind(&token)
        .execute(project.database.pool())
        .await
        .unwrap();
    let resets = &project.rows.resets;
    let found = resets.find_token("its hash").await.unwrap().unwrap();
    assert!(resets.spend_token(found.id).await.unwrap());
    project
        .run("update auth.users set encrypted_password = 'another hash'")
        .await;
    resets.give_back_token(&found).await.unwrap();
    assert!(!resets.spend_token(found.id).await.unwrap());
}

#[tokio::test]
async fn there_is_always_an_account_for_unknown_addresses_and_it_is_nobody_s() {
    let project = Project::new().await;
    project
        .auth_answers("/auth/v1/admin/users", 200, json!({ "id": USER }))
        .await;
    accounts::keep_decoy(&project.rows.auth_accounts, &project.admin)
        .await
        .unwrap();
    let asked = project.auth.received_requests().await.unwrap();
    let asked: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(asked["email"], "nobody@dnwerks.invalid");
    project
        .run(
            "insert into auth.users (id, aud, email, encrypted_password)
               values (gen_random_uuid(), 'authenticated', 'nobody@dnwerks.invalid', 'hash')",
        )
        .await;
    project.auth.reset().await;
    accounts::keep_decoy(&project.rows.auth_accounts, &project.admin)
        .await
        .unwrap();
    assert!(project.auth.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_deleted_but_for_a_row_is_in_no_list() {
    let project = Project::new().await;
    let filter = rows_as_service::accounts::UserFilter {
        limit: 10,
        ..Default::default()
    };
    assert_eq!(project.rows.users.list(&filter).await.unwrap().total, 1);
    project
        .run("update auth.users set deleted_at = now(), email = 'a hash'")
        .await;
    assert_eq!(project.rows.users.list(&filter).await.unwrap().total, 0);
    assert_eq!(
        project.rows.users.count_by_status().await.unwrap().approved,
        0
    );
}
