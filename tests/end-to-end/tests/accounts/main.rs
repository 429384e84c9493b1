//! Accounts through real HTTP: invitation, registration, approval, login, forgotten password.
//! Needs the environment of a running stack, as `scripts/test` sets it.

mod addresses;
mod doors;
mod resets;
mod users;
mod visitor;
mod way;
