use rows_as_service::DatabaseError;

/// Why a worker could not start, or could not finish a step. Its claims are resolved later.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database operation failed.
    #[error(transparent)]
    Postgres(#[from] DatabaseError),
    /// The Twilio settings are invalid.
    #[error(transparent)]
    Twilio(#[from] twilio::SetupError),
    /// A claim may be in doubt only after its request has certainly ended.
    #[error(
        "SEND_DOUBT_AFTER_SECONDS ({doubt_after}) must exceed TWILIO_TIMEOUT_SECONDS ({timeout}) by at least 2"
    )]
    DoubtTooEarly {
        /// Seconds after which a claim is in doubt.
        doubt_after: u64,
        /// Seconds after which a request times out.
        timeout: u64,
    },
}
