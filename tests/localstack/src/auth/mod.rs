//! Auth: GoTrue's protocol on `auth.users`, `auth.identities`, `auth.sessions` and
//! `auth.refresh_tokens`, for development and tests.
//!
//! Passwords, e-mail tokens, PKCE, codes of authenticators, sessions, administration and both Postgres
//! hooks behave as those of Supabase Auth v2.196. Messages to phones, OAuth and anonymous users answer
//! like disabled providers.

mod access_token;
mod account;
mod admin;
mod admin_factors;
mod caller;
mod changes;
mod device;
mod error;
mod factor;
mod factors;
mod flow;
mod hook;
mod link;
mod mail;
mod one_time_token;
mod options;
mod password;
mod rate_limit;
mod rates;
mod recovery;
mod redirect;
mod refresh_token;
mod session;
mod settings;
mod signup;
mod state;
mod token;
mod user;
mod verify;

use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{delete, get, post, put},
};
use sqlx::PgPool;

pub use factor::totp;
pub use options::{Options, Outbox};

use crate::keys::Keys;
use error::AuthError;
use state::Auth;

/// GoTrue's routes, to be mounted under `/auth/v1`.
///
/// `pool` connects as `supabase_auth_admin`, with whose rights the hooks are called too; `keys`
/// sign and check the tokens.
pub fn router(pool: PgPool, keys: Arc<Keys>, options: Options) -> Router {
    let auth = Auth::new(pool, keys, options);
    Router::new()
        .route("/health", get(settings::get_health))
        .route("/settings", get(settings::get_settings))
        .route("/.well-known/jwks.json", get(settings::get_jwks))
        .route(
            "/.well-known/openid-configuration",
            get(settings::get_openid),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(refuse_oauth_server),
        )
        .route("/signup", post(signup::sign_up))
        .route("/token", post(token::issue_tokens))
        .route("/user", get(account::get_user).put(account::update_user))
        .route("/user/identities/authorize", get(refuse_linking))
        .route("/reauthenticate", get(account::reauthenticate))
        .route("/factors", post(factor::enroll))
        .route("/factors/{id}", delete(factor::unenroll))
        .route("/factors/{id}/challenge", post(factor::challenge))
        .route("/factors/{id}/verify", post(factor::verify))
        .route("/logout", post(account::log_out))
        .route("/recover", post(recovery::recover))
        .route("/otp", post(recovery::send_magic_link))
        .route("/magiclink", post(recovery::send_magic_link))
        .route("/resend", post(recovery::resend))
        .route("/verify", get(verify::follow_link).post(verify::verify))
        .route("/invite", post(link::invite))
        .route("/admin/generate_link", post(link::generate_link))
        .route(
            "/admin/users",
            get(admin::list_users).post(admin::create_user),
        )
        .route(
            "/admin/users/{id}",
            get(admin::get_user)
                .put(admin::update_user)
                .delete(admin::delete_user),
        )
        .route(
            "/admin/users/{id}/factors",
            get(admin_factors::list_factors),
        )
        .route(
            "/admin/users/{id}/factors/{factor}",
            put(admin_factors::update_factor).delete(admin_factors::delete_factor),
        )
        .route("/authorize", get(refuse_provider))
        .route("/callback", get(verify::refuse_callback))
        .fallback(refuse_unknown)
        .layer(middleware::from_fn_with_state(
            auth.clone(),
            rate_limit::limit,
        ))
        .layer(middleware::from_fn(error::answer_errors))
        .with_state(auth)
}

async fn refuse_provider() -> AuthError {
    AuthError::invalid("Unsupported provider: provider is not enabled")
}

async fn refuse_linking(_: caller::SignedIn) -> AuthError {
    AuthError::not_found("manual_linking_disabled", "Manual linking is disabled")
}

async fn refuse_oauth_server() -> AuthError {
    AuthError::not_found("feature_disabled", "OAuth server is disabled")
}

async fn refuse_unknown() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "404 page not found\n")
}
