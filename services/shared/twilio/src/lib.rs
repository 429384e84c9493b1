//! Twilio's Messages resource and Lookup v2: requests, answers, error codes, signatures.
//!
//! Twilio has no idempotency key, so the one thing a sender must know about a create request is
//! whether Twilio *may* have taken it. [`Outcome`] answers exactly that.

mod client;
mod error_code;
mod lookup;
mod message;
mod outcome;
mod request_error;
mod same_text;
mod settings;
pub mod signature;
mod status;

pub use client::{AccountState, Client, ListPage, MessagingService, OwnNumber, SetupError};
pub use error_code::{Consequence, ErrorClass, ErrorMeaning};
pub use lookup::{LookupSettings, Lookups};
pub use message::{CreateMessage, Message};
pub use outcome::{Outcome, UnknownReason};
pub use request_error::RequestError;
pub use same_text::may_be_same_text;
pub use settings::{Sender, Settings};
pub use status::MessageStatus;
