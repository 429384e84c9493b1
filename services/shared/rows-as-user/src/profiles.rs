use std::time::Duration;

use async_trait::async_trait;
use domain::{
    AuthUserId, Caller, LookupError, Profile, ProfileId, ProfileLookup, ProfileStatus, Role,
};
use moka::future::Cache;
use serde::Deserialize;

use crate::{Filter, RowsAsUser, RowsError, Selection};

/// How long an approval is cached. It only affects the error message: row level security checks
/// the table in every statement, so a rejected user loses access at once.
const BELIEVED_FOR: Duration = Duration::from_secs(5);

pub(crate) fn cache() -> Cache<AuthUserId, Profile> {
    Cache::builder()
        .max_capacity(10_000)
        .time_to_live(BELIEVED_FOR)
        .build()
}

#[derive(Deserialize)]
struct Row {
    id: ProfileId,
    role: Role,
    status: ProfileStatus,
}

#[async_trait]
impl ProfileLookup for RowsAsUser {
    async fn profile_of(&self, caller: &Caller) -> Result<Option<Profile>, LookupError> {
        if let Some(profile) = self.profiles.get(&caller.user_id).await {
            return Ok(Some(profile));
        }
        let selection = Selection::new("user_profiles", "id,role,status")
            .filter(Filter::Equal("user_id", caller.user_id.to_string()))
            .page(0, 1);
        let rows: Vec<Row> = match self.list(caller, &selection).await {
            Ok(rows) => serde_json::from_slice(&rows.json)?,
            // Policies that deny everything mean the same as an empty answer.
            Err(RowsError::Forbidden) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let profile = rows
            .into_iter()
            .next()
            .map(|Row { id, role, status }| Profile { id, role, status });
        // Others are looked up every time, so that an approval takes effect at once.
        if let Some(profile) = profile.filter(|profile| profile.status == ProfileStatus::Approved) {
            self.profiles.insert(caller.user_id, profile).await;
        }
        Ok(profile)
    }
}
