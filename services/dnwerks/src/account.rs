//! Accounts as operators name them: by an e-mail address, or the id of a profile.

use anyhow::{Context as _, Result};
use domain::ProfileId;
use rows_as_service::Profiles;

/// The account that `option` names.
pub async fn find(profiles: &Profiles, option: &str, name: &str) -> Result<ProfileId> {
    profiles
        .find(name)
        .await?
        .with_context(|| format!("{option} {name}: no such account"))
}
