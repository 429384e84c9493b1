//! Launch, pace, claim, send, record, reconcile.
//!
//! A batch from the queue names a range of a campaign's messages; their rows hold the state.
//! A worker claims them, **commits**, and only then asks Twilio to send them. The outcomes are
//! recorded in one statement. A claim without outcome is in doubt: a status callback resolves it,
//! or Twilio's list does. Only messages that Twilio provably does not have are sent again. So any
//! worker may die at any moment, and any number of them may run.

mod batch;
mod brake;
mod doubts;
mod error;
mod outcomes;
mod posting;
mod settings;
mod upkeep;
mod worker;

pub use batch::BatchEnd;
pub use error::Error;
pub use settings::{Pacing, Settings};
pub use worker::Worker;
