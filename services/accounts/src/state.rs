//! The handlers' shared state.

use std::sync::Arc;

use auth_admin::AuthAdmin;
use axum::extract::FromRef;
use domain::{Clock, Frontend};
use rows_as_service::{
    Profiles,
    accounts::{AuthAccounts, Invites, MailSuppressions, PasswordResets, SignInLimits, Users},
};

use crate::settings::Settings;

/// The only rows that accounts may access.
#[derive(Debug, Clone)]
pub struct AccountRows {
    /// Profiles of the callers.
    pub profiles: Profiles,
    /// Users and admins' decisions about them.
    pub users: Users,
    /// What Auth has of addresses.
    pub auth_accounts: AuthAccounts,
    /// Invitation codes.
    pub invites: Invites,
    /// Password resets.
    pub resets: PasswordResets,
    /// Addresses that get no mail.
    pub mail_suppressions: MailSuppressions,
    /// Rate limits.
    pub limits: SignInLimits,
}

/// The handlers' shared state. Cheap to clone.
#[derive(Clone)]
pub struct AccountsState {
    pub(crate) rows: AccountRows,
    pub(crate) auth: AuthAdmin,
    pub(crate) settings: Arc<Settings>,
    pub(crate) frontend: Option<Frontend>,
    pub(crate) clock: Arc<dyn Clock>,
    tokens: web::Auth,
}

impl AccountsState {
    /// Builds the state. `tokens` verifies the callers of the admin routes and of logout.
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
            frontend: settings.frontend_url.clone().map(Frontend::new),
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
