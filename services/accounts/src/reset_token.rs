//! Password reset tokens: 256 random bits, of which the database stores only the SHA-256.

use std::fmt::Write as _;

use rand::RngExt as _;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// A new token, 64 hex digits.
pub fn generate() -> SecretString {
    let bytes: [u8; 32] = rand::rng().random();
    hex(&bytes).into()
}

/// The stored hash of a token. `None` for a text that can't be one, such as a truncated
/// token. Looking up the row by this hash needs no constant-time comparison: its timing could
/// only reveal a hash, which can't be reversed.
pub fn hash(token: &SecretString) -> Option<String> {
    let token = token.expose_secret();
    let is_token = token.len() == 64
        && token
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    is_token.then(|| hex(&Sha256::digest(token.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_its_hash_are_64_hex_digits_and_differ() {
        let token = generate();
        let kept = hash(&token).unwrap();
        assert_eq!(kept.len(), 64);
        assert_ne!(kept, token.expose_secret());
        assert_ne!(kept, hash(&generate()).unwrap());
    }

    #[test]
    fn a_truncated_or_foreign_text_has_no_hash() {
        let token = generate();
        let text = token.expose_secret();
        for wrong in [
            &text[..63],
            "",
            &text
                .to_uppercase()
                .replace(|c: char| c.is_ascii_digit(), "A"),
            "x",
        ] {
            assert_eq!(hash(&wrong.to_owned().into()), None);
        }
    }
}
