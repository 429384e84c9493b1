//! Deleting a person, and handing over what was theirs.

use domain::{ActingAdmin, ProfileId};
use serde::Deserialize;
use sqlx::types::Json;

use super::users::Users;
use crate::{DatabaseError, acting::begin_as};

/// Whom to delete.
#[derive(Debug)]
pub struct UserDeletion {
    /// The admin.
    pub admin: ActingAdmin,
    /// The other user's profile.
    pub id: ProfileId,
    /// Who owns then what was theirs; it stays archived if absent.
    pub hand_over_to: Option<ProfileId>,
}

/// What a deletion has done.
#[derive(Debug, Deserialize)]
pub struct DeletedUser {
    /// Campaigns that were scheduled, being sent or paused.
    pub canceled_campaigns: i64,
    /// How much the new owner got.
    pub handed_over: Option<HandedOver>,
}

/// Numbers of rows that have a new owner.
#[derive(Debug, Deserialize)]
pub struct HandedOver {
    /// Templates.
    pub templates: i64,
    /// Campaigns, with their messages.
    pub campaigns: i64,
    /// Customers.
    pub customers: i64,
    /// Records of imports.
    pub imports: i64,
}

/// The result of a deletion.
#[derive(Debug)]
pub enum DeletionOutcome {
    /// Done.
    Deleted(DeletedUser),
    /// There is no such profile, or it was deleted before.
    NotFound,
    /// Admins can't delete themselves.
    OwnAccount,
    /// The last approved admin must stay.
    LastAdmin,
    /// The new owner is nobody else who is approved.
    NewOwnerNotApproved,
}

impl Users {
    /// Deletes a person, in one transaction: what is theirs is stopped, and handed over or archived, and Auth forgets them.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing has changed.
    pub async fn delete(&self, deletion: &UserDeletion) -> Result<DeletionOutcome, DatabaseError> {
        let mut transaction = begin_as(self.pool(), &deletion.admin).await?;
        let deleted = sqlx::query_scalar!(
            r#"select private.delete_account($1, $2, $3) as "deleted!: Json<DeletedUser>""#,
            deletion.id.0,
            deletion.hand_over_to.map(|id| id.0),
            deletion.admin.profile.0,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(DatabaseError::from);
        match deleted {
            Ok(Json(deleted)) => {
                transaction.commit().await?;
                Ok(DeletionOutcome::Deleted(deleted))
            }
            Err(error) => match error.rule() {
                Some("user_not_found") => Ok(DeletionOutcome::NotFound),
                Some("own_account") => Ok(DeletionOutcome::OwnAccount),
                Some("last_admin") => Ok(DeletionOutcome::LastAdmin),
                Some("new_owner_not_approved") => Ok(DeletionOutcome::NewOwnerNotApproved),
                _ => Err(error),
            },
        }
    }
}
