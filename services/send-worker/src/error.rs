use rows_as_service::DatabaseError;

/// Why a worker could not start, or could not finish a step. What it had claimed is settled later.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not do what it was asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The settings of Twilio can't work.
    #[error(transparent)]
    Twilio(#[from] twilio::SetupError),
    /// A claim must be in doubt only after its request has ended for certain.
    #[error(
        "SEND_DOUBT_AFTER_SECONDS ({doubt_after}) must exceed TWILIO_TIMEOUT_SECONDS ({timeout}) by at least 2"
    )]
    DoubtTooEarly {
        /// Seconds after which a claim is in doubt.
        doubt_after: u64,
        /// Seconds after which a request is given up.
        timeout: u64,
    },
}
