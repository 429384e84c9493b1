//! JSON Web Tokens, signed and verified with ring; the only crate that uses `jsonwebtoken`.
//!
//! `jsonwebtoken` checks header and claims and leaves cryptography to a provider. Its own two
//! would each add a second cryptographic library besides ring, which TLS already uses:
//! `aws_lc_rs` compiles C for minutes, `rust_crypto` brings the crate `rsa` with its open advisory.
//! So we have our own provider: [`encode`] and [`decode`] install it.

mod provider;

pub use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode_header, errors, jwk,
};
use serde::{Serialize, de::DeserializeOwned};

/// Signs a token with these claims.
///
/// # Errors
/// If the key does not fit the header's algorithm, the algorithm is neither HS256
/// nor ES256, or the claims are not a JSON object.
pub fn encode<T: Serialize>(
    header: &Header,
    claims: &T,
    key: &EncodingKey,
) -> Result<String, errors::Error> {
    provider::install();
    jsonwebtoken::encode(header, claims, key)
}

/// The claims of a token that is signed with `key` and accepted by `validation`.
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
