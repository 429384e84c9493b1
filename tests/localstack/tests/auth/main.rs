//! Auth as clients meet it: GoTrue's routes over a real Postgres.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic here is the failed test"
)]

mod accounts;
mod administration;
mod factors;
mod hooks;
mod links;
mod pkce;
mod project;
mod proofs;
mod recovery;
mod redirects;
mod sessions;
