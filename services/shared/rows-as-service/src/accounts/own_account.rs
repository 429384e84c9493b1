//! What a person is told about their own account.

use domain::ProfileId;

use super::users::Users;
use crate::DatabaseError;

/// The address, the limits in force, and what is used of them today (UTC). Absent limits are unlimited.
#[derive(Debug)]
pub struct OwnAccount {
    /// The address that they sign in with.
    pub email: Option<String>,
    /// Messages a day.
    pub messages_per_day: Option<i32>,
    /// Segments a day.
    pub segments_per_day: Option<i32>,
    /// Cost a day, in the currency of `price_per_segment`.
    pub cost_per_day: Option<f64>,
    /// What a segment costs.
    pub price_per_segment: f64,
    /// ISO codes of where texts may go; absent: where the default sender's number is from.
    pub countries: Option<Vec<String>>,
    /// Messages launched today.
    pub messages_today: i64,
    /// Segments launched today.
    pub segments_today: i64,
    /// Their cost.
    pub cost_today: f64,
}

impl Users {
    /// The account of this profile.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn own_account(
        &self,
        profile: ProfileId,
    ) -> Result<Option<OwnAccount>, DatabaseError> {
        let account = sqlx::query_file_as!(OwnAccount, "src/accounts/find_account.sql", profile.0)
            .fetch_optional(self.pool())
            .await?;
        Ok(account)
    }
}
