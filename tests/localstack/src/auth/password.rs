//! Passwords: strength, hashing and checking, off the threads that serve requests.

use super::error::AuthError;

/// bcrypt ignores the rest.
const LONGEST_IN_BYTES: usize = 72;

/// The hashing settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passwords {
    cost: u32,
    shortest: usize,
}

impl Passwords {
    pub(crate) fn new(cost: u32, shortest: usize) -> Self {
        Self { cost, shortest }
    }

    /// Whether a password is strong enough.
    pub(crate) fn check_strength(&self, password: &str) -> Result<(), AuthError> {
        if password.len() > LONGEST_IN_BYTES {
            return Err(AuthError::invalid(format!(
                "Password cannot be longer than {LONGEST_IN_BYTES} characters"
            )));
        }
        if password.len() < self.shortest {
            return Err(AuthError::weak_password(
                format!("Password should be at least {} characters.", self.shortest),
                vec!["length"],
            ));
        }
        Ok(())
    }

    /// The bcrypt hash of `password`.
    pub(crate) async fn hash(&self, password: String) -> Result<String, AuthError> {
        let cost = self.cost;
        tokio::task::spawn_blocking(move || bcrypt::hash(password, cost))
            .await
            .map_err(|_| AuthError::internal("Error generating password"))?
            .map_err(|_| AuthError::internal("Error generating password"))
    }

    /// Whether `password` matches `hash`.
    pub(crate) async fn is_right(&self, password: String, hash: String) -> bool {
        tokio::task::spawn_blocking(move || bcrypt::verify(password, &hash).unwrap_or(false))
            .await
            .unwrap_or(false)
    }
}

/// A password for a user who has not chosen one yet.
pub(crate) fn random_password() -> String {
    alphanumeric(64)
}

/// `length` letters and digits from the system's generator.
pub(crate) fn alphanumeric(length: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    // 32 letters, so five bits of each byte pick one without a bias.
    (0..length)
        .map(|_| char::from(LETTERS[usize::from(rand::random::<u8>() & 31)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Passwords;

    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash_only() {
        let passwords = Passwords::new(4, 6);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(
            passwords
                .is_right("correct horse".into(), hash.clone())
                .await
        );
        assert!(!passwords.is_right("battery staple".into(), hash).await);
    }

    #[test]
    fn a_short_password_is_weak() {
        let passwords = Passwords::new(4, 6);
        assert_eq!(
            passwords.check_strength("12345").unwrap_err().code(),
            "weak_password"
        );
        assert!(passwords.check_strength("123456").is_ok());
        assert_eq!(
            passwords
                .check_strength(&"x".repeat(73))
                .unwrap_err()
                .code(),
            "validation_failed"
        );
    }
}
