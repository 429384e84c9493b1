//! What the product talks about: phone numbers, names, tags, segments, statuses, ids, the caller and the clock. No I/O.

mod attribute;
mod caller;
mod clock;
mod email_address;
mod frontend;
mod ids;
mod import_reject;
mod inbound_keyword;
mod label;
pub mod message_template;
mod one_line;
mod person_name;
mod phone_lookup;
mod phone_number;
mod segments;
pub mod spreadsheet;
mod state_code;
mod statuses;
mod tag;
mod visible;

pub use attribute::{AttributeName, AttributeRejection, AttributeText, MAX_ATTRIBUTES};
pub use caller::{ActingAdmin, Caller, LookupError, Profile, ProfileLookup, Standing};
pub use clock::{Clock, ManualClock, SystemClock};
pub use email_address::{EmailAddress, EmailRejection};
pub use frontend::Frontend;
pub use ids::{
    AdminPasswordResetId, AuthUserId, CampaignId, CampaignMessageId, CampaignTestId,
    ConversationId, CustomerDeletionId, CustomerId, CustomerImportId, InviteCodeId, MailId,
    ParseIdError, PasswordResetTokenId, ProfileId, RowId, SenderId, SessionId, SuppressionId,
    TemplateId,
};
pub use import_reject::ImportReject;
pub use inbound_keyword::{InboundKeyword, twilio_answers};
pub use label::{Label, LabelRejection};
pub use message_template::{MergeFields, MessageTemplate, TemplateError};
pub use person_name::{PersonName, PersonNameRejection};
pub use phone_lookup::{LineType, PhoneLookup, PhoneVerdict};
pub use phone_number::{PhoneNumber, PhoneRejection};
pub use segments::{Encoding, MAX_BODY_CHARACTERS, Segments, TooLong};
pub use state_code::{StateCode, UnknownState};
pub use statuses::{
    AdminResetStatus, CampaignStatus, CustomerStatus, MessageStatus, ProfileStatus, Role,
    TemplateCategory, UnknownValue,
};
pub use tag::{Tag, TagRejection, Tags};
pub use visible::visible;
