use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct ParseIdError;

/// The id of a row, of whichever table.
pub trait RowId: fmt::Display + Copy + Send + Sync {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new time-ordered id (UUIDv7): inserts in its order touch an index from left to right.
            #[must_use]
            pub fn new_v7() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl RowId for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| ParseIdError)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// `user_profiles.id`: the owner of rows. Not the id in `auth.users`, which is [`AuthUserId`].
    ProfileId,
    /// `customers.id`.
    CustomerId,
    /// `deleted_customers.deletion_id`.
    CustomerDeletionId,
    /// `customer_imports.id`.
    CustomerImportId,
    /// `campaigns.id`.
    CampaignId,
    /// `campaign_messages.id`.
    CampaignMessageId,
    /// `campaigns.id` of a test, which is a campaign of its own.
    CampaignTestId,
    /// `conversations.id`.
    ConversationId,
    /// `private.senders.id`.
    SenderId,
    /// `private.suppressions.id`.
    SuppressionId,
    /// `campaign_templates.id`.
    TemplateId,
    /// `invite_codes.id`.
    InviteCodeId,
    /// `password_reset_tokens.id`.
    PasswordResetTokenId,
    /// `admin_password_resets.id`.
    AdminPasswordResetId,
    /// `auth.users.id`: who signs in. Not the owner of rows, which is [`ProfileId`].
    AuthUserId,
    /// `auth.sessions.id`: one sign-in of a user.
    SessionId,
    /// `private.mails.id`.
    MailId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_uuid_in_json_and_in_text() {
        let id = CustomerId::new_v7();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert_eq!(id.to_string().parse::<CustomerId>(), Ok(id));
        assert_eq!("7".parse::<CustomerId>(), Err(ParseIdError));
    }

    #[test]
    fn new_ids_sort_in_the_order_of_their_making() {
        let ids: Vec<_> = (0..100).map(|_| CampaignMessageId::new_v7()).collect();
        assert!(ids.is_sorted());
    }
}
