//! A project of its own for each test: a database cloned from the template, and Auth over it.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, Method, Request, StatusCode},
    routing::post,
};
use localstack::{
    auth::{self, Options, Outbox},
    keys::{Keys, SigningAlgorithm},
};
use serde_json::{Value, json};
use sqlx::{
    PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use testkit::TestDatabase;
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery";

/// What Auth answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// Status and error code at once, as assertions compare them.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.text("/error_code"))
    }
}

pub struct Project {
    pub router: Router,
    pub keys: Arc<Keys>,
    /// Connected as the superuser: what tests arrange behind Auth's back.
    pub pool: PgPool,
    mails: Arc<Mutex<Vec<Value>>>,
    /// Last, so that the database goes after everything that uses it.
    _database: TestDatabase,
}

impl Project {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let database = TestDatabase::create().await.unwrap();
        let pool = database.pool().clone();
        let (outbox, mails) = start_outbox().await;
        let mut options = Options::new("http://127.0.0.1:54321", "http://127.0.0.1:3000");
        options.bcrypt_cost = 4;
        options.outbox = Some(Outbox {
            api_url: outbox,
            api_key: "re_test".into(),
            from: "Auth <auth@example.com>".into(),
        });
        change(&mut options);
        let keys = Arc::new(Keys::generate(SigningAlgorithm::Es256).unwrap());
        let superuser = PgConnectOptions::clone(&pool.connect_options());
        let auth_pool = PgPoolOptions::new()
            .max_connections(8)
            .connect_with(superuser.username("supabase_auth_admin"))
            .await
            .unwrap();
        let router = auth::router(auth_pool, Arc::clone(&keys), options);
        Self {
            router,
            keys,
            pool,
            mails,
            _database: database,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub async fn call(&self, method: Method, path: &str, bearer: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !bearer.is_empty() {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, "", body).await
    }

    pub async fn admin(&self, method: Method, path: &str, body: Value) -> Answer {
        let claims = json!({ "role": "service_role", "iss": "supabase", "exp": 4_102_444_800_u64 });
        let bearer = self.keys.sign(&claims).unwrap();
        self.call(method, path, &bearer, body).await
    }

    /// Registers `email` with [`PASSWORD`].
    pub async fn sign_up(&self, email: &str) -> Answer {
        self.post("/signup", json!({ "email": email, "password": PASSWORD }))
            .await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post(
            "/token?grant_type=password",
            json!({ "email": email, "password": password }),
        )
        .await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.post(
            "/token?grant_type=refresh_token",
            json!({ "refresh_token": token }),
        )
        .await
    }

    pub async fn get_user(&self, bearer: &str) -> Answer {
        self.call(Method::GET, "/user", bearer, Value::Null).await
    }

    pub async fn count(&self, what: &'static str) -> i64 {
        sqlx::query(what)
            .fetch_one(&self.pool)
            .await
            .unwrap()
            .get(0)
    }

    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.pool).await.unwrap();
    }

    /// The text of the newest mail to `email`.
    pub fn mail_to(&self, email: &str) -> String {
        let mails = self.mails.lock().unwrap();
        let mail = mails
            .iter()
            .rev()
            .find(|mail| mail["to"][0] == email)
            .expect("a mail");
        mail["text"].as_str().unwrap().to_owned()
    }

    pub fn mails(&self) -> usize {
        self.mails.lock().unwrap().len()
    }
}

/// The six digits of a mail.
pub fn code_in(mail: &str) -> String {
    mail.rsplit("code: ").next().unwrap().trim().to_owned()
}

/// The path below `/auth/v1` that the link of a mail asks for.
pub fn link_in(mail: &str) -> String {
    let start = mail.find("/auth/v1/").unwrap() + "/auth/v1".len();
    mail[start..].split_whitespace().next().unwrap().to_owned()
}

/// A parameter of a link.
pub fn parameter(link: &str, name: &str) -> String {
    let start = link.find(&format!("{name}=")).unwrap() + name.len() + 1;
    link[start..].split('&').next().unwrap().to_owned()
}

async fn start_outbox() -> (String, Arc<Mutex<Vec<Value>>>) {
    type Mails = Arc<Mutex<Vec<Value>>>;
    async fn take(
        State(mails): State<Mails>,
        Json(mail): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        mails.lock().unwrap().push(mail);
        (StatusCode::OK, Json(json!({ "id": Uuid::new_v4() })))
    }
    let mails = Mails::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let outbox = Router::new()
        .route("/emails", post(take))
        .with_state(Arc::clone(&mails));
    tokio::spawn(async move { axum::serve(listener, outbox).await });
    (address, mails)
}
