//! Every list and file of the API, and how the database knows which rows it has.

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Owner,
    Admin,
}

/// A list in pages, or in one that is never cut.
#[derive(Debug)]
pub struct List {
    pub who: Who,
    /// As the description names it.
    pub route: &'static str,
    /// What stands for `{id}`.
    pub id: &'static str,
    /// By which rows are told apart.
    pub key: &'static str,
    /// All keys, as texts.
    pub rows: &'static str,
}

/// A file, in CSV.
#[derive(Debug)]
pub struct File {
    pub who: Who,
    pub route: &'static str,
    pub id: &'static str,
    pub query: &'static str,
    /// The column by which rows are told apart.
    pub key: &'static str,
    pub rows: &'static str,
}

const CAMPAIGN: &str = "ca000000-0000-4000-8000-000000000001";
const CONVERSATION: &str = "c0400000-0000-4000-8000-000000000001";
const CUSTOMER: &str = "c0000000-0000-4000-8000-000000000001";
const IMPORT: &str = "10000000-0000-4000-8000-000000000001";
const SENDER: &str = "5e000000-0000-4000-8000-000000000001";

const fn list(
    who: Who,
    route: &'static str,
    id: &'static str,
    key: &'static str,
    rows: &'static str,
) -> List {
    List {
        who,
        route,
        id,
        key,
        rows,
    }
}

/// All that come in pages.
pub const PAGED: [List; 16] = [
    list(
        Who::Owner,
        "/api/templates",
        "",
        "id",
        "select t.id::text from public.campaign_templates t where t.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/customers",
        "",
        "id",
        "select c.id::text from public.customers c where c.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/customers/deleted",
        "",
        "id",
        "select d.id::text from public.deleted_customers d where d.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/customers/imports",
        "",
        "id",
        "select i.id::text from public.customer_imports i where i.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/customers/{id}/messages",
        CUSTOMER,
        "id",
        "select m.id::text from public.campaign_messages m
         join public.customers c on c.id = m.customer_id where c.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/suppressions",
        "",
        "id",
        "select s.id::text from private.suppressions s where s.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/campaigns",
        "",
        "id",
        "select c.id::text from public.campaigns c where c.user_id = $1 and c.test_of is null",
    ),
    list(
        Who::Owner,
        "/api/campaigns/{id}/messages",
        CAMPAIGN,
        "id",
        "select m.id::text from public.campaign_messages m
         join public.campaigns c on c.id = m.campaign_id where c.user_id = $1 and c.test_of is null",
    ),
    list(
        Who::Owner,
        "/api/conversations",
        "",
        "id",
        "select c.id::text from public.conversations c where c.user_id = $1",
    ),
    list(
        Who::Owner,
        "/api/conversations/{id}",
        CONVERSATION,
        "id",
        "select m.id::text from public.conversation_messages m
         join public.conversations c on c.id = m.conversation_id where c.user_id = $1",
    ),
    list(
        Who::Admin,
        "/api/customers/phone-refusals",
        "",
        "id",
        "select r.id::text from public.phone_refusals r where r.user_id = $1",
    ),
    list(
        Who::Admin,
        "/api/admin/audit",
        "",
        "id",
        "select a.id::text from private.audit_log a where $1 is not null",
    ),
    list(
        Who::Admin,
        "/api/admin/users",
        "",
        "id",
        "select p.id::text from public.user_profiles p where $1 is not null",
    ),
    list(
        Who::Admin,
        "/api/admin/invites",
        "",
        "id",
        "select i.id::text from public.invite_codes i where $1 is not null",
    ),
    list(
        Who::Admin,
        "/api/admin/password-resets",
        "",
        "id",
        "select r.id::text from public.admin_password_resets r where r.user_id = $1",
    ),
    list(
        Who::Admin,
        "/api/admin/mail-suppressions",
        "",
        "address",
        "select s.address from private.mail_suppressions s where $1 is not null",
    ),
];

/// All that come as a whole.
pub const WHOLE: [List; 3] = [
    list(
        Who::Owner,
        "/api/campaigns/{id}/tests",
        CAMPAIGN,
        "id",
        "select c.id::text from public.campaigns c where c.user_id = $1 and c.test_of is not null",
    ),
    list(
        Who::Owner,
        "/api/senders",
        "",
        "id",
        "select s.id::text from private.senders s where $1 is not null",
    ),
    list(
        Who::Admin,
        "/api/senders/{id}/days",
        SENDER,
        "day",
        "select distinct d.day::text from private.sender_days d where $1 is not null",
    ),
];

const fn file(
    who: Who,
    route: &'static str,
    id: &'static str,
    query: &'static str,
    key: &'static str,
    rows: &'static str,
) -> File {
    File {
        who,
        route,
        id,
        query,
        key,
        rows,
    }
}

/// All that come as CSV.
pub const FILES: [File; 6] = [
    file(
        Who::Owner,
        "/api/customers/export",
        "",
        "",
        "phone",
        "select c.phone from public.customers c where c.user_id = $1",
    ),
    file(
        Who::Owner,
        "/api/customers/imports/{id}/rejects",
        IMPORT,
        "",
        "reject row",
        "select r.row::text from public.customer_import_rejects r
         join public.customer_imports i on i.id = r.import_id where i.user_id = $1",
    ),
    file(
        Who::Admin,
        "/api/admin/audit/export",
        "",
        "",
        "id",
        "select a.id::text from private.audit_log a where $1 is not null",
    ),
    file(
        Who::Owner,
        "/api/campaigns/{id}/analytics",
        CAMPAIGN,
        "?table=states",
        "state",
        "select m.state from public.campaign_messages m
         join public.campaigns c on c.id = m.campaign_id where c.user_id = $1 and m.state is not null",
    ),
    file(
        Who::Owner,
        "/api/analytics",
        "",
        "?table=series&from=2026-11-01&to=2026-11-09",
        "starts_at",
        "select to_char(d, 'YYYY-MM-DD\"T00:00:00.000000Z\"') from generate_series(date '2026-11-01', '2026-11-09', '1 day') d
         where $1 is not null",
    ),
    file(
        Who::Admin,
        "/api/admin/analytics",
        "",
        "?table=senders",
        "id",
        "select s.id::text from private.senders s where $1 is not null",
    ),
];
