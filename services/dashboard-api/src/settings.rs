//! What an operator sets for this service.

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
