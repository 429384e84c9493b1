//! A database of its own for each test, and the router in front of it.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use customer_import::{CustomerImportState, PhoneVerifier, Settings, router};
use rows_as_service::{
    Database, Profiles, customer_search::CustomerSearch, imports::Imports, phone_lookups,
};
use serde_json::Value;
use testkit::{TestDatabase, access_token};
use tower::ServiceExt as _;
use uuid::Uuid;
use web::{Auth, AuthSettings, TokenVerifier};

const SECRET: &str = "a-secret-of-tests-with-at-least-32-bytes";
const SUPABASE_URL: &str = "http://127.0.0.1:1";

pub struct Stage {
    pub rows: TestDatabase,
    #[allow(dead_code, reason = "not every test asks it itself")]
    pub database: Database,
    pub router: Router,
}

/// An approved person.
#[derive(Clone)]
pub struct Person {
    pub profile: Uuid,
    pub token: String,
}

impl Stage {
    /// A fresh copy of the template in the cluster that `scripts/test` started.
    pub async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    /// The same with other limits.
    pub async fn open_with(settings: Settings) -> Self {
        let rows = TestDatabase::create().await.unwrap();
        let database = rows.database_of("customer-import", 5).unwrap();
        let verifier = TokenVerifier::new(&AuthSettings {
            supabase_url: SUPABASE_URL.parse().unwrap(),
            supabase_jwt_secret: Some(SECRET.to_owned().into()),
        })
        .unwrap();
        let auth = Auth::new(verifier, Arc::new(Profiles::new(database.clone())));
        let router = router(CustomerImportState::new(
            Imports::new(database.clone()),
            CustomerSearch::new(database.clone()),
            auth,
            settings,
        ));
        Self {
            rows,
            database,
            router,
        }
    }

    /// Asks `lookups` about phones that this database does not know.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn verifier(&self, lookups: &twilio::Lookups) -> PhoneVerifier {
        PhoneVerifier {
            lookups: lookups.clone(),
            cache: phone_lookups::Lookups::new(self.database.clone()),
        }
    }

    /// Registers somebody with the given status.
    pub async fn person(&self, status: &str) -> Person {
        let tenant = self.rows.tenant(status).await.unwrap();
        Person {
            profile: tenant.profile_id,
            token: access_token(SUPABASE_URL, SECRET, tenant.user_id).unwrap(),
        }
    }

    pub async fn send(
        &self,
        person: &Person,
        query: &str,
        kind: &str,
        body: Body,
    ) -> (StatusCode, Value) {
        let request = Request::post(format!("/api/customers/import{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
            .header(header::CONTENT_TYPE, kind)
            .body(body)
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Imports a text as `text/csv`, which must succeed.
    pub async fn import(&self, person: &Person, query: &str, file: &str) -> Value {
        let (status, report) = self
            .send(person, query, "text/csv", Body::from(file.to_owned()))
            .await;
        assert_eq!(status, StatusCode::OK, "{report}");
        report
    }

    /// Every customer as `phone|first_name|last_name|email|state|status`, by phone.
    pub async fn customers_of(&self, person: &Person) -> Vec<String> {
        sqlx::query_scalar(
            "select concat_ws('|', phone, coalesce(first_name, '-'), coalesce(last_name, '-'), \
             coalesce(email, '-'), coalesce(state, '-'), status) \
             from public.customers where user_id = $1 order by phone collate \"C\"",
        )
        .bind(person.profile)
        .fetch_all(self.rows.pool())
        .await
        .unwrap()
    }

    /// Every customer's phone, tags and attributes, by phone.
    #[allow(dead_code, reason = "not every test looks at them")]
    pub async fn labels_of(&self, person: &Person) -> Vec<Value> {
        sqlx::query_scalar(
            "select json_build_object('phone', phone, 'tags', tags, 'attributes', attributes) \
             from public.customers where user_id = $1 order by phone collate \"C\"",
        )
        .bind(person.profile)
        .fetch_all(self.rows.pool())
        .await
        .unwrap()
    }

    /// Undoes an import as its owner.
    #[allow(dead_code, reason = "not every test undoes")]
    pub async fn undo(&self, person: &Person, import: &str) {
        let mut transaction = self.rows.pool().begin().await.unwrap();
        sqlx::query(
            "select set_config('request.jwt.claims', json_build_object('sub', p.user_id, 'role', 'authenticated')::text, true) \
             from public.user_profiles p where p.id = $1",
        )
        .bind(person.profile)
        .execute(&mut *transaction)
        .await
        .unwrap();
        sqlx::query("select public.undo_customer_import($1::uuid)")
            .bind(import)
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// Deletes every customer.
    #[allow(dead_code, reason = "not every test starts anew")]
    pub async fn forget_customers(&self) {
        sqlx::query("delete from public.customers")
            .execute(self.rows.pool())
            .await
            .unwrap();
    }
}
