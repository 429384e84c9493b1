//! A project of its own for each test: a database with a few tables, and the dialect over it.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, request::Builder},
};
use localstack::{
    keys::{Keys, SigningAlgorithm},
    project_settings::Api,
    rest::Rest,
};
use serde_json::{Value, json};
use testkit::TestDatabase;
use tower::ServiceExt;

const TABLES: &str = "
    create table public.shelves (id int primary key, name text);
    create table public.books (
        id int primary key, shelf int references public.shelves, title text,
        tags text[] not null default '{}', facts jsonb not null default '{}', added timestamptz
    );
    grant all on public.shelves, public.books to anon, authenticated;
    insert into public.shelves values (1, 'By the door'), (2, 'C+C');
    insert into public.books values
        (1, 1, 'Emma', '{vip,\"big fish\"}', '{\"by\": \"J, A\"}', '2026-01-02 03:04:05Z'),
        (2, 1, 'Two Years', '{}', '{}', null), (3, 1, null, '{}', '{}', null), (4, 2, 'Dune', '{}', '{}', null);";

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and error code at once, as assertions compare them.
    pub fn error(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}

pub struct Library {
    rest: Rest,
    pub keys: Arc<Keys>,
    database: TestDatabase,
}

impl Library {
    pub async fn open() -> Self {
        Self::with("").await
    }

    /// With `sql` of the test's own.
    pub async fn with(sql: &'static str) -> Self {
        let database = TestDatabase::create().await.unwrap();
        for sql in [TABLES, sql] {
            sqlx::raw_sql(sql).execute(database.pool()).await.unwrap();
        }
        let mut url = url::Url::parse(&database.url()).unwrap();
        url.set_username("authenticator").unwrap();
        let keys = Arc::new(Keys::generate(SigningAlgorithm::Es256).unwrap());
        let api = Api {
            max_rows: 100,
            ..Api::default()
        };
        let rest = Rest::start(url.into(), &database.url(), Arc::clone(&keys), &api)
            .await
            .unwrap();
        Self {
            rest,
            keys,
            database,
        }
    }

    pub async fn run(&self, sql: &'static str) {
        let ran = sqlx::raw_sql(sql).execute(self.database.pool()).await;
        ran.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.rest.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A token of somebody signed in, with these claims besides.
    pub fn token(&self, more: &Value) -> String {
        let mut claims = json!({ "role": "authenticated", "exp": 4_102_444_800_u64 });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.keys.sign(&claims).unwrap()
    }

    /// A request of somebody signed in.
    pub fn asks(&self, method: Method, path: &str) -> Builder {
        let token = self.token(&json!({}));
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = self.asks(Method::GET, path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// Without a token where `signed_in` is not set.
    pub async fn call(&self, function: &str, arguments: &Value, signed_in: bool) -> Answer {
        let path = format!("/rpc/{function}");
        let request = if signed_in {
            self.asks(Method::POST, &path)
        } else {
            Request::post(path)
        };
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(arguments.to_string())).unwrap())
            .await
    }
}
