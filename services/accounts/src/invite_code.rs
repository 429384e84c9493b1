//! Invitation codes: unguessable, and easy to read aloud.

use rand::RngExt as _;

/// Digits and capitals without lookalikes and soundalikes (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code such as `7KQF-2M9D-XWPA-83TN`: 80 random bits.
pub fn generate() -> String {
    let mut rng = rand::rng();
    let mut code = String::with_capacity(19);
    for place in 0..16 {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    }
    code
}

/// Whether an admin's own code is valid: 6 to 64 characters, letters, digits, dashes.
pub fn is_acceptable(code: &str) -> bool {
    let significant = code.bytes().filter(u8::is_ascii_alphanumeric).count();
    significant >= 6
        && code.len() <= 64
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_legible_and_never_the_same() {
        let codes: std::collections::HashSet<String> = (0..1000).map(|_| generate()).collect();
        assert_eq!(codes.len(), 1000);
        for code in &codes {
            assert_eq!(code.len(), 19);
            assert!(is_acceptable(code));
            assert!(!code.contains(['I', 'L', 'O', 'U']));
        }
    }

    #[test]
    fn a_code_of_an_admins_own_is_long_enough_and_plain() {
        assert!(is_acceptable("SPRING-2026"));
        for wrong in ["", "ABC", "-----------", "has space 1", "ünïcodé-code"] {
            assert!(!is_acceptable(wrong), "{wrong}");
        }
    }
}
