use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A text that is none of a column's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value")]
pub struct UnknownValue;

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The value as the database spells it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        // The derive macro does not see the names that stand in this macro.
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let values = Self::ALL.iter().map(|value| value.as_str());
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(values))
                    .into()
            }
        }

        impl ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownValue),
                }
            }
        }
    )+};
}

values! {
    /// `user_profiles.role`.
    Role {
        /// Reaches the person's own rows.
        User = "user",
        /// Reaches everybody's rows, once approved.
        Admin = "admin",
    }

    /// `user_profiles.status`.
    ProfileStatus {
        /// Registered, not yet let in.
        Pending = "pending",
        /// Let in.
        Approved = "approved",
        /// Turned away.
        Rejected = "rejected",
    }

    /// `admin_password_resets.status`.
    AdminResetStatus {
        /// Its link works and was not used yet.
        Pending = "pending",
        /// The password was set.
        Completed = "completed",
        /// Its time ran out.
        Expired = "expired",
        /// A newer reset or a changed password took its place.
        Cancelled = "cancelled",
    }

    /// `customers.status`.
    CustomerStatus {
        /// Receives campaigns.
        Active = "active",
        /// Receives none.
        Inactive = "inactive",
    }

    /// `campaigns.status`. The first five are the specification's; `paused` and `canceled`
    /// appear only through the endpoints that set them.
    CampaignStatus {
        /// Being written.
        Draft = "draft",
        /// Launches by itself at `scheduled_at`.
        Scheduled = "scheduled",
        /// Launched, some messages still pending.
        Sending = "sending",
        /// Nothing pending, something was sent.
        Sent = "sent",
        /// Nothing pending, nothing could be sent.
        Failed = "failed",
        /// Held until somebody resumes it.
        Paused = "paused",
        /// Ended before its time.
        Canceled = "canceled",
    }

    /// `campaign_messages.status`; it only ever moves to the right.
    MessageStatus {
        /// Not yet accepted by Twilio.
        Pending = "pending",
        /// Accepted by Twilio.
        Sent = "sent",
        /// Reached the handset.
        Delivered = "delivered",
        /// Will not arrive.
        Failed = "failed",
    }

    /// `campaign_templates.category`.
    TemplateCategory {
        /// Anything else.
        General = "general",
        /// Offers.
        Marketing = "marketing",
        /// Appointments and deadlines.
        Reminders = "reminders",
        /// Something has happened.
        Alerts = "alerts",
        /// News.
        Announcements = "announcements",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back_from_its_text_and_its_json() {
        for value in CampaignStatus::ALL {
            assert_eq!(value.as_str().parse(), Ok(*value));
            assert_eq!(serde_json::to_value(value).unwrap(), value.as_str());
        }
        assert_eq!("Draft".parse::<CampaignStatus>(), Err(UnknownValue));
    }
}
