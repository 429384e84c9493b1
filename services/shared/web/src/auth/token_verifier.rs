use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use domain::{AuthUserId, Caller, SessionId};
use jwt::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::signing_keys::{KeysUnavailable, Policy, SigningKey, SigningKeys};
use crate::{ApiError, request_scope::request_id};

/// Clocks of different machines differ by this much.
const LEEWAY_S: u64 = 5;
/// No Supabase token comes near this; longer ones are not looked at.
const LONGEST_TOKEN: usize = 16_384;

/// Whose tokens are believed.
#[derive(Debug, Clone, clap::Args)]
pub struct AuthSettings {
    /// The project's address, such as `https://abcdefgh.supabase.co`.
    #[arg(long, env = "SUPABASE_URL")]
    pub supabase_url: Url,

    /// The project's JWT secret, where it still signs with one (HS256).
    #[arg(long, env = "SUPABASE_JWT_SECRET", hide_env_values = true)]
    pub supabase_jwt_secret: Option<SecretString>,
}

/// The verifier cannot work with these settings.
#[derive(Debug, thiserror::Error)]
pub enum AuthSetupError {
    /// The address cannot be extended by a path.
    #[error("SUPABASE_URL is not an http(s) address")]
    Url,
    /// No HTTP client could be built.
    #[error("no HTTP client")]
    Client(#[from] reqwest::Error),
}

/// Why a token is not believed, or could not be checked. `code` is stable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// No `Authorization: Bearer` header.
    #[error("no access token")]
    Missing,
    /// Not a JWT.
    #[error("the access token is no JWT")]
    Malformed,
    /// Past its `exp`.
    #[error("the access token has expired")]
    Expired,
    /// Signature, key, algorithm, issuer or audience are not what they must be.
    #[error("the access token is not valid")]
    Invalid,
    /// Valid, but not a signed-in person's: `anon` or `service_role`.
    #[error("the access token is no signed-in person's")]
    NotAPerson,
    /// Auth does not answer, and the key is not known from before.
    #[error(transparent)]
    Unavailable(#[from] KeysUnavailable),
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let (code, detail) = match error {
            TokenError::Missing => ("token_missing", "Sign in first: no access token was sent."),
            TokenError::Malformed => ("token_malformed", "The access token cannot be read."),
            TokenError::Expired => ("token_expired", "The access token has expired: refresh it."),
            TokenError::Invalid => ("token_invalid", "The access token is not valid here."),
            TokenError::NotAPerson => (
                "token_role_invalid",
                "The access token is no signed-in person's.",
            ),
            TokenError::Unavailable(error) => {
                return ApiError::unavailable("auth_unavailable", error);
            }
        };
        ApiError::new(StatusCode::UNAUTHORIZED, code, detail)
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: AuthUserId,
    role: String,
    email: Option<String>,
    session_id: Option<SessionId>,
    aal: Option<String>,
}

/// Verifies Supabase access tokens: ES256 and RS256 by the project's JWKS, HS256 where a secret is
/// configured. Clones share their keys.
#[derive(Clone)]
pub struct TokenVerifier(Arc<Inner>);

struct Inner {
    keys: Arc<SigningKeys>,
    secret: Option<SigningKey>,
    es256: Validation,
    rs256: Validation,
    hs256: Validation,
}

impl TokenVerifier {
    /// A verifier for the project at `settings.supabase_url`. Keys are fetched with the first token.
    ///
    /// # Errors
    /// [`AuthSetupError`] for an address that is none.
    pub fn new(settings: &AuthSettings) -> Result<Self, AuthSetupError> {
        Self::with_policy(settings, Policy::default())
    }

    pub(super) fn with_policy(
        settings: &AuthSettings,
        policy: Policy,
    ) -> Result<Self, AuthSetupError> {
        if !matches!(settings.supabase_url.scheme(), "http" | "https") {
            return Err(AuthSetupError::Url);
        }
        let issuer = format!(
            "{}/auth/v1",
            settings.supabase_url.as_str().trim_end_matches('/')
        );
        let jwks = Url::parse(&format!("{issuer}/.well-known/jwks.json"))
            .map_err(|_| AuthSetupError::Url)?;
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(5))
            .build()?;
        let validation = |algorithm| {
            let mut validation = Validation::new(algorithm);
            validation.set_issuer(&[&issuer]);
            validation.set_audience(&["authenticated"]);
            validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
            validation.validate_nbf = true;
            validation.leeway = LEEWAY_S;
            validation
        };
        let secret = settings
            .supabase_jwt_secret
            .as_ref()
            .filter(|secret| !secret.expose_secret().is_empty())
            .map(|secret| SigningKey {
                algorithm: Algorithm::HS256,
                key: DecodingKey::from_secret(secret.expose_secret().as_bytes()),
            });
        Ok(Self(Arc::new(Inner {
            keys: Arc::new(SigningKeys::new(jwks, client, policy)),
            secret,
            es256: validation(Algorithm::ES256),
            rs256: validation(Algorithm::RS256),
            hs256: validation(Algorithm::HS256),
        })))
    }

    /// The person whose token this is.
    ///
    /// # Errors
    /// [`TokenError`] says what is wrong with the token, or that it could not be checked.
    pub async fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let inner = &*self.0;
        let claims = match (header.alg, &inner.secret) {
            (Algorithm::HS256, Some(secret)) => claims_of(token, secret, &inner.hs256)?,
            (Algorithm::ES256 | Algorithm::RS256, _) => {
                let kid = header.kid.as_deref().ok_or(TokenError::Invalid)?;
                let key = inner.keys.find(kid).await?.ok_or(TokenError::Invalid)?;
                let validation = if key.algorithm == Algorithm::ES256 {
                    &inner.es256
                } else {
                    &inner.rs256
                };
                claims_of(token, &key, validation)?
            }
            _ => return Err(TokenError::Invalid),
        };
        if claims.role != "authenticated" {
            return Err(TokenError::NotAPerson);
        }
        Ok(Caller {
            user_id: claims.sub,
            email: claims.email.filter(|email| !email.is_empty()),
            session_id: claims.session_id,
            assurance: claims.aal,
            access_token: token.into(),
            request_id: request_id(),
        })
    }

    /// Whether tokens can be verified just now, for a readiness check.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] while Auth gives no keys and there are none from before.
    pub async fn check(&self) -> Result<(), TokenError> {
        Ok(self.0.keys.available().await?)
    }
}

/// `validation` knows one algorithm, that of `key`'s type: a token that names another is refused.
fn claims_of(token: &str, key: &SigningKey, validation: &Validation) -> Result<Claims, TokenError> {
    decode(token, &key.key, validation).map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => TokenError::Expired,
        _ => TokenError::Invalid,
    })
}
