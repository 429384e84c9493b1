//! Twilio's Messages resource: requests, answers, error classes, signatures.
//!
//! Twilio has no idempotency key, so the one thing a sender must know about a create request is
//! whether Twilio *may* have taken it. [`Outcome`] answers exactly that.

mod client;
mod error_class;
mod error_text;
mod lookup;
mod message;
mod outcome;
mod settings;
pub mod signature;
mod status;

pub use client::{Client, RequestError, SetupError};
pub use error_class::ErrorClass;
pub use error_text::error_text;
pub use lookup::Lookup;
pub use message::{CreateMessage, Message};
pub use outcome::{Outcome, UnknownReason};
pub use settings::{Sender, Settings};
pub use status::MessageStatus;
