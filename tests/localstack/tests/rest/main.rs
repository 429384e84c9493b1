//! The PostgREST dialect as clients meet it, where `postrust` by itself would answer otherwise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic here is the failed test"
)]

mod functions;
mod library;
mod reads;
mod sessions;
mod writes;
