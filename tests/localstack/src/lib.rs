//! The external services for development: Postgres, PostgREST's dialect, Auth, Realtime, Twilio,
//! Resend.
//!
//! [`Localstack::start`] runs all of it in this process, with Postgres as its child; the binary
//! does the same from the command line.

pub mod auth;
pub mod database;
pub mod environment;
pub mod gateway;
pub mod keys;
pub mod options;
pub mod postgres;
pub mod project_settings;
pub mod realtime;
pub mod resend;
pub mod rest;
mod stack;
pub mod twilio;

pub use options::{DatabaseOptions, Options};
pub use stack::{Error, Localstack};
