//! Invitations, users, password resets with their rate limits, and addresses that get no mail.

mod auth_accounts;
mod deletion;
mod invites;
mod limits;
mod mail_suppressions;
mod own_account;
mod password_resets;
mod users;

pub use auth_accounts::AuthAccounts;
pub use deletion::{DeletedUser, DeletionOutcome, HandedOver, UserDeletion};
pub use invites::{Expiry, Invite, InviteFilter, InviteRefusal, Invites, NewInvite};
pub use limits::{Bucket, SignInLimits, Taking};
pub use mail_suppressions::{MailSuppression, MailSuppressions};
pub use own_account::OwnAccount;
pub use password_resets::{
    AdminReset, AdminResetFilter, PasswordResets, ResetToken, ResetTokenState,
};
pub use users::{MadeAdmin, StatusCounts, User, UserChange, UserFilter, UserOutcome, Users};
