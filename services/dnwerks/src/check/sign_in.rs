//! What a sign-in shows, and nothing else does: whether Auth asks our hook before it signs a token, and whether we
//! believe the token.

use auth_admin::{AuthAdmin, LogoutScope};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{finding::Finding, keys::payload_of, setup::Setup};

const TOKEN_HOOK: &str = "auth.custom_access_token_hook";
const SIGN_IN: &str = "auth.sign_in";
const TOKENS: &str = "auth.tokens";
/// What our hook adds to a token.
const CLAIMS: [&str; 3] = ["user_role", "user_status", "profile_id"];

/// Who signs in.
pub struct Account {
    pub email: String,
    pub password: SecretString,
}

pub async fn check(setup: &Setup, account: Option<&Account>) -> Vec<Finding> {
    let Some(url) = setup.url("SUPABASE_URL") else {
        return Vec::new();
    };
    let (Some(anon_key), Some(account)) = (setup.get("SUPABASE_ANON_KEY"), account) else {
        return vec![Finding::skipped(
            TOKEN_HOOK,
            "Whether tokens carry role and status can be seen only by signing in.",
            "Run `ADMIN_PASSWORD=… dnwerks check --email you@example.com`, or look under Authentication > Hooks: private.custom_access_token must be enabled.",
        )];
    };
    let service_key = setup.get("SUPABASE_SERVICE_ROLE_KEY").unwrap_or_default();
    let auth = match AuthAdmin::new(&url, anon_key.into(), service_key.into()) {
        Ok(auth) => auth,
        Err(error) => return vec![failed(&error)],
    };
    let session = match auth.sign_in(&account.email, &account.password, None).await {
        Ok(session) => session,
        Err(error) => return vec![failed(&error)],
    };
    let token = session.access_token();
    let found = vec![
        hook_of(token.expose_secret()),
        believed(setup, token.expose_secret()).await,
    ];
    // A session of the check's own: whether it ends now or by itself changes nothing of what was found.
    let _ = auth.sign_out(token, LogoutScope::Local).await;
    found
}

fn failed(error: &auth_admin::Error) -> Finding {
    Finding::problem(
        SIGN_IN,
        format!("The sign-in failed: {error}."),
        "Use an account that can sign in; its password is read from ADMIN_PASSWORD.",
    )
}

fn hook_of(token: &str) -> Finding {
    let claims = payload_of(token).unwrap_or_default();
    let lacking: Vec<&str> = CLAIMS
        .into_iter()
        .filter(|claim| claims.get(claim).is_none_or(Value::is_null))
        .collect();
    if lacking.is_empty() {
        return Finding::ok(
            TOKEN_HOOK,
            "Auth asks our hook: tokens carry role and status.",
        );
    }
    Finding::problem(
        TOKEN_HOOK,
        format!(
            "Auth does not ask our hook before it signs a token: {} are not in it, and rejected people get one.",
            lacking.join(", ")
        ),
        "Enable the hook private.custom_access_token: `npx supabase config push`, or Authentication > Hooks.",
    )
}

/// Whether our processes would let the token in.
async fn believed(setup: &Setup, token: &str) -> Finding {
    let Some(supabase_url) = setup.url("SUPABASE_URL") else {
        return Finding::skipped(TOKENS, "SUPABASE_URL is not set.", "Set it.");
    };
    let verifier = web::TokenVerifier::new(&web::AuthSettings {
        supabase_url,
        supabase_jwt_secret: setup.get("SUPABASE_JWT_SECRET").map(Into::into),
    });
    let outcome = match verifier {
        Ok(verifier) => verifier
            .verify(token)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match outcome {
        Ok(_) => Finding::ok(TOKENS, "Our processes believe the project's tokens."),
        Err(why) => Finding::problem(
            TOKENS,
            format!("Our processes would refuse the project's tokens: {why}."),
            "SUPABASE_URL must be exactly the address that the frontend uses, and SUPABASE_JWT_SECRET the project's where it signs with one.",
        ),
    }
}
