//! The settings in `supabase/config.toml` that we use.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// `config.toml` can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectSettingsError {
    /// The file can't be read.
    #[error("reading {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is malformed.
    #[error("{}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
}

/// The parts of `config.toml` that we use; the CLI's defaults where it sets nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProjectSettings {
    /// `[api]`
    pub api: Api,
    /// `[auth]`
    pub auth: Auth,
}

/// `[api]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Api {
    /// Exposed schemas.
    pub schemas: Vec<String>,
    /// Extra schemas in the search path.
    pub extra_search_path: Vec<String>,
    /// Maximum rows per response.
    pub max_rows: i64,
}

impl Default for Api {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            schemas: names(&["public", "graphql_public"]),
            extra_search_path: names(&["public", "extensions"]),
            max_rows: 1000,
        }
    }
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Auth {
    /// The frontend's address.
    pub site_url: String,
    /// Additional addresses that links may lead to.
    pub additional_redirect_urls: Vec<String>,
    /// The lifetime of an access token, in seconds.
    pub jwt_expiry: i64,
    /// How long a used refresh token still works, in seconds.
    pub refresh_token_reuse_interval: i64,
    /// Whether anybody may sign up.
    pub enable_signup: bool,
    /// The minimum length of a password.
    pub minimum_password_length: usize,
    /// `[auth.email]`
    pub email: Email,
    /// `[auth.hook.*]`
    pub hook: Hooks,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            site_url: "http://127.0.0.1:3000".to_owned(),
            additional_redirect_urls: Vec::new(),
            jwt_expiry: 3600,
            refresh_token_reuse_interval: 10,
            enable_signup: true,
            minimum_password_length: 6,
            email: Email::default(),
            hook: Hooks::default(),
        }
    }
}

/// `[auth.email]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Email {
    /// Whether a sign-up has to confirm its address.
    pub enable_confirmations: bool,
    /// Whether a change of address asks both.
    pub double_confirm_changes: bool,
    /// Whether a new password needs a code again where the session is older than a day.
    pub secure_password_change: bool,
}

impl Default for Email {
    fn default() -> Self {
        Self {
            enable_confirmations: false,
            double_confirm_changes: true,
            secure_password_change: false,
        }
    }
}

/// `[auth.hook.*]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Hooks {
    /// Asked before a user is created.
    pub before_user_created: Hook,
    /// Writes the claims of access tokens.
    pub custom_access_token: Hook,
}

/// One hook.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// Whether it is called.
    pub enabled: bool,
    /// `pg-functions://postgres/<schema>/<function>`
    pub uri: String,
}

impl Hook {
    /// The function as `schema.function`, when the hook is enabled and names one.
    #[must_use]
    pub fn function(&self) -> Option<String> {
        let path = self.uri.strip_prefix("pg-functions://")?;
        let (_database, function) = path.split_once('/')?;
        self.enabled.then(|| function.replace('/', "."))
    }
}

impl ProjectSettings {
    /// The settings in a folder `supabase`; the defaults where it has no `config.toml`.
    ///
    /// # Errors
    /// [`ProjectSettingsError`] if the file can't be read or parsed.
    pub fn read(folder: &Path) -> Result<Self, ProjectSettingsError> {
        let path = folder.join("config.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text, |name| std::env::var(name).ok())
                .map_err(|source| ProjectSettingsError::Format { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ProjectSettingsError::Read { path, source }),
        }
    }
}

fn parse(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<ProjectSettings, toml::de::Error> {
    let table: toml::Table = toml::from_str(text)?;
    let table: toml::Table = table
        .into_iter()
        .filter_map(|(key, value)| Some((key, resolved(value, &variable)?)))
        .collect();
    table.try_into()
}

/// Puts the variable's value where the file says `env(NAME)`, as the CLI does; what is not set is left out, so
/// that the default holds.
fn resolved(value: toml::Value, variable: &impl Fn(&str) -> Option<String>) -> Option<toml::Value> {
    use toml::Value;
    let inner = |value| resolved(value, variable);
    Some(match value {
        Value::String(text) => {
            let name = text
                .strip_prefix("env(")
                .and_then(|rest| rest.strip_suffix(')'));
            match name {
                Some(name) => Value::String(variable(name).filter(|value| !value.is_empty())?),
                None => Value::String(text),
            }
        }
        Value::Array(values) => Value::Array(values.into_iter().filter_map(inner).collect()),
        Value::Table(table) => Value::Table(
            table
                .into_iter()
                .filter_map(|(key, value)| Some((key, inner(value)?)))
                .collect(),
        ),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::{ProjectSettings, parse};

    #[test]
    fn a_variable_stands_where_the_file_names_one() {
        let text = "[auth]\nsite_url = 'env(SITE)'\nadditional_redirect_urls = ['env(SITE)', 'https://x.example']";
        let set = parse(text, |name| {
            (name == "SITE").then(|| "https://app.example".to_owned())
        })
        .unwrap();
        assert_eq!(set.auth.site_url, "https://app.example");
        assert_eq!(set.auth.additional_redirect_urls.len(), 2);
        let unset = parse(text, |_| None).unwrap();
        assert_eq!(unset.auth.site_url, "http://127.0.0.1:3000");
        assert_eq!(unset.auth.additional_redirect_urls, ["https://x.example"]);
    }

    #[test]
    fn this_project_s_file_is_understood() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../supabase");
        let settings = ProjectSettings::read(folder.as_ref()).unwrap();
        let hook = settings.auth.hook.before_user_created.function();
        assert_eq!(hook.as_deref(), Some("private.before_user_created"));
        assert_eq!(settings.api.max_rows, 1000);
    }
}
