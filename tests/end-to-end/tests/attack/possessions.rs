//! What a victim owns: one of everything that a route can name.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use testkit::{
    new_phone, new_phones,
    people::{Person, read, text},
    shared_environment,
};
use uuid::Uuid;

/// The ids by which routes name what the victim owns.
pub struct Possessions {
    profile: Uuid,
    /// The beginning of a path, and the id that follows it; the first that fits counts.
    ids: Vec<(&'static str, String)>,
    message: String,
    database: PgPool,
}

impl Possessions {
    pub async fn of(owner: &Person) -> Result<Self> {
        let url = shared_environment()?["DNWERKS_TEST_DATABASE_URL"].clone();
        let database = PgPool::connect_lazy(&url)?;
        let make = async |path: &str, row: serde_json::Value| {
            let row = read(owner.api(Method::POST, path).json(&row))
                .await?
                .success()?;
            text(&row, "id")
        };
        let [phone, suppressed] = new_phones();
        let customer = make(
            "/api/customers",
            json!({ "phone": phone, "first_name": "Ada" }),
        )
        .await?;
        let template = make(
            "/api/templates",
            json!({ "name": "Mine", "message_body": "Hello" }),
        )
        .await?;
        let campaign = owner.write_campaign("Mine", "Hello").await?;
        owner.send_campaign(&campaign).await?;
        let csv = format!("phone\n{}\nno number\n", new_phone()).into_bytes();
        let import = text(&owner.import(csv).await?, "id")?;
        read(
            owner
                .api(Method::POST, "/api/suppressions")
                .json(&json!({ "phone": suppressed, "note": "asked on the phone" })),
        )
        .await?
        .success()?;

        let profile: Uuid = owner.profile_id.parse()?;
        let one = async |statement: &'static str| -> Result<String> {
            let id: Uuid = sqlx::query_scalar(statement)
                .bind(profile)
                .fetch_optional(&database)
                .await?
                .with_context(|| format!("nothing for {statement}"))?;
            Ok(id.to_string())
        };
        let message = one(
            "select m.id from public.campaign_messages m join public.campaigns c on c.id = m.campaign_id where c.user_id = $1 limit 1",
        )
        .await?;
        let conversation = one(
            "insert into public.conversations (user_id, phone, last_message_at, last_inbound_at)
             values ($1, '+14155550123', now(), now()) returning id",
        )
        .await?;
        let suppression =
            one("select id from private.suppressions where user_id = $1 limit 1").await;
        Ok(Self {
            profile,
            ids: vec![
                ("/api/customers/imports/", import),
                ("/api/customers/", customer),
                ("/api/campaigns/", campaign),
                ("/api/templates/", template),
                ("/api/conversations/", conversation),
                ("/api/suppressions/", suppression?),
                ("/api/admin/users/", owner.profile_id.clone()),
            ],
            message,
            database,
        })
    }

    /// `path` with this victim's ids; `None` where it names nothing of theirs.
    pub fn fill(&self, path: &str) -> Option<String> {
        let (_, id) = self
            .ids
            .iter()
            .find(|(beginning, _)| path.starts_with(beginning))?;
        Some(
            path.replace("{id}", id)
                .replace("{message_id}", &self.message)
                .replace("{test_id}", id),
        )
    }

    /// A digest of all that the victim owns: whoever changes anything changes it.
    pub async fn digest(&self) -> Result<Vec<Option<String>>> {
        let mut digests = Vec::new();
        for statement in [
            "select md5(string_agg(t::text, '|' order by t.id)) from public.customers t where t.user_id = $1",
            "select md5(string_agg(t::text, '|' order by t.id)) from public.campaign_templates t where t.user_id = $1",
            "select md5(string_agg(t::text, '|' order by t.id)) from public.customer_imports t where t.user_id = $1",
            "select md5(string_agg(t::text, '|' order by t.id)) from public.conversations t where t.user_id = $1",
            "select md5(string_agg(t.status || t.role, '|' order by t.id)) from public.user_profiles t where t.id = $1",
            "select md5(string_agg(t::text, '|' order by t.id)) from private.suppressions t where t.user_id = $1",
            // What the worker and Twilio change meanwhile is left out.
            "select md5(string_agg(t.name || t.message_body || coalesce(t.audience::text, ''), '|' order by t.id))
             from public.campaigns t where t.user_id = $1 and t.test_of is null",
        ] {
            digests.push(sqlx::query_scalar(statement).bind(self.profile).fetch_one(&self.database).await?);
        }
        Ok(digests)
    }

    /// Whether everything is as it was when `digest` was made.
    pub async fn unchanged_since(&self, digest: &[Option<String>]) -> Result<()> {
        ensure!(
            self.digest().await? == digest,
            "something of the victim's has changed"
        );
        Ok(())
    }
}
