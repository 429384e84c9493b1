use chrono::{DateTime, Utc};
use domain::ProfileId;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A change of what is not one's own, as a trigger saw it.
#[derive(ToSchema)]
pub(crate) struct AuditEntry {
    id: i64,
    at: DateTime<Utc>,
    /// Null where no profile is behind it.
    actor: Option<ProfileId>,
    #[schema(example = "admin@example.com")]
    actor_email: Option<String>,
    /// `admin`, `user`, `operator`, `service` or `sql`.
    #[schema(example = "admin")]
    actor_kind: String,
    /// The login of whoever ran a command.
    #[schema(example = "ops")]
    operator: Option<String>,
    /// The role of the database.
    #[schema(example = "authenticated")]
    role: String,
    #[schema(example = "dnwerks accounts")]
    application: Option<String>,
    session_id: Option<uuid::Uuid>,
    #[schema(example = "0199c0de-0000-7000-8000-000000000002")]
    request_id: Option<String>,
    #[schema(example = "user.approved")]
    action: String,
    #[schema(example = "public.user_profiles")]
    table_name: String,
    #[schema(example = "0199c0de-0000-7000-8000-000000000002")]
    row_id: Option<String>,
    /// Whose rows they are.
    account: Option<ProfileId>,
    #[schema(example = "ann@example.com")]
    account_email: Option<String>,
    row_count: i64,
    /// The fields that changed. Texts, numbers and addresses stand there only as how long they were.
    #[schema(value_type = Option<Object>, example = json!({ "status": "pending" }))]
    before: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>, example = json!({ "status": "approved" }))]
    after: Option<Map<String, Value>>,
}
