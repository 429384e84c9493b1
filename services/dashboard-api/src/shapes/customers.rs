use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{CustomerDeletionId, CustomerId, CustomerImportId, CustomerStatus, ProfileId};
use utoipa::ToSchema;

/// A customer.
#[derive(ToSchema)]
pub(crate) struct Customer {
    id: CustomerId,
    /// Whose customer it is; null once nobody owns it.
    user_id: Option<ProfileId>,
    /// E.164, unique among all accounts.
    #[schema(example = "+14155552671")]
    phone: String,
    #[schema(example = "Ann")]
    first_name: Option<String>,
    #[schema(example = "Lee")]
    last_name: Option<String>,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    /// The postal code of a state or province; a frontend may have written another region.
    #[schema(example = "CA")]
    state: Option<String>,
    status: Option<CustomerStatus>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    #[schema(example = json!(["vip"]))]
    tags: Vec<String>,
    /// Custom attributes, as texts.
    #[schema(example = json!({ "plan": "gold" }))]
    attributes: BTreeMap<String, String>,
    /// Why the customer is inactive: the reason of a suppression; null where a person has set the status.
    #[schema(example = "opted_out")]
    inactive_reason: Option<String>,
}

/// A deleted customer, which can be restored for 30 days.
#[derive(ToSchema)]
pub(crate) struct DeletedCustomer {
    #[serde(flatten)]
    customer: Customer,
    /// One request or statement that deleted customers.
    deletion_id: CustomerDeletionId,
    deleted_at: DateTime<Utc>,
    deleted_by: Option<ProfileId>,
}

/// Numbers of customers. What is unknown is counted under the empty name.
#[derive(ToSchema)]
pub(crate) struct CustomerCounts {
    total: u64,
    #[schema(example = json!({ "active": 2, "inactive": 1 }))]
    by_status: BTreeMap<String, u64>,
    /// By state, then by status.
    #[schema(example = json!({ "CA": { "active": 2, "inactive": 1 } }))]
    by_state: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What a deletion did, or would do.
#[derive(ToSchema)]
pub(crate) struct Deletion {
    deleted: u64,
    dry_run: bool,
    /// What brings them back; null where nobody was deleted.
    deletion_id: Option<CustomerDeletionId>,
}

/// What a restoration did.
#[derive(ToSchema)]
pub(crate) struct Restoration {
    restored: u64,
    refused: u64,
    /// The first 1,000.
    refusals: Vec<RestorationRefusal>,
}

/// Who was not restored, and why.
#[derive(ToSchema)]
struct RestorationRefusal {
    id: CustomerId,
    #[schema(example = "+14155552671")]
    phone: Option<String>,
    /// `customer_not_found`, `id_taken`, `phone_taken` or `phone_unavailable`.
    #[schema(example = "phone_taken")]
    code: String,
}

/// How often an account was refused numbers on a day, because another account has them.
#[derive(ToSchema)]
pub(crate) struct PhoneRefusals {
    id: uuid::Uuid,
    user_id: ProfileId,
    day: NaiveDate,
    refused: u32,
}

/// The record of an import.
#[derive(ToSchema)]
pub(crate) struct CustomerImport {
    id: CustomerImportId,
    user_id: ProfileId,
    status: ImportStatus,
    phase: ImportPhase,
    dry_run: bool,
    #[schema(example = "customers.csv")]
    file_name: Option<String>,
    /// As announced; null where the upload did not say.
    file_bytes: Option<u64>,
    /// SHA-256, hexadecimal.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    file_hash: Option<String>,
    /// The last import of the same file.
    same_file_as: Option<CustomerImportId>,
    bytes_read: u64,
    rows_read: u64,
    /// The counts are null until the import ends.
    total_rows: Option<u64>,
    inserted: Option<u64>,
    updated: Option<u64>,
    unchanged: Option<u64>,
    duplicates: Option<u64>,
    rejected: Option<u64>,
    #[schema(example = json!({ "phone_too_short": 1 }))]
    rejected_by_code: Option<BTreeMap<String, u64>>,
    /// How many rejected rows can be downloaded.
    rejects_kept: u64,
    consented: Option<u64>,
    declined: Option<u64>,
    suppressed: Option<u64>,
    #[schema(example = json!(["Mobile", "First name"]))]
    header: Option<Vec<String>>,
    /// The file's header of each field that was found.
    #[schema(example = json!({ "phone": "Mobile" }))]
    columns: Option<BTreeMap<String, String>>,
    #[schema(example = "phone_column_missing")]
    failure_code: Option<String>,
    #[schema(example = "No column holds phone numbers.")]
    failure_detail: Option<String>,
    cancel_requested_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    undone_at: Option<DateTime<Utc>>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ImportStatus {
    Running,
    Completed,
    Failed,
    Canceled,
    Undone,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ImportPhase {
    Reading,
    Verifying,
    Saving,
    Done,
}
