use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jwt::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use tokio::sync::Mutex;
use url::Url;

/// A public key and the only algorithm that it may verify: a token does not choose.
pub(super) struct SigningKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// How long fetched keys are good for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// Fetched again after this; Auth itself says 10 minutes.
    pub(super) fresh_for: Duration,
    /// Used at most this long while Auth does not answer.
    pub(super) stale_for: Duration,
    /// At least this long between two fetches, so that made-up key ids cannot hammer Auth.
    pub(super) cool_down: Duration,
    /// The same while there are no keys at all: nobody can get in, so it is tried sooner.
    pub(super) cool_down_empty: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fresh_for: Duration::from_mins(10),
            stale_for: Duration::from_hours(1),
            cool_down: Duration::from_secs(30),
            cool_down_empty: Duration::from_secs(1),
        }
    }
}

/// Auth gave no usable keys, and there are none from before.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the signing keys could not be fetched: {0}")]
pub struct KeysUnavailable(String);

struct Fetched {
    keys: HashMap<String, Arc<SigningKey>>,
    at: Instant,
}

/// The project's public signing keys, fetched when they are needed and kept for a while.
pub(super) struct SigningKeys {
    url: Url,
    client: reqwest::Client,
    policy: Policy,
    fetched: RwLock<Option<Arc<Fetched>>>,
    /// Held while fetching, so that all who wait share one request; holds when that was tried last.
    last_attempt: Mutex<Option<(Instant, Result<(), KeysUnavailable>)>>,
}

impl SigningKeys {
    pub(super) fn new(url: Url, client: reqwest::Client, policy: Policy) -> Self {
        Self {
            url,
            client,
            policy,
            fetched: RwLock::new(None),
            last_attempt: Mutex::new(None),
        }
    }

    /// The key named `kid`, or `None` where the project has no such key. One that is known is given at once, and where
    /// it is not fresh any more, all are fetched behind it: requests never wait for Auth while it is away.
    pub(super) async fn find(
        self: &Arc<Self>,
        kid: &str,
    ) -> Result<Option<Arc<SigningKey>>, KeysUnavailable> {
        if let Some(key) = self
            .usable()
            .and_then(|usable| usable.keys.get(kid).cloned())
        {
            self.refresh_behind();
            return Ok(Some(key));
        }
        self.refresh().await?;
        match self.usable() {
            Some(usable) => Ok(usable.keys.get(kid).cloned()),
            None => Err(KeysUnavailable("the last ones are too old".to_owned())),
        }
    }

    /// Whether tokens can be verified; fetches where nothing has been fetched lately.
    pub(super) async fn available(self: &Arc<Self>) -> Result<(), KeysUnavailable> {
        if self.usable().is_some() {
            self.refresh_behind();
            return Ok(());
        }
        self.refresh().await
    }

    /// Fetches without being waited for, unless the keys are fresh or somebody is fetching.
    fn refresh_behind(self: &Arc<Self>) {
        if self.younger_than(self.policy.fresh_for).is_none()
            && self.last_attempt.try_lock().is_ok()
        {
            let keys = Arc::clone(self);
            tokio::spawn(async move { keys.refresh().await });
        }
    }

    fn usable(&self) -> Option<Arc<Fetched>> {
        self.younger_than(self.policy.stale_for)
    }

    fn current(&self) -> Option<Arc<Fetched>> {
        self.fetched
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn younger_than(&self, age: Duration) -> Option<Arc<Fetched>> {
        self.current().filter(|fetched| fetched.at.elapsed() < age)
    }

    /// Fetches, unless somebody did within the cool-down: then that outcome counts.
    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        let mut last = self.last_attempt.lock().await;
        let cool_down = if self.current().is_some() {
            self.policy.cool_down
        } else {
            self.policy.cool_down_empty
        };
        if let Some((at, outcome)) = &*last
            && at.elapsed() < cool_down
        {
            return outcome.clone();
        }
        let outcome = match self.fetch().await {
            Ok(keys) => {
                let fetched = Arc::new(Fetched {
                    keys,
                    at: Instant::now(),
                });
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = Some(fetched);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = %error.without_url(), "signing keys not fetched");
                Err(KeysUnavailable("no usable answer from Auth".to_owned()))
            }
        };
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<SigningKey>>, reqwest::Error> {
        let answer = self
            .client
            .get(self.url.clone())
            .send()
            .await?
            .error_for_status()?;
        let set: JwkSet = answer.json().await?;
        Ok(set.keys.iter().filter_map(signing_key).collect())
    }
}

/// Keys of other kinds or for other uses are left out: nothing verifies with them.
fn signing_key(jwk: &Jwk) -> Option<(String, Arc<SigningKey>)> {
    let kid = jwk.common.key_id.clone()?;
    if !matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    ) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((kid, Arc::new(SigningKey { algorithm, key })))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;

    const NO_WAIT: Policy = Policy {
        fresh_for: Duration::ZERO,
        stale_for: Duration::from_mins(10),
        cool_down: Duration::ZERO,
        cool_down_empty: Duration::ZERO,
    };

    fn keys(server: &MockServer, policy: Policy) -> Arc<SigningKeys> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        Arc::new(SigningKeys::new(
            server.uri().parse().unwrap(),
            client,
            policy,
        ))
    }

    async fn offer(server: &MockServer, kid: &str, times: u64) {
        let coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let key =
            json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": coordinate, "y": coordinate });
        let other = json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" });
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": [key, other] })))
            .up_to_n_times(times)
            .mount(server)
            .await;
    }

    #[tokio::test]
    async fn a_rotated_key_is_found_by_fetching_once_more() {
        let server = MockServer::start().await;
        offer(&server, "old", 1).await;
        offer(&server, "new", 9).await;
        let policy = Policy {
            fresh_for: Duration::from_mins(10),
            ..NO_WAIT
        };
        let keys = keys(&server, policy);
        assert!(keys.find("old").await.unwrap().is_some());
        assert!(keys.find("new").await.unwrap().is_some());
        assert!(keys.find("old").await.unwrap().is_none());
        assert_eq!(server.received_requests().await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn known_keys_outlive_a_short_outage_of_auth() {
        let server = MockServer::start().await;
        offer(&server, "a", 1).await;
        let lasting = keys(&server, NO_WAIT);
        assert!(lasting.find("a").await.unwrap().is_some());
        // From here on the server knows no answer: 404.
        assert!(lasting.find("a").await.unwrap().is_some());
        lasting.available().await.unwrap();
        // It may be a key that Auth made meanwhile: nobody is signed out for it.
        assert!(lasting.find("b").await.is_err());

        offer(&server, "a", 1).await;
        let fleeting = keys(
            &server,
            Policy {
                stale_for: Duration::ZERO,
                ..NO_WAIT
            },
        );
        assert!(fleeting.find("a").await.is_err());
        assert!(fleeting.available().await.is_err());
    }

    #[tokio::test]
    async fn nobody_with_a_known_key_waits_for_auth() {
        let server = MockServer::start().await;
        offer(&server, "a", 1).await;
        let keys = keys(&server, NO_WAIT);
        assert!(keys.find("a").await.unwrap().is_some());
        let fetching = keys.last_attempt.lock().await;
        let found = keys.find("a").now_or_never();
        assert!(found.unwrap().unwrap().is_some());
        keys.available().now_or_never().unwrap().unwrap();
        drop(fetching);
    }

    #[tokio::test]
    async fn a_removed_key_is_gone_once_all_were_fetched_behind_it() {
        let server = MockServer::start().await;
        offer(&server, "old", 1).await;
        offer(&server, "new", u64::MAX).await;
        let keys = keys(&server, NO_WAIT);
        assert!(keys.find("old").await.unwrap().is_some());
        assert!(keys.find("old").await.unwrap().is_some());
        while keys.usable().unwrap().keys.contains_key("old") {
            tokio::task::yield_now().await;
        }
        assert!(keys.find("old").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn shared_secrets_in_the_key_set_verify_nothing() {
        let server = MockServer::start().await;
        offer(&server, "a", 9).await;
        assert!(
            keys(&server, NO_WAIT)
                .find("shared")
                .await
                .unwrap()
                .is_none()
        );
    }
}
