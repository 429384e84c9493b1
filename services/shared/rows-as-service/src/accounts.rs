//! Invitations, users, password resets, and their rate limits.

mod invites;
mod limits;
mod password_resets;
mod users;

pub use invites::{Invite, InviteFilter, InviteRefusal, Invites, NewInvite};
pub use limits::{Bucket, SignInLimits};
pub use password_resets::{
    AdminReset, AdminResetFilter, PasswordResets, ResetToken, ResetTokenState,
};
pub use users::{StatusCounts, User, UserChange, UserFilter, UserOutcome, Users};
