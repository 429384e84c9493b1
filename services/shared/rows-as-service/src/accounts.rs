//! Invitations, users, password resets, and the limits that protect them.

mod invites;
mod limits;
mod password_resets;
mod users;

pub use invites::{Invite, InviteFilter, InviteRefusal, NewInvite};
pub use limits::Bucket;
pub use password_resets::{AdminReset, ResetToken, ResetTokenState};
pub use users::{StatusCounts, User, UserChange, UserFilter, UserOutcome};

/// One page of a list, and how many rows there are on all pages.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// All rows that match, on whichever page.
    pub total: i64,
}
