//! A database of its own for each test, and the router in front of it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use customer_import::{CustomerImportState, Settings, router};
use jwt::{Algorithm, EncodingKey, Header, encode};
use rows_as_service::Database;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, PgPool};
use tower::ServiceExt as _;
use uuid::Uuid;
use web::{Auth, AuthSettings, TokenVerifier};

const SECRET: &str = "a-secret-of-tests-with-at-least-32-bytes";
const TEMPLATE: &str = "dnwerks_template";
static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct Stage {
    pub rows: PgPool,
    #[allow(dead_code, reason = "not every test asks it itself")]
    pub database: Database,
    pub router: Router,
    name: String,
    cluster: String,
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
        let cluster = std::env::var("DNWERKS_TEST_DATABASE_URL")
            .expect("DNWERKS_TEST_DATABASE_URL names the cluster to test on: run scripts/test");
        let name = format!(
            "import_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let mut admin = PgConnection::connect(&cluster).await.unwrap();
        // Only one database at a time is copied from a template.
        sqlx::raw_sql("select pg_advisory_lock(20261123)")
            .execute(&mut admin)
            .await
            .unwrap();
        let create = format!("create database {name} template {TEMPLATE}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&mut admin)
            .await
            .unwrap();
        admin.close().await.unwrap();

        let mut url = url::Url::parse(&cluster).unwrap();
        url.set_path(&name);
        let rows = PgPool::connect(url.as_str()).await.unwrap();
        let settings = rows_as_service::Settings {
            database_url: url.to_string().into(),
            max_connections: 5,
        };
        let database = Database::connect(&settings, "customer-import test")
            .await
            .unwrap();
        let verifier = TokenVerifier::new(&AuthSettings {
            supabase_url: "http://127.0.0.1:1".parse().unwrap(),
            supabase_jwt_secret: Some(SECRET.to_owned().into()),
        })
        .unwrap();
        let auth = Auth::new(verifier, Arc::new(database.clone()));
        let router = router(CustomerImportState::new(
            database.clone(),
            auth,
            Settings::default(),
        ));
        Self {
            rows,
            database,
            router,
            name,
            cluster,
        }
    }

    /// Registers somebody with the given status.
    pub async fn person(&self, status: &str) -> Person {
        let user = Uuid::now_v7();
        sqlx::query("insert into auth.users (id, email) values ($1, $1::text || '@example.com')")
            .bind(user)
            .execute(&self.rows)
            .await
            .unwrap();
        let profile = sqlx::query_scalar(
            "update public.user_profiles set status = $2 where user_id = $1 returning id",
        )
        .bind(user)
        .bind(status)
        .fetch_one(&self.rows)
        .await
        .unwrap();
        let claims = json!({
            "sub": user, "aud": "authenticated", "role": "authenticated",
            "iss": "http://127.0.0.1:1/auth/v1", "exp": 4_000_000_000_u64,
        });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        Person { profile, token }
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
        .fetch_all(&self.rows)
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
        .fetch_all(&self.rows)
        .await
        .unwrap()
    }

    /// Deletes every customer.
    #[allow(dead_code, reason = "not every test starts anew")]
    pub async fn forget_customers(&self) {
        sqlx::query("delete from public.customers")
            .execute(&self.rows)
            .await
            .unwrap();
    }

    pub async fn close(self) {
        self.rows.close().await;
        let mut admin = PgConnection::connect(&self.cluster).await.unwrap();
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::raw_sql(sqlx::AssertSqlSafe(drop))
            .execute(&mut admin)
            .await
            .unwrap();
    }
}
