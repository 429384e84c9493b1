//! Twilio's Lookup v2, the part that is free.

use serde::Deserialize;

/// What Twilio says of a number's form. The free part of Lookup v2.
#[derive(Debug, Clone, Deserialize)]
pub struct Lookup {
    /// Whether it is a possible and assigned number range.
    pub valid: bool,
    /// Why it is not, for instance `TOO_SHORT`.
    #[serde(default)]
    pub validation_errors: Option<Vec<String>>,
    /// E.164.
    pub phone_number: Option<String>,
    /// ISO 3166 alpha-2.
    pub country_code: Option<String>,
}
