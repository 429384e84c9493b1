//! Batches, claims, outcomes and doubts: what a send worker reads and writes.

mod batches;
mod campaigns;
mod doubts;
mod handle;
mod interval;
mod messages;
mod open_messages;

pub use batches::{Batch, BatchBell};
pub use campaigns::BatchCampaign;
pub use doubts::{Doubt, Settled};
pub use handle::Sending;
pub use messages::{Claim, MessageOutcome, PendingMessage, Recorded, RenderedMessage};
pub use open_messages::OpenMessage;
