//! What a key says of itself, before anybody is asked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jwt::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{finding::Finding, settings::Settings};

pub const ANON_KEY: &str = "supabase.anon_key";
pub const SERVICE_KEY: &str = "supabase.service_role_key";
const JWT_SECRET: &str = "supabase.jwt_secret";
const WHERE: &str = "the project's settings under API keys";

/// What may be read of a key.
#[derive(Debug, PartialEq, Eq)]
enum Key {
    Publishable,
    Secret,
    Jwt(Claims),
    /// None, and why.
    None(&'static str),
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Claims {
    role: String,
    #[serde(rename = "ref")]
    project: String,
    exp: i64,
}

impl Key {
    fn read(text: &str) -> Self {
        if text.contains(char::is_whitespace) || text.contains(['"', '\'']) {
            return Self::None("it has blanks or quotation marks in it");
        }
        if text.starts_with("sb_publishable_") {
            return Self::Publishable;
        }
        if text.starts_with("sb_secret_") {
            return Self::Secret;
        }
        if text.starts_with("sbp_") {
            return Self::None("it is a personal access token of the Supabase CLI");
        }
        claims_of(text).map_or(
            Self::None("it is neither a JWT nor an `sb_…` key"),
            Self::Jwt,
        )
    }

    fn is_for_the_service(&self) -> bool {
        match self {
            Self::Secret => true,
            Self::Jwt(claims) => claims.role == "service_role",
            _ => false,
        }
    }

    fn is_for_anybody(&self) -> bool {
        match self {
            Self::Publishable => true,
            Self::Jwt(claims) => claims.role == "anon",
            _ => false,
        }
    }
}

/// Not verified: what a key pretends to be is what is wanted here.
pub fn payload_of(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn claims_of(token: &str) -> Option<Claims> {
    serde_json::from_value(payload_of(token)?).ok()
}

/// What is wrong with the keys and the address by themselves.
pub fn judge(settings: &Settings, now: DateTime<Utc>) -> Vec<Finding> {
    let url = settings
        .get("SUPABASE_URL")
        .and_then(|url| Url::parse(url).ok());
    let project = url.as_ref().and_then(project_of);
    let mut found = Vec::new();
    found.extend(url.as_ref().and_then(address));
    let anon = settings.get("SUPABASE_ANON_KEY").map(Key::read);
    let service = settings.get("SUPABASE_SERVICE_ROLE_KEY").map(Key::read);
    let are_swapped = anon.as_ref().is_some_and(Key::is_for_the_service)
        && service.as_ref().is_some_and(Key::is_for_anybody);
    if are_swapped {
        found.push(Finding::problem(
            ANON_KEY,
            "SUPABASE_ANON_KEY and SUPABASE_SERVICE_ROLE_KEY are swapped.",
            "Swap them, and make new keys if the service key has been in a browser.",
        ));
    } else {
        for (key, name, is_right, variable, wanted) in [
            (
                &anon,
                ANON_KEY,
                Key::is_for_anybody as fn(&Key) -> bool,
                "SUPABASE_ANON_KEY",
                "the anon or publishable key",
            ),
            (
                &service,
                SERVICE_KEY,
                Key::is_for_the_service,
                "SUPABASE_SERVICE_ROLE_KEY",
                "the service_role or secret key",
            ),
        ] {
            let Some(key) = key else { continue };
            if let Some(fault) = fault_of(key, is_right, project, now) {
                found.push(Finding::problem(
                    name,
                    format!("{variable} is not {wanted} of this project: {fault}."),
                    format!("Copy {wanted} from {WHERE}."),
                ));
            }
        }
    }
    found.extend(database_of_another_project(settings, project));
    found.extend(wrong_secret(settings));
    found
}

fn fault_of(
    key: &Key,
    is_right: fn(&Key) -> bool,
    project: Option<&str>,
    now: DateTime<Utc>,
) -> Option<String> {
    if let Key::None(why) = key {
        return Some((*why).to_owned());
    }
    if !is_right(key) {
        return Some(match key {
            Key::Publishable => "it is the publishable key".to_owned(),
            Key::Secret => "it is the secret key, which may do everything".to_owned(),
            Key::Jwt(claims) if claims.role.is_empty() => "it names no role".to_owned(),
            Key::Jwt(claims) => format!("it is for the role {}", claims.role),
            Key::None(why) => (*why).to_owned(),
        });
    }
    let Key::Jwt(claims) = key else { return None };
    if claims.exp != 0 && claims.exp <= now.timestamp() {
        let ended = DateTime::from_timestamp(claims.exp, 0).unwrap_or_default();
        return Some(format!("it has expired on {}", ended.format("%F")));
    }
    let of_another =
        project.is_some_and(|project| !claims.project.is_empty() && claims.project != project);
    of_another.then(|| format!("it is of the project {}", claims.project))
}

/// The project's name in a hosted address.
fn project_of(url: &Url) -> Option<&str> {
    url.host_str()?
        .strip_suffix(".supabase.co")
        .filter(|name| !name.contains('.'))
}

fn address(url: &Url) -> Option<Finding> {
    let remedy = "Use the project's URL as it stands in its settings under Data API: https://YOUR-PROJECT.supabase.co.";
    let detail = if url.host_str() == Some("supabase.com") {
        "SUPABASE_URL is the address of Supabase's dashboard."
    } else if url.path() != "/" {
        "SUPABASE_URL has a path, but each service adds its own."
    } else {
        return None;
    };
    Some(Finding::problem("supabase.url", detail, remedy))
}

/// Both addresses name the project, on hosted ones.
fn database_of_another_project(settings: &Settings, project: Option<&str>) -> Option<Finding> {
    let project = project?;
    let database = Url::parse(settings.get("SUPABASE_DB_URL")?).ok()?;
    let host = database.host_str()?;
    let name = match host
        .strip_prefix("db.")
        .and_then(|rest| rest.strip_suffix(".supabase.co"))
    {
        Some(name) => name,
        // On a pooler the role is `postgres.<project>`.
        None if host.ends_with(".pooler.supabase.com") => database.username().split_once('.')?.1,
        None => return None,
    };
    (name != project).then(|| {
        Finding::problem(
            "database.project",
            format!("SUPABASE_DB_URL leads to the project {name}, SUPABASE_URL to {project}."),
            "Copy both from the same project.",
        )
    })
}

/// A key that is a JWT was signed with the secret.
fn wrong_secret(settings: &Settings) -> Option<Finding> {
    let secret = settings.get("SUPABASE_JWT_SECRET")?;
    let key = DecodingKey::from_secret(secret.as_bytes());
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let token = ["SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"]
        .into_iter()
        .filter_map(|name| settings.get(name))
        .find(|token| {
            jwt::decode_header(token).is_ok_and(|header| header.alg == Algorithm::HS256)
        })?;
    match jwt::decode::<Value>(token, &key, &validation) {
        Ok(_) => Some(Finding::ok(
            JWT_SECRET,
            "SUPABASE_JWT_SECRET is what the project's keys were signed with.",
        )),
        Err(_) => Some(Finding::problem(
            JWT_SECRET,
            "SUPABASE_JWT_SECRET is not what the project's keys were signed with.",
            "Copy the legacy JWT secret from the project's settings under JWT keys, or leave it out where the project signs with keys of its own.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();

    fn token(claims: &str) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    fn fault(key: &str, is_right: fn(&Key) -> bool) -> Option<String> {
        fault_of(&Key::read(key), is_right, Some("abc"), NOW)
    }

    #[test]
    fn an_address_that_is_not_the_projects_own_is_told() {
        let fault = |url: &str| address(&url.parse().unwrap()).map(|finding| finding.detail);
        assert_eq!(fault("https://abc.supabase.co/"), None);
        let dashboard = fault("https://supabase.com/dashboard/project/abc").unwrap();
        assert!(dashboard.contains("dashboard"), "{dashboard}");
        let path = fault("https://abc.supabase.co/rest/v1").unwrap();
        assert!(path.contains("has a path"), "{path}");
    }

    #[test]
    fn each_kind_of_key_says_what_it_is() {
        let good = token(r#"{"role":"anon","ref":"abc","exp":1900000000}"#);
        assert_eq!(fault(&good, Key::is_for_anybody), None);
        assert_eq!(fault("sb_publishable_x", Key::is_for_anybody), None);
        assert_eq!(fault("sb_secret_x", Key::is_for_the_service), None);
        for (key, wanted) in [
            (token(r#"{"role":"anon","ref":"xyz"}"#), "project xyz"),
            (token(r#"{"role":"anon","exp":1}"#), "expired on 1970-01-01"),
            (token(r#"{"role":"service_role"}"#), "role service_role"),
            ("sb_secret_x".to_owned(), "secret key"),
            ("sbp_x".to_owned(), "personal access token"),
            ("\"sb_publishable_x\"".to_owned(), "quotation marks"),
            ("hello".to_owned(), "neither a JWT"),
        ] {
            let found = fault(&key, Key::is_for_anybody).unwrap();
            assert!(found.contains(wanted), "{key}: {found}");
        }
    }
}
