//! What the handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use rows_as_user::RowsAsUser;
use tokio_util::sync::CancellationToken;
use twilio::Lookups;
use web::{Auth, AuthSetupError, TokenVerifier};

use crate::{
    campaigns::events::CampaignStreams, imports::events::EventPlaces,
    phone_lookup::verification::PhoneLookups, settings::Settings, stopping::Stopping,
};

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
    event_places: EventPlaces,
    campaign_streams: CampaignStreams,
    stopping: Stopping,
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
        let auth = Auth::new(verifier, Arc::new(rows.clone()));
        let lookups = PhoneLookups::new(rows.clone(), Lookups::new(&settings.lookups)?);
        Ok(Self {
            auth,
            rows,
            lookups,
            event_places: EventPlaces::default(),
            campaign_streams: CampaignStreams::default(),
            stopping: Stopping::default(),
        })
    }

    /// Ends streams of events as soon as `shutdown` is cancelled.
    #[must_use]
    pub fn until(mut self, shutdown: CancellationToken) -> Self {
        self.stopping = Stopping(shutdown);
        self
    }
}
