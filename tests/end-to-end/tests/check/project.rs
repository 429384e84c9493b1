//! What is wrong with the project itself: its Auth's settings and hooks, and its clock.

use anyhow::Result;
use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::IntoResponse as _,
    routing::get,
};
use localstack::{DatabaseOptions, Localstack, Options};
use serde_json::json;

use crate::stage::{Case, Stage, serve};

/// Projects that are not set as they should be.
pub struct Broken {
    /// The same database behind an Auth as it is before `config push`.
    unset: Localstack,
    /// Answers a few requests, with a clock of its own.
    odd: String,
    /// Something else.
    website: String,
}

impl Broken {
    pub async fn start(stage: &Stage) -> Result<Self> {
        let unset = Localstack::start(&Options {
            database: DatabaseOptions {
                database_url: Some(stage.get("DNWERKS_TEST_DATABASE_URL")?.to_owned()),
                ..DatabaseOptions::default()
            },
            no_auth_hooks: true,
            auth_confirms_at_once: true,
            no_twilio: true,
            no_resend: true,
            ..Options::default()
        })
        .await?;
        Ok(Self {
            unset,
            odd: serve(odd_project()).await?,
            website: serve(Router::new().fallback(|| async { "Welcome!" })).await?,
        })
    }

    pub async fn stop(self) -> Result<()> {
        Ok(self.unset.stop().await?)
    }

    fn at(address: &str) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("SUPABASE_URL", Some(address.to_owned())),
            ("SUPABASE_JWT_SECRET", None),
        ]
    }

    pub fn cases(&self) -> Vec<Case> {
        let environment = self.unset.environment();
        let unset: Vec<_> = [
            "SUPABASE_URL",
            "SUPABASE_ANON_KEY",
            "SUPABASE_SERVICE_ROLE_KEY",
        ]
        .map(|name| (name, environment.get(name).map(str::to_owned)))
        .into_iter()
        .chain([("SUPABASE_JWT_SECRET", None)])
        .collect();
        let elsewhere = Some("https://app.example.com".to_owned());
        vec![
            Case {
                what: "no hook for tokens",
                changes: unset.clone(),
                finding: "auth.custom_access_token_hook",
                says: "user_role, user_status, profile_id are not in it",
                remedy: "Enable the hook private.custom_access_token",
                ..Case::default()
            },
            Case {
                what: "no hook for sign-ups",
                changes: unset.clone(),
                finding: "auth.before_user_created_hook",
                says: "does not ask our hook",
                remedy: "Enable the hook private.before_user_created",
                ..Case::default()
            },
            Case {
                what: "no confirmations",
                changes: unset,
                finding: "auth.confirmations",
                says: "confirms addresses without asking",
                remedy: "Confirm email",
                ..Case::default()
            },
            Case {
                what: "links in mails that lead elsewhere",
                changes: vec![("NEXTAUTH_URL", elsewhere)],
                finding: "auth.site_url",
                says: "but NEXTAUTH_URL is https://app.example.com",
                remedy: "Set the site URL",
                ..Case::default()
            },
            Case {
                what: "a wrong password",
                changes: vec![("ADMIN_PASSWORD", Some("not-the-password-7431".to_owned()))],
                finding: "auth.sign_in",
                says: "wrong e-mail or password",
                remedy: "ADMIN_PASSWORD",
                ..Case::default()
            },
            Case {
                what: "no sign-ups",
                changes: Self::at(&self.odd),
                finding: "auth.sign_up",
                says: "refuses every sign-up",
                remedy: "Allow sign-ups",
                ..Case::default()
            },
            Case {
                what: "a project that signs with a secret",
                changes: Self::at(&self.odd),
                finding: "auth.signing_keys",
                says: "SUPABASE_JWT_SECRET is not set",
                remedy: "Set SUPABASE_JWT_SECRET",
                ..Case::default()
            },
            Case {
                what: "a clock that is wrong",
                changes: Self::at(&self.odd),
                finding: "clock.supabase",
                says: "ahead of that of Supabase",
                remedy: "NTP",
                ..Case::default()
            },
            Case {
                what: "no migrations behind PostgREST",
                changes: Self::at(&self.odd),
                finding: "postgrest",
                says: "does not know our functions",
                remedy: "dnwerks migrate",
                ..Case::default()
            },
            Case {
                what: "a website instead of a project",
                changes: Self::at(&self.website),
                finding: "supabase.url",
                says: "not as Supabase does",
                remedy: "https://YOUR-PROJECT.supabase.co",
                ..Case::default()
            },
        ]
    }
}

/// A project that refuses sign-ups, signs with a secret, has no functions, and lives in the year 2001.
fn odd_project() -> Router {
    let settings = json!({ "disable_signup": true, "mailer_autoconfirm": false });
    let unknown = json!({ "code": "PGRST202", "message": "Could not find the function" });
    Router::new()
        .route(
            "/auth/v1/settings",
            get(move || async move {
                let date = [(header::DATE, "Sun, 09 Sep 2001 01:46:40 GMT")];
                (date, Json(settings)).into_response()
            }),
        )
        .route(
            "/auth/v1/.well-known/jwks.json",
            get(|| async { Json(json!({ "keys": [] })) }),
        )
        .fallback(move || async move { (StatusCode::NOT_FOUND, Json(unknown)) })
}
