//! The service-role connection to Postgres, the queues, and all SQL that Rust runs.
//!
//! Each module belongs to one slice of the product; [`Database`] is what they share.

pub mod accounts;
pub mod callbacks;
pub mod imports;
pub mod mail;
pub mod phone_lookups;
mod pool;
mod profiles;
pub mod sending;

pub use pool::{Database, DatabaseError, Settings};
