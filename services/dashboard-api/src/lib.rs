//! Customers, campaigns and templates: every route acts as the caller.
//!
//! A handler extracts, makes one call through PostgREST with the caller's own token, and answers.
//! What people may do is decided by row level security and triggers; here it is made convenient
//! and the errors clear. Rows pass through as PostgREST wrote them.

mod answers;
mod broken_check;
mod campaigns;
mod csv_answer;
mod customers;
mod fields;
mod imports;
mod labels;
mod paging;
mod phone_lookup;
mod rows_failure;
mod templates;

use std::time::Duration;

use axum::{Router, extract::FromRef};
use phone_lookup::PhoneLookups;
use rows_as_user::RowsAsUser;
use twilio::Lookups;
use web::{Auth, AuthSetupError, TokenVerifier};

/// A handler that takes longer than this is given up: PostgREST itself is waited for 10 s.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What this service needs to know. The one secret it may have is to look up phone numbers.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Whose tokens are believed, and where the project is.
    #[command(flatten)]
    pub auth: web::AuthSettings,

    /// The project's anon or publishable key.
    #[arg(long, env = "SUPABASE_ANON_KEY")]
    pub supabase_anon_key: String,

    /// Whether numbers may be looked up at Twilio.
    #[command(flatten)]
    pub lookups: twilio::LookupSettings,
}

/// The service cannot work with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Tokens could not be verified.
    #[error(transparent)]
    Auth(#[from] AuthSetupError),
    /// Rows could not be reached.
    #[error(transparent)]
    Rows(#[from] rows_as_user::SetupError),
    /// Phone numbers could not be looked up.
    #[error(transparent)]
    Lookups(#[from] twilio::SetupError),
}

/// What the handlers share.
#[derive(Clone, FromRef)]
pub struct DashboardState {
    /// Who is asking.
    pub auth: Auth,
    /// The rows, as that person.
    pub rows: RowsAsUser,
    lookups: PhoneLookups,
    event_places: imports::EventPlaces,
}

impl DashboardState {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`SetupError`] where the settings cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let rows = RowsAsUser::new(&rows_as_user::Settings {
            supabase_url: settings.auth.supabase_url.clone(),
            anon_key: settings.supabase_anon_key.clone(),
        })?;
        let verifier = TokenVerifier::new(&settings.auth)?;
        let auth = Auth::new(verifier, std::sync::Arc::new(rows.clone()));
        let lookups = PhoneLookups::new(rows.clone(), Lookups::new(&settings.lookups)?);
        Ok(Self {
            auth,
            rows,
            lookups,
            event_places: imports::EventPlaces::default(),
        })
    }
}

/// Every route of this service, under `/api`.
pub fn router(state: DashboardState) -> Router {
    // What may touch a million rows has its own bound: launching, deleting, undoing.
    let routes = Router::new()
        .merge(customers::routes())
        .merge(imports::routes())
        .merge(phone_lookup::routes())
        .merge(campaigns::routes())
        .merge(templates::routes());
    web::bounded(routes, TIMEOUT)
        .merge(campaigns::launch_route())
        .merge(customers::bulk_routes())
        .merge(imports::undo_route())
        .with_state(state)
}
