//! What an import takes, for the API's description; `parameters` reads it.
#![expect(dead_code, reason = "for the description")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::CustomerImportId;
use utoipa::{IntoParams, ToSchema};

/// A form with a file.
#[derive(ToSchema)]
pub struct ImportedFile {
    /// The CSV.
    #[schema(format = Binary, content_media_type = "text/csv", example = "phone,first_name\n+14155552671,Ann\n")]
    file: String,
}

/// How a file is read, and what is done with it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Columns by the field that they fill: `mapping[phone]=Mobile`, `mapping[attributes.plan]=5`; an empty one is left out.
    #[param(style = DeepObject, explode, example = json!({ "phone": "Mobile" }))]
    mapping: Option<BTreeMap<String, String>>,
    /// The same for one column: `phone:Mobile`.
    #[param(example = "phone:Mobile")]
    map: Option<String>,
    /// What is done with columns that nothing is said about.
    #[param(inline)]
    unmapped: Option<Unmapped>,
    /// Whether the first row names the columns; otherwise by what it holds.
    header: Option<bool>,
    /// Otherwise by the header.
    #[param(inline)]
    delimiter: Option<Delimiter>,
    /// `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`; otherwise detected.
    #[param(example = "utf-8")]
    encoding: Option<String>,
    /// What is done with customers that exist; `update` if absent.
    #[param(inline)]
    on_conflict: Option<Conflict>,
    /// Counts everything, shows the first rows as they would be stored, and changes nothing.
    dry_run: Option<bool>,
    /// The record's id, made up by the sender, to watch it from the start.
    id: Option<CustomerImportId>,
    /// Otherwise the form's.
    #[param(example = "customers.csv")]
    file_name: Option<String>,
    /// With `twilio`, new phones are looked up, which costs.
    #[param(inline)]
    verify: Option<VerifyBy>,
    /// Everybody in the file has agreed to be texted. Needs `consent_source`.
    #[param(inline)]
    consent: Option<WholeConsent>,
    /// Where or how they have.
    #[param(example = "Checkout of the shop")]
    consent_source: Option<String>,
    /// When they have.
    consent_at: Option<DateTime<Utc>>,
    /// What the words of a consent column mean: `consent_values[abonniert]=yes`, `no` or `ignore`.
    #[param(inline, style = DeepObject, explode, example = json!({ "abonniert": "yes" }))]
    consent_values: Option<BTreeMap<String, ConsentWord>>,
    /// What the words of a status column mean: `status_values[Lead]=active`.
    #[param(inline, style = DeepObject, explode, example = json!({ "Lead": "active" }))]
    status_values: Option<BTreeMap<String, StatusMeaning>>,
}

/// Declares a parameter's values.
macro_rules! values {
    ($($(#[$doc:meta])* $name:ident: $($value:ident)+;)+) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[schema(rename_all = "snake_case")]
        enum $name {
            $($value,)+
        }
    )+};
}

values! {
    /// What is done with columns that nothing is said about.
    Unmapped: Attributes Ignore;
    /// What stands between cells.
    Delimiter: Comma Semicolon Tab Pipe;
    /// What is done with customers that exist.
    Conflict: Update Skip;
    /// Who is asked about phones.
    VerifyBy: Twilio;
    /// What everybody in a file has said.
    WholeConsent: Given;
    /// What a word says about being texted.
    ConsentWord: Yes No Ignore;
    /// What a word says about a customer's status.
    StatusMeaning: Active Inactive Unsubscribed Ignore Reject;
}
