//! What every handler works with.

use std::sync::Arc;

use auth_admin::AuthAdmin;
use axum::extract::FromRef;
use domain::Clock;
use rows_as_service::{
    Profiles,
    accounts::{Invites, PasswordResets, SignInLimits, Users},
};

use crate::settings::Settings;

/// The rows that accounts may reach, and no others.
#[derive(Debug, Clone)]
pub struct AccountRows {
    /// Who is somebody's profile.
    pub profiles: Profiles,
    /// The users and what admins decide about them.
    pub users: Users,
    /// Invitation codes.
    pub invites: Invites,
    /// Password resets.
    pub resets: PasswordResets,
    /// Limits of attempts.
    pub limits: SignInLimits,
}

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct AccountsState {
    pub(crate) rows: AccountRows,
    pub(crate) auth: AuthAdmin,
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    tokens: web::Auth,
}

impl AccountsState {
    /// Puts the state together. `tokens` verifies who calls the admin routes and logout.
    pub fn new(
        settings: Settings,
        rows: AccountRows,
        auth: AuthAdmin,
        tokens: web::Auth,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            rows,
            auth,
            settings: Arc::new(settings),
            clock,
            tokens,
        }
    }
}

impl FromRef<AccountsState> for web::Auth {
    fn from_ref(state: &AccountsState) -> Self {
        state.tokens.clone()
    }
}
