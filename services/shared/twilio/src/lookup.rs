//! Lookup v2 with line types. Twilio bills every answer.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use domain::{LineType, PhoneLookup, PhoneNumber};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::IgnoredAny};
use url::Url;

use crate::client::get;
use crate::{RequestError, SetupError};

/// Short, because a user waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No further attempt starts after this time.
const PATIENCE: Duration = Duration::from_secs(4);
const RETRIES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Twilio's test number.
const OWN_TEST_NUMBER: &str = "+15005550006";
const NO_SUCH_RESOURCE: u32 = 20404;

/// Whether and how numbers are looked up, and each account's limit.
// No argument group of its own: clap names groups after the type, and every client calls it `Settings`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct LookupSettings {
    /// The account, `AC` and 32 hex digits.
    #[arg(
        id = "TWILIO_ACCOUNT_SID",
        long = "twilio-account-sid",
        env = "TWILIO_ACCOUNT_SID"
    )]
    pub account_sid: Option<String>,

    /// The account's auth token: the password of every request and the key of every callback's signature.
    #[arg(
        id = "TWILIO_AUTH_TOKEN",
        long = "twilio-auth-token",
        env = "TWILIO_AUTH_TOKEN",
        hide_env_values = true
    )]
    pub auth_token: Option<SecretString>,

    /// An API key, `SK` and 32 hex digits, for lookups instead of the auth token.
    #[arg(
        id = "TWILIO_API_KEY",
        long = "twilio-api-key",
        env = "TWILIO_API_KEY",
        requires = "TWILIO_API_SECRET"
    )]
    pub api_key: Option<String>,

    /// That key's secret.
    #[arg(
        id = "TWILIO_API_SECRET",
        long = "twilio-api-secret",
        env = "TWILIO_API_SECRET",
        hide_env_values = true,
        requires = "TWILIO_API_KEY"
    )]
    pub api_secret: Option<SecretString>,

    /// Origin of Twilio's Lookup API.
    #[arg(
        id = "TWILIO_LOOKUP_URL",
        long = "twilio-lookup-url",
        env = "TWILIO_LOOKUP_URL",
        default_value = "https://lookups.twilio.com"
    )]
    pub lookup_url: Url,

    /// Numbers that one account may have looked up in a day (UTC); 0 switches lookups off.
    #[arg(
        id = "PHONE_LOOKUP_DAILY_LIMIT",
        long = "phone-lookup-daily-limit",
        env = "PHONE_LOOKUP_DAILY_LIMIT",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX))
    )]
    pub daily_limit: u32,

    /// Days for which a result is cached before the number is looked up again.
    #[arg(
        id = "PHONE_LOOKUP_MAX_AGE_DAYS",
        long = "phone-lookup-max-age-days",
        env = "PHONE_LOOKUP_MAX_AGE_DAYS",
        default_value_t = 90,
        value_parser = clap::value_parser!(u32).range(..=36_500)
    )]
    pub max_age_days: u32,
}

impl LookupSettings {
    /// User and password of every request: the API key if set.
    fn credentials(&self) -> Option<(&str, &SecretString)> {
        let key = self.api_key.as_deref().zip(self.api_secret.as_ref());
        let account = self.account_sid.as_deref().zip(self.auth_token.as_ref());
        key.or(account)
    }
}

/// A client for Lookup v2, and the operator's limits. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Lookups {
    http: reqwest::Client,
    origin: Url,
    headers: HeaderMap,
    /// Numbers that one account may have looked up in a day (UTC).
    pub daily_limit: u32,
    /// How long a result is cached.
    pub max_age: Duration,
}

#[derive(Deserialize)]
struct Answer {
    valid: bool,
    #[serde(default)]
    validation_errors: Option<Vec<String>>,
    #[serde(default)]
    country_code: Option<String>,
    #[serde(default)]
    line_type_intelligence: Option<LineTypeIntelligence>,
}

#[derive(Deserialize)]
struct LineTypeIntelligence {
    #[serde(default, rename = "type")]
    line_type: Option<LineType>,
}

impl From<Answer> for PhoneLookup {
    fn from(answer: Answer) -> Self {
        Self {
            valid: answer.valid,
            line_type: answer
                .line_type_intelligence
                .and_then(|intelligence| intelligence.line_type),
            country_code: answer
                .country_code
                .filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())),
            validation_errors: answer.validation_errors.unwrap_or_default(),
        }
    }
}

impl Lookups {
    /// Builds a client; `None` if lookups are not set up (no credentials, or a limit of 0).
    ///
    /// # Errors
    /// [`SetupError`] if the settings are invalid.
    pub fn new(settings: &LookupSettings) -> Result<Option<Self>, SetupError> {
        let Some((user, password)) = settings.credentials() else {
            return Ok(None);
        };
        if settings.daily_limit == 0 {
            return Ok(None);
        }
        let credentials = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        let mut authorization = HeaderValue::try_from(format!("Basic {credentials}"))?;
        authorization.set_sensitive(true);
        Ok(Some(Self {
            http: reqwest::Client::builder()
                .connect_timeout(Duration::from_secs(2))
                .timeout(TIMEOUT)
                .pool_idle_timeout(Duration::from_secs(30))
                // Another origin must not get the credentials.
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            origin: settings.lookup_url.clone(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, authorization)]),
            daily_limit: settings.daily_limit,
            max_age: Duration::from_hours(24 * u64::from(settings.max_age_days)),
        }))
    }

    /// Whether Lookup takes the credentials. Without line types Twilio bills nothing.
    ///
    /// # Errors
    /// [`RequestError::Refused`] if it doesn't.
    pub async fn check(&self) -> Result<(), RequestError> {
        let url = self.address_of(OWN_TEST_NUMBER);
        get::<IgnoredAny>("lookup", &self.http, &self.headers, url)
            .await
            .map(drop)
    }

    fn address_of(&self, number: &str) -> Url {
        let mut url = self.origin.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v2", "PhoneNumbers", number]);
        }
        url
    }

    /// Looks up a number. Retries throttled or failed requests for a few seconds; a request
    /// without an answer may have been billed and is not retried.
    ///
    /// # Errors
    /// [`RequestError`] if Twilio gave no answer.
    pub async fn look_up(&self, phone: &PhoneNumber) -> Result<PhoneLookup, RequestError> {
        let mut url = self.address_of(phone.as_str());
        url.query_pairs_mut()
            .append_pair("Fields", "line_type_intelligence");

        let began = Instant::now();
        let pauses = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(RETRIES)
            .with_jitter();
        let answer = (|| get::<Answer>("lookup", &self.http, &self.headers, url.clone()))
            .retry(pauses)
            .when(|error| error.is_worth_repeating() && began.elapsed() < PATIENCE)
            .adjust(as_twilio_asks)
            .await;
        match answer {
            Ok(answer) => Ok(answer.into()),
            // Twilio's answer for an invalid number. Proxies in between may also answer 404.
            Err(RequestError::Refused {
                http_status: 404,
                code: Some(NO_SUCH_RESOURCE),
                ..
            }) => Ok(PhoneLookup {
                valid: false,
                line_type: None,
                country_code: None,
                validation_errors: vec!["NOT_A_NUMBER".to_owned()],
            }),
            Err(error) => Err(error),
        }
    }
}

/// The pause before a retry, at least what Twilio asks for; `None` if that is too long for a user.
fn as_twilio_asks(error: &RequestError, pause: Option<Duration>) -> Option<Duration> {
    let pause = pause?;
    match error {
        RequestError::Throttled {
            retry_after: Some(asked),
        } if *asked > LONGEST_PAUSE => None,
        RequestError::Throttled {
            retry_after: Some(asked),
        } => Some(pause.max(*asked)),
        _ => Some(pause),
    }
}

#[cfg(test)]
mod tests;
