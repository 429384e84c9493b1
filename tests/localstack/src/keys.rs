//! The project's keys: signing keys and API keys.

use std::{io, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jwt::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use p256::{SecretKey, pkcs8::EncodePrivateKey};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// When the anon and service keys are issued and expire, in seconds since 1970: fixed, so
/// that one data folder always has the same keys. 2026-01-01 and ten years later.
const ISSUED: i64 = 1_767_225_600;
const ENDS: i64 = 2_082_758_400;

/// How new access tokens are signed. Both are always accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SigningAlgorithm {
    /// With the project's key on the curve P-256, as new projects do.
    #[default]
    Es256,
    /// With the shared secret, as older projects do.
    Hs256,
}

/// Why keys can't be created, read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file can't be read or written.
    #[error("the keys in {path}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is malformed.
    #[error("the keys in {path} are not readable; remove the file to get new ones")]
    Format {
        /// The file.
        path: String,
        /// The parse error.
        source: serde_json::Error,
    },
    /// The stored signing key is not a P-256 key.
    #[error("the signing key is not a P-256 key")]
    SigningKey,
    /// A key does not sign.
    #[error("signing")]
    Sign(#[from] jwt::errors::Error),
}

/// A signing key as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    /// The private scalar, base64url.
    signing_key: String,
}

impl StoredKey {
    fn generate() -> Self {
        let mut scalar = [0_u8; 32];
        // A number above the curve's order is not a key; that happens once in 2^32.
        while SecretKey::from_slice(&scalar).is_err() {
            rand::rng().fill(&mut scalar);
        }
        Self {
            kid: Uuid::new_v4().to_string(),
            signing_key: URL_SAFE_NO_PAD.encode(scalar),
        }
    }
}

/// The stored part of the keys.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    current: StoredKey,
    #[serde(default = "StoredKey::generate")]
    standby: StoredKey,
    jwt_secret: String,
    publishable: String,
    secret: String,
}

impl Stored {
    fn generate(jwt_secret: Option<String>) -> Self {
        let random = |bytes: &mut [u8]| rand::rng().fill(bytes);
        let text = |length: usize| {
            let mut bytes = vec![0_u8; length];
            random(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        Self {
            current: StoredKey::generate(),
            standby: StoredKey::generate(),
            jwt_secret: jwt_secret.unwrap_or_else(|| text(48)),
            publishable: format!("sb_publishable_{}", text(24)),
            secret: format!("sb_secret_{}", text(24)),
        }
    }
}

/// One key on the curve P-256.
struct SigningKey {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public_jwk: Value,
}

impl SigningKey {
    fn read(stored: StoredKey) -> Result<Self, KeysError> {
        let scalar = URL_SAFE_NO_PAD
            .decode(&stored.signing_key)
            .map_err(|_| KeysError::SigningKey)?;
        let private = SecretKey::from_slice(&scalar).map_err(|_| KeysError::SigningKey)?;
        let private_der = private.to_pkcs8_der().map_err(|_| KeysError::SigningKey)?;
        let mut public_jwk: Value = serde_json::from_str(&private.public_key().to_jwk_string())
            .map_err(|_| KeysError::SigningKey)?;
        for (name, value) in [
            ("kid", stored.kid.as_str()),
            ("alg", "ES256"),
            ("use", "sig"),
        ] {
            public_jwk[name] = json!(value);
        }
        public_jwk["key_ops"] = json!(["verify"]);
        let verifying =
            serde_json::from_value(public_jwk.clone()).map_err(|_| KeysError::SigningKey)?;
        Ok(Self {
            kid: stored.kid,
            signing: EncodingKey::from_ec_der(private_der.as_bytes()),
            verifying: DecodingKey::from_jwk(&verifying)?,
            public_jwk,
        })
    }
}

/// The keys of one project. Their `Debug` shows none of them.
pub struct Keys {
    algorithm: SigningAlgorithm,
    current: SigningKey,
    /// Signs after the next rotation, and is published before: as hosted projects do it.
    standby: SigningKey,
    shared_signing: EncodingKey,
    shared_verifying: DecodingKey,
    jwt_secret: String,
    anon: String,
    service_role: String,
    publishable: String,
    secret: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("kid", &self.current.kid)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// New keys for this process only.
    ///
    /// # Errors
    /// [`KeysError::Sign`] when the cryptographic library refuses them.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Self, KeysError> {
        Self::from_stored(Stored::generate(None), algorithm)
    }

    /// The keys in `path`, created if the file does not exist, so that sessions
    /// survive a restart. `jwt_secret` replaces the shared secret, for an external Auth or
    /// PostgREST that has its own.
    ///
    /// # Errors
    /// [`KeysError`] if the file can't be read, written or parsed.
    pub fn load_or_create(
        path: &Path,
        algorithm: SigningAlgorithm,
        jwt_secret: Option<String>,
    ) -> Result<Self, KeysError> {
        let named = || path.display().to_string();
        let stored = match std::fs::read(path) {
            Ok(bytes) => {
                let mut stored: Stored =
                    serde_json::from_slice(&bytes).map_err(|source| KeysError::Format {
                        path: named(),
                        source,
                    })?;
                if let Some(secret) = jwt_secret {
                    stored.jwt_secret = secret;
                }
                stored
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let stored = Stored::generate(jwt_secret);
                write_private(path, &json!(stored).to_string()).map_err(|source| {
                    KeysError::File {
                        path: named(),
                        source,
                    }
                })?;
                stored
            }
            Err(source) => {
                return Err(KeysError::File {
                    path: named(),
                    source,
                });
            }
        };
        Self::from_stored(stored, algorithm)
    }

    fn from_stored(stored: Stored, algorithm: SigningAlgorithm) -> Result<Self, KeysError> {
        let shared_signing = EncodingKey::from_secret(stored.jwt_secret.as_bytes());
        let role_key = |role: &str| {
            jwt::encode(
                &Header::new(Algorithm::HS256),
                &json!({ "iss": "supabase", "ref": "localstack", "role": role, "iat": ISSUED, "exp": ENDS }),
                &shared_signing,
            )
        };
        Ok(Self {
            anon: role_key("anon")?,
            service_role: role_key("service_role")?,
            current: SigningKey::read(stored.current)?,
            standby: SigningKey::read(stored.standby)?,
            shared_verifying: DecodingKey::from_secret(stored.jwt_secret.as_bytes()),
            shared_signing,
            algorithm,
            jwt_secret: stored.jwt_secret,
            publishable: stored.publishable,
            secret: stored.secret,
        })
    }

    /// From now on the standby key signs; what the other one signed stays good.
    #[must_use]
    pub fn rotated(mut self) -> Self {
        std::mem::swap(&mut self.current, &mut self.standby);
        self
    }

    /// Signs claims as an access token.
    ///
    /// # Errors
    /// If the claims are not a JSON object.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, jwt::errors::Error> {
        match self.algorithm {
            SigningAlgorithm::Es256 => {
                let mut header = Header::new(Algorithm::ES256);
                header.kid = Some(self.current.kid.clone());
                jwt::encode(&header, claims, &self.current.signing)
            }
            SigningAlgorithm::Hs256 => {
                jwt::encode(&Header::new(Algorithm::HS256), claims, &self.shared_signing)
            }
        }
    }

    /// The claims of a token of this project that has not expired: an access token, or the anon or
    /// service key.
    ///
    /// # Errors
    /// When it is malformed, expired or signed with another key.
    pub fn verify(&self, token: &str) -> Result<Value, jwt::errors::Error> {
        self.verify_with_leeway(token, 0)
    }

    /// The same for a token that expired less than `seconds` ago.
    pub(crate) fn verify_with_leeway(
        &self,
        token: &str,
        seconds: u32,
    ) -> Result<Value, jwt::errors::Error> {
        // The header only chooses between keys, each of which allows one algorithm.
        let header = jwt::decode_header(token)?;
        let (key, algorithm) = match header.alg {
            Algorithm::ES256 if header.kid.as_ref() == Some(&self.standby.kid) => {
                (&self.standby.verifying, Algorithm::ES256)
            }
            Algorithm::ES256 => (&self.current.verifying, Algorithm::ES256),
            _ => (&self.shared_verifying, Algorithm::HS256),
        };
        let mut validation = Validation::new(algorithm);
        validation.validate_aud = false;
        validation.leeway = seconds.into();
        jwt::decode(token, key, &validation)
    }

    /// The public keys, as `/.well-known/jwks.json` answers.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.current.public_jwk, self.standby.public_jwk] })
    }

    /// All verification keys, including the shared secret, for a PostgREST.
    #[must_use]
    pub fn jwks_with_secret(&self) -> Value {
        let secret = URL_SAFE_NO_PAD.encode(self.jwt_secret.as_bytes());
        json!({ "keys": [self.current.public_jwk, self.standby.public_jwk, { "kty": "oct", "k": secret, "alg": "HS256" }] })
    }

    /// The shared secret.
    #[must_use]
    pub fn jwt_secret(&self) -> &str {
        &self.jwt_secret
    }

    /// The anon key, a JWT.
    #[must_use]
    pub fn anon(&self) -> &str {
        &self.anon
    }

    /// The service role's key, a JWT.
    #[must_use]
    pub fn service_role(&self) -> &str {
        &self.service_role
    }

    /// The publishable key, which stands for the anon key.
    #[must_use]
    pub fn publishable(&self) -> &str {
        &self.publishable
    }

    /// The secret key, which stands for the service role's.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The role's JWT that an API key stands for, if it is one of this project's four keys.
    #[must_use]
    pub fn role_token(&self, api_key: &str) -> Option<&str> {
        [
            (&self.anon, &self.anon),
            (&self.publishable, &self.anon),
            (&self.service_role, &self.service_role),
            (&self.secret, &self.service_role),
        ]
        .into_iter()
        .find(|(known, _)| bool::from(known.as_bytes().ct_eq(api_key.as_bytes())))
        .map(|(_, token)| token.as_str())
    }
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Keys, SigningAlgorithm};

    #[test]
    fn a_token_of_either_algorithm_is_verified_and_another_project_s_is_not() {
        let claims = json!({ "sub": "a", "role": "authenticated", "exp": super::ENDS });
        for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Hs256] {
            let keys = Keys::generate(algorithm).unwrap();
            let token = keys.sign(&claims).unwrap();
            assert_eq!(keys.verify(&token).unwrap(), claims);
            assert!(Keys::generate(algorithm).unwrap().verify(&token).is_err());
        }
    }

    #[test]
    fn after_a_rotation_old_and_new_tokens_are_good_and_both_keys_public() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let load = || Keys::load_or_create(&path, SigningAlgorithm::Es256, None).unwrap();
        let (before, after) = (load(), load().rotated());
        let claims = json!({ "sub": "a", "exp": super::ENDS });
        for (signer, verifier) in [(&before, &after), (&after, &before), (&after, &after)] {
            let token = signer.sign(&claims).unwrap();
            assert_eq!(verifier.verify(&token).unwrap(), claims);
        }
        let kid = |keys: &Keys, at: usize| keys.jwks()["keys"][at]["kid"].clone();
        assert_eq!(
            (kid(&before, 0), kid(&before, 1)),
            (kid(&after, 1), kid(&after, 0))
        );
    }

    #[test]
    fn an_expired_token_is_refused() {
        let keys = Keys::generate(SigningAlgorithm::Es256).unwrap();
        let token = keys.sign(&json!({ "exp": 1 })).unwrap();
        assert!(keys.verify(&token).is_err());
    }

    #[test]
    fn api_keys_stand_for_a_role_and_unknown_ones_for_none() {
        let keys = Keys::generate(SigningAlgorithm::Es256).unwrap();
        assert_eq!(keys.role_token(keys.publishable()), Some(keys.anon()));
        assert_eq!(keys.role_token(keys.secret()), Some(keys.service_role()));
        assert_eq!(keys.role_token("sb_secret_x"), None);
        assert_eq!(
            keys.verify(keys.service_role()).unwrap()["role"],
            "service_role"
        );
    }

    #[test]
    fn keys_in_a_folder_stay_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let first = Keys::load_or_create(&path, SigningAlgorithm::Es256, None).unwrap();
        let second = Keys::load_or_create(&path, SigningAlgorithm::Es256, None).unwrap();
        assert_eq!(first.anon(), second.anon());
        assert_eq!(first.jwks(), second.jwks());
    }
}
