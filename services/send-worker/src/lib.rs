//! Launch, take, send, record, reconcile.
//!
//! The database decides whose turn it is: a take claims messages of one campaign for this worker, **commits**,
//! and only then is Twilio asked to send them. Outcomes are recorded in groups. A claim without
//! outcome is in doubt: a status callback resolves it, or Twilio's list does. Only messages that Twilio
//! provably does not have are sent again. So any worker may die at any moment, and any
//! number of them may run.

mod dispatch;
mod doubts;
mod error;
mod group_writer;
mod locked_claims;
mod meter;
mod missed;
mod news;
mod outcomes;
mod posting;
mod recorder;
mod settings;
mod upkeep;
mod worker;

pub use error::Error;
pub use settings::{Pacing, Settings};
pub use worker::Worker;
