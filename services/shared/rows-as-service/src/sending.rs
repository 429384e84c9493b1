//! Taking messages, outcomes, doubts and upkeep: what a send worker reads and writes.

mod doubts;
mod handle;
mod interval;
mod missed;
mod outcomes;
mod takes;
mod upkeep;

pub use doubts::{Doubt, Settled};
pub use handle::Sending;
pub use missed::{ListReading, OpenMessage};
pub use outcomes::{MessageOutcome, Recorded};
pub use takes::{Bell, ClaimId, MergeValues, SenderId, Take, Taken, TakenMessage, TakenSender};
pub use upkeep::{CampaignChange, SenderAlarm};
