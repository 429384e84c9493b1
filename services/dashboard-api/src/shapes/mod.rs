//! What answers look like that pass through as the database wrote them: for the API's description, never built here. Each
//! field is in each answer, null where there is nothing; what schemathesis sees otherwise fails `scripts/test contract`.
#![expect(
    dead_code,
    clippy::struct_field_names,
    reason = "they describe rows that nothing here takes apart, by the names of their columns"
)]

mod analytics;
mod audit;
mod campaigns;
mod consent;
mod conversations;
mod customers;
mod senders;

pub(crate) use analytics::{AccountAnalytics, CampaignAnalytics, SystemAnalytics};
pub(crate) use audit::AuditEntry;
pub(crate) use campaigns::{Campaign, CampaignMessage, CampaignTest, Template};
pub(crate) use consent::{ConsentState, ConsentStory, Suppression, SuppressionAnswer};
pub(crate) use conversations::{Conversation, ConversationWithMessages, Reply};
pub(crate) use customers::{
    Customer, CustomerCounts, CustomerImport, DeletedCustomer, Deletion, ImportStatus,
    PhoneRefusals, Restoration,
};
pub(crate) use senders::{Sender, SenderDay, SenderWithHealth};
