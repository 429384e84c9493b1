//! JSON Web Tokens, signed and verified with ring; the only room that names `jsonwebtoken`.
//!
//! `jsonwebtoken` checks header and claims and leaves the cryptography to a provider. Its own two
//! would each bring a second cryptographic library beside the ring that TLS already runs on:
//! `aws_lc_rs` compiles C for minutes, `rust_crypto` brings the crate `rsa` with its open advisory.
//! So the provider is ours: [`encode`] and [`decode`] install it.

mod provider;

pub use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode_header, errors, jwk,
};
use serde::{Serialize, de::DeserializeOwned};

/// A signed token of these claims.
///
/// # Errors
/// When the key is of another family than the header's algorithm, the algorithm is neither HS256
/// nor ES256, or the claims are not a JSON object.
pub fn encode<T: Serialize>(
    header: &Header,
    claims: &T,
    key: &EncodingKey,
) -> Result<String, errors::Error> {
    provider::install();
    jsonwebtoken::encode(header, claims, key)
}

/// The claims of a token that `key` has signed and that `validation` accepts.
///
/// # Errors
/// Says what is wrong with the token; an algorithm other than HS256, ES256 and RS256 is refused.
pub fn decode<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<T, errors::Error> {
    provider::install();
    jsonwebtoken::decode(token, key, validation).map(|token| token.claims)
}
