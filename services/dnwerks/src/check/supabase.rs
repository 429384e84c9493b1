//! The project: its gateway, Auth and PostgREST.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Clock as _, SystemClock};
use reqwest::{RequestBuilder, StatusCode, header};
use rows_as_user::{NotReady, RowsAsUser};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    clock,
    finding::Finding,
    keys::{ANON_KEY, SERVICE_KEY},
    links,
    setup::{PUSH, Setup, innermost, reason},
};

const URL: &str = "supabase.url";
const SIGN_UP: &str = "auth.sign_up";
const CONFIRMATIONS: &str = "auth.confirmations";
const SIGN_UP_HOOK: &str = "auth.before_user_created_hook";
const SIGNING_KEYS: &str = "auth.signing_keys";
const POSTGREST: &str = "postgrest";

/// What anybody may know of Auth's settings.
#[derive(Deserialize)]
struct AuthSettings {
    disable_signup: bool,
    mailer_autoconfirm: bool,
}

/// The project of the settings, with its keys.
struct Project<'a> {
    setup: &'a Setup,
    /// Without a slash at the end.
    url: &'a str,
    anon_key: &'a str,
}

pub async fn check(setup: &Setup) -> Vec<Finding> {
    let url = setup.url("SUPABASE_URL").and(setup.get("SUPABASE_URL"));
    let Some(url) = url else { return Vec::new() };
    let project = Project {
        setup,
        url: url.trim_end_matches('/'),
        anon_key: setup.get("SUPABASE_ANON_KEY").unwrap_or_default(),
    };
    let mut found = match project.settings().await {
        Ok(found) => found,
        // Nobody is there: nothing else can be asked.
        Err(finding) => return vec![finding],
    };
    let (service_key, signing_keys, site_url, postgrest) = tokio::join!(
        project.service_key(),
        project.signing_keys(),
        links::check(setup, project.url),
        project.postgrest(),
    );
    found.extend(service_key);
    found.push(signing_keys);
    found.extend(site_url);
    // Without our tables a sign-up would succeed, and leave an account behind.
    let is_ours = postgrest.as_ref().is_some_and(|one| one.remedy.is_none());
    found.extend(postgrest);
    if is_ours {
        found.push(project.sign_up_hook().await);
    }
    found
}

impl Project<'_> {
    fn get(&self, path: &str) -> RequestBuilder {
        let request = self.setup.http.get(format!("{}{path}", self.url));
        request.header("apikey", self.anon_key)
    }

    /// Whether Auth answers, takes the key, and is set as it should be.
    async fn settings(&self) -> Result<Vec<Finding>, Finding> {
        let asked = SystemClock.now();
        let answer = self.get("/auth/v1/settings").send().await;
        let answer = answer.map_err(|error| {
            Finding::problem(
                URL,
                format!("SUPABASE_URL can't be reached: {}.", reason(error)),
                "Compare SUPABASE_URL with the project's settings; a paused project has to be restored in the dashboard first.",
            )
        })?;
        let mut found = Vec::new();
        found.extend(clock_of(&answer, asked));
        let status = answer.status();
        let body = answer.bytes().await.unwrap_or_default();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            if !self.anon_key.is_empty() {
                found.push(Finding::problem(
                    ANON_KEY,
                    format!("The project refuses SUPABASE_ANON_KEY{}.", words_of(&body)),
                    "Copy the anon or publishable key again from the project's settings under API keys; legacy keys may be disabled there.",
                ));
            }
            return Ok(found);
        }
        let Ok(settings) = serde_json::from_slice::<AuthSettings>(&body) else {
            return Err(Finding::problem(
                URL,
                format!("SUPABASE_URL answers with {status}, but not as Supabase does."),
                "Use the project's URL from its settings under Data API: https://YOUR-PROJECT.supabase.co.",
            ));
        };
        found.push(Finding::ok(URL, "Auth answers."));
        if !self.anon_key.is_empty() {
            found.push(Finding::ok(
                ANON_KEY,
                "The project takes SUPABASE_ANON_KEY.",
            ));
        }
        found.push(if settings.disable_signup {
            Finding::problem(
                SIGN_UP,
                "Auth refuses every sign-up, so that nobody can register by an invitation.",
                format!("Allow sign-ups: {PUSH}, or Authentication > Sign In / Providers. Our hook lets only invited people in."),
            )
        } else {
            Finding::ok(SIGN_UP, "Auth lets people sign up.")
        });
        found.push(if settings.mailer_autoconfirm {
            Finding::problem(
                CONFIRMATIONS,
                "Auth confirms addresses without asking: anybody may register with another's, and a stolen session suffices to move an account.",
                format!("Switch \"Confirm email\" on: {PUSH}, or Authentication > Sign In / Providers > Email."),
            )
        } else {
            Finding::ok(CONFIRMATIONS, "Auth asks people to confirm their addresses.")
        });
        Ok(found)
    }

    async fn service_key(&self) -> Option<Finding> {
        let key = self.setup.get("SUPABASE_SERVICE_ROLE_KEY")?;
        let url = format!("{}/auth/v1/admin/users?page=1&per_page=1", self.url);
        let mut request = self.setup.http.get(url).header("apikey", key);
        // The new keys are no JWTs: the gateway replaces them.
        if !key.starts_with("sb_") {
            request = request.bearer_auth(key);
        }
        let remedy = "Copy the service_role or secret key again from the project's settings under API keys; legacy keys may be disabled there.";
        Some(match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                Finding::ok(SERVICE_KEY, "Auth takes SUPABASE_SERVICE_ROLE_KEY.")
            }
            Ok(answer) => {
                let status = answer.status();
                let body = answer.bytes().await.unwrap_or_default();
                let words = words_of(&body);
                let detail =
                    format!("Auth refuses SUPABASE_SERVICE_ROLE_KEY with {status}{words}.");
                Finding::problem(SERVICE_KEY, detail, remedy)
            }
            Err(error) => {
                let detail = format!("Auth did not answer: {}.", reason(error));
                Finding::problem(SERVICE_KEY, detail, "Try again.")
            }
        })
    }

    /// How tokens can be verified.
    async fn signing_keys(&self) -> Finding {
        #[derive(Deserialize)]
        struct Keys {
            keys: Vec<Value>,
        }
        let answer = self.get("/auth/v1/.well-known/jwks.json").send().await;
        let keys = match answer {
            Ok(answer) => answer.json::<Keys>().await.map_err(reason),
            Err(error) => Err(reason(error)),
        };
        let has_secret = self.setup.get("SUPABASE_JWT_SECRET").is_some();
        match keys {
            Ok(Keys { keys }) if !keys.is_empty() => Finding::ok(
                SIGNING_KEYS,
                format!(
                    "The project signs tokens with one of {} public keys.",
                    keys.len()
                ),
            ),
            Ok(_) if has_secret => Finding::ok(
                SIGNING_KEYS,
                "The project signs tokens with SUPABASE_JWT_SECRET.",
            ),
            Ok(_) => Finding::problem(
                SIGNING_KEYS,
                "The project signs tokens with a secret (HS256), and SUPABASE_JWT_SECRET is not set: every request would get 401.",
                "Set SUPABASE_JWT_SECRET to the legacy JWT secret from the project's settings under JWT keys, or migrate the project to signing keys there.",
            ),
            Err(why) => Finding::problem(
                SIGNING_KEYS,
                format!("The project's public keys can't be read: {why}."),
                "Compare SUPABASE_URL with the project's settings.",
            ),
        }
    }

    /// Whether PostgREST answers, takes the key, and knows our functions.
    async fn postgrest(&self) -> Option<Finding> {
        if self.anon_key.is_empty() {
            return None;
        }
        let settings = rows_as_user::Settings {
            supabase_url: Url::parse(self.url).ok()?,
            anon_key: self.anon_key.to_owned(),
        };
        let answer = match RowsAsUser::new(&settings) {
            Ok(rows) => rows.check().await,
            Err(error) => {
                return Some(Finding::problem(
                    ANON_KEY,
                    format!("{error}."),
                    "Copy it again.",
                ));
            }
        };
        Some(match answer {
            Ok(()) => Finding::ok(POSTGREST, "PostgREST answers and knows our functions."),
            Err(error @ NotReady::Key) => Finding::problem(
                POSTGREST,
                "PostgREST refuses SUPABASE_ANON_KEY.",
                format!("{error}."),
            ),
            Err(NotReady::Migrations) => Finding::problem(
                POSTGREST,
                "PostgREST does not know our functions.",
                "Apply the migrations to this project: `dnwerks migrate`. If they are applied, tell PostgREST: `notify pgrst, 'reload schema'`.",
            ),
            Err(error) => Finding::problem(
                POSTGREST,
                format!(
                    "PostgREST does not answer as it should: {}.",
                    innermost(&error)
                ),
                "Look at the project's status in the dashboard; `public` must be among the exposed schemas under Data API.",
            ),
        })
    }

    /// A sign-up with an invitation that nobody made: our hook refuses it in its words, and without the hook the
    /// database does. Neither leaves anything behind.
    async fn sign_up_hook(&self) -> Finding {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Refusal {
            error_code: String,
            msg: String,
            /// Of what the database refused, where Auth passes that on.
            message: String,
        }
        let name = uuid::Uuid::new_v4().simple().to_string();
        let request = self
            .setup
            .http
            .post(format!("{}/auth/v1/signup", self.url))
            .header("apikey", self.anon_key)
            .json(&json!({
                "email": format!("check-{name}@example.com"),
                "password": format!("Check-{name}"),
                "data": { "invite_code": "CHECK-ONLY-NO-INVITE" },
            }));
        let unseen = |why: String| {
            Finding::skipped(
                SIGN_UP_HOOK,
                format!(
                    "Whether Auth asks our hook before it creates a user could not be seen: {why}."
                ),
                "Look under Authentication > Hooks: private.before_user_created must be enabled.",
            )
        };
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return unseen(reason(error)),
        };
        let status = answer.status();
        let body = answer.bytes().await.unwrap_or_default();
        let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
        if refusal.msg.starts_with("invite_") {
            return Finding::ok(SIGN_UP_HOOK, "Auth asks our hook before it creates a user.");
        }
        if refusal.msg.starts_with("Database error") || refusal.message.starts_with("invite_") {
            return Finding::problem(
                SIGN_UP_HOOK,
                "Auth does not ask our hook before it creates a user: whoever has no invitation gets an error of the server instead of a reason.",
                format!(
                    "Enable the hook private.before_user_created: {PUSH}, or Authentication > Hooks."
                ),
            );
        }
        if refusal.msg.contains("hook") {
            return Finding::problem(
                SIGN_UP_HOOK,
                "Auth can't run its hook before it creates a user: nobody can register.",
                "Apply the migrations (`dnwerks migrate`), and choose private.before_user_created under Authentication > Hooks.",
            );
        }
        match refusal.error_code.as_str() {
            "" => unseen(format!("Auth answered {status}")),
            code => unseen(format!("Auth answered {code}")),
        }
    }
}

fn clock_of(answer: &reqwest::Response, asked: DateTime<Utc>) -> Option<Finding> {
    let date = answer.headers().get(header::DATE)?.to_str().ok()?;
    let date = DateTime::parse_from_rfc2822(date).ok()?.to_utc();
    // In whole seconds, cut off.
    let date = date + Duration::from_millis(500);
    Some(clock::compare(
        "clock.supabase",
        "Supabase",
        date,
        asked,
        SystemClock.now(),
    ))
}

/// What a gateway or Auth says, as the end of a sentence.
fn words_of(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = ["message", "msg"]
        .into_iter()
        .find_map(|name| body.get(name)?.as_str());
    said.map_or_else(String::new, |said| {
        let said: String = said
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        format!(": {}", said.trim_end_matches('.'))
    })
}
