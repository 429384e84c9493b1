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
mod text;
mod user_deletion;
mod users;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

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
    web::described_routes(routes()).with_state(state)
}

/// What the routes say of themselves.
#[must_use]
pub fn description() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<AccountsState> {
    OpenApiRouter::new()
        .routes(routes!(sessions::log_in))
        .routes(routes!(sessions::log_out))
        .routes(routes!(me::get_me))
        .routes(routes!(registration::register))
        .routes(routes!(password_resets::request_password_reset))
        .routes(routes!(password_resets::validate_reset_token))
        .routes(routes!(password_resets::confirm_password_reset))
        .routes(routes!(admin_resets::create_admin_reset))
        .routes(routes!(admin_resets::list_admin_resets))
        .routes(routes!(invites::list_invites, invites::create_invite))
        .routes(routes!(invites::revoke_invite))
        .routes(routes!(mail_suppressions::list_mail_suppressions))
        .routes(routes!(mail_suppressions::lift_mail_suppression))
        .routes(routes!(users::list_users))
        .routes(routes!(
            users::get_user,
            users::update_user,
            user_deletion::delete_user
        ))
}
