//! What every handler works with.

use std::sync::Arc;

use auth_admin::AuthAdmin;
use axum::extract::FromRef;
use domain::Clock;
use rows_as_service::Database;

use crate::Settings;

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct AccountsState {
    pub(crate) database: Database,
    pub(crate) auth: AuthAdmin,
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    tokens: web::Auth,
}

impl AccountsState {
    /// Puts the state together. `tokens` verifies who calls the admin routes and logout.
    pub fn new(
        settings: Settings,
        database: Database,
        auth: AuthAdmin,
        tokens: web::Auth,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            database,
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
