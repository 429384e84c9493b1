//! Resend's e-mail API: requests, answers, error classes, webhook signatures.
//!
//! Every send carries an idempotency key, which Resend keeps for 24 hours: within that time, a send
//! whose outcome is unknown is retried with the same key and reaches the recipient once.

mod client;
mod domains;
mod email;
mod send_error;
mod settings;
pub mod webhook;

pub use client::{Client, SetupError};
pub use domains::Domain;
pub use email::{Email, RateLimit, Sent};
pub use send_error::{NextStep, Quota, SendError};
pub use settings::Settings;
