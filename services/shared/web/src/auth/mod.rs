//! Who is asking: Supabase access tokens, and the profile behind them.

mod signing_keys;
mod token_verifier;
mod user;

pub use token_verifier::{AuthSettings, AuthSetupError, TokenError, TokenVerifier};
pub use user::{ApprovedAdmin, ApprovedUser, Auth, KnownUser, VerifiedUser};
