//! Login, logout, registration by invitation, users, invites, password resets.
//!
//! The rules are enforced in the database, so they also apply to a frontend that talks to
//! Auth and PostgREST directly. This crate adds convenience, rate limits, and responses that don't
//! reveal, by content or timing, whether an account exists.

mod address;
mod admin_resets;
mod background;
mod decoy;
mod failure;
mod first_admin;
mod invite_code;
mod invites;
mod limits;
mod mail_suppressions;
mod me;
mod password;
mod password_resets;
mod registration;
mod reset_token;
mod sessions;
mod settings;
mod state;
mod user_deletion;
mod users;

use axum::{
    Router,
    routing::{delete, get, post},
};

pub use crate::{
    background::{open_requested_resets, run_background, sweep},
    decoy::{DecoyError, keep as keep_decoy},
    first_admin::{FirstAdmin, FirstAdminError, create_first_admin},
    limits::buckets_of,
    password::Refusal as PasswordRefusal,
    settings::{Limit, NoLimit, Settings},
    state::{AccountRows, AccountsState},
};

/// The routes of accounts, under `/api`. They need `ConnectInfo<SocketAddr>` unless a
/// trusted proxy's header is configured. Run [`run_background`] alongside.
pub fn router(state: AccountsState) -> Router {
    Router::new()
        .route("/api/auth/login", post(sessions::log_in))
        .route("/api/auth/logout", post(sessions::log_out))
        .route("/api/auth/me", get(me::get_me))
        .route("/api/auth/register", post(registration::register))
        .route(
            "/api/password-reset/request",
            post(password_resets::request_password_reset),
        )
        .route(
            "/api/password-reset/validate",
            post(password_resets::validate_reset_token),
        )
        .route(
            "/api/password-reset/confirm",
            post(password_resets::confirm_password_reset),
        )
        .route(
            "/api/admin/password-reset",
            post(admin_resets::create_admin_reset),
        )
        .route(
            "/api/admin/password-resets",
            get(admin_resets::list_admin_resets),
        )
        .route(
            "/api/admin/invites",
            get(invites::list_invites).post(invites::create_invite),
        )
        .route("/api/admin/invites/{id}", delete(invites::revoke_invite))
        .route(
            "/api/admin/mail-suppressions",
            get(mail_suppressions::list_mail_suppressions),
        )
        .route(
            "/api/admin/mail-suppressions/{address}",
            delete(mail_suppressions::lift_mail_suppression),
        )
        .route("/api/admin/users", get(users::list_users))
        .route(
            "/api/admin/users/{id}",
            get(users::get_user)
                .put(users::update_user)
                .delete(user_deletion::delete_user),
        )
        .with_state(state)
}
