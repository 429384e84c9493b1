//! The whole of localstack, started in this process on free ports.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::{path::Path, process::Command};

use localstack::{DatabaseOptions, Localstack, Options};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

const MIGRATION: &str = "
create table public.notes (
    owner uuid not null default auth.uid(),
    text text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
grant select, insert, update, delete on public.notes to authenticated;
grant select on public.notes to service_role;
revoke all on public.notes from anon;
";

/// A small project of the test's own.
fn project(folder: &Path) {
    let migrations = folder.join("supabase/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::write(migrations.join("20260101000000_notes.sql"), MIGRATION).unwrap();
    std::fs::write(
        folder.join("supabase/seed.sql"),
        "insert into public.notes values (gen_random_uuid(), 'seed');",
    )
    .unwrap();
}

fn options(folder: &Path) -> Options {
    Options {
        database: DatabaseOptions {
            data_dir: Some(folder.join("data")),
            migrations: Some(folder.join("supabase")),
            fast: true,
            ..DatabaseOptions::default()
        },
        ..Options::default()
    }
}

struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    fn of(stack: &Localstack, key: &str) -> Self {
        let get = |name: &str| stack.environment().get(name).unwrap().to_owned();
        let http = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            http,
            url: get("SUPABASE_URL"),
            key: get(key),
        }
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        token: Option<&str>,
    ) -> (u16, Option<String>, Value) {
        let mut request = request.header("apikey", &self.key);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let range = answer
            .headers()
            .get("content-range")
            .map(|range| range.to_str().unwrap().to_owned());
        (
            answer.status().as_u16(),
            range,
            answer.json().await.unwrap_or(Value::Null),
        )
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        let (status, _, body) = self.send(request, token).await;
        (status, body)
    }

    async fn notes(&self, token: Option<&str>) -> (u16, Value) {
        let request = self
            .http
            .get(format!("{}/rest/v1/notes?select=text", self.url));
        let (status, _, body) = self.send(request, token).await;
        (status, body)
    }

    /// A new user's access token and refresh token.
    async fn sign_up(&self, email: &str) -> (String, String) {
        let body = json!({ "email": email, "password": "violet-otters-7" });
        let (status, session) = self.post("/auth/v1/signup", None, body).await;
        assert_eq!(status, 200, "{session}");
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }
}

#[tokio::test]
async fn a_request_reaches_the_rows_of_its_role_only() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let stack = Localstack::start(&options(folder.path())).await.unwrap();
    let anon = Client::of(&stack, "SUPABASE_PUBLISHABLE_KEY");
    let service = Client::of(&stack, "SUPABASE_SECRET_KEY");
    let (first, _) = anon.sign_up("first@example.com").await;
    let (second, _) = anon.sign_up("second@example.com").await;

    let quoted = "/rest/v1/notes?columns=%22text%22";
    let (status, _) = anon
        .post(
            quoted,
            Some(&first),
            json!([{ "text": "a" }, { "text": "b" }]),
        )
        .await;
    assert_eq!(status, 201);
    assert_eq!(
        anon.notes(Some(&first)).await,
        (200, json!([{ "text": "a" }, { "text": "b" }]))
    );
    assert_eq!(anon.notes(Some(&second)).await, (200, json!([])));
    assert_eq!(
        service.notes(None).await.1.as_array().unwrap().len(),
        3,
        "the seed's and the two"
    );
    let foreign = json!({ "text": "c", "owner": "00000000-0000-0000-0000-000000000000" });
    assert_eq!(
        anon.post("/rest/v1/notes", Some(&second), foreign).await.0,
        403
    );
    assert_eq!(anon.notes(None).await.0, 401);
    assert_eq!(anon.notes(Some("no.to.ken")).await.0, 401);

    let delete = anon
        .http
        .delete(format!("{}/rest/v1/notes?text=eq.a", anon.url))
        .header("prefer", "count=exact");
    let (status, range, _) = anon.send(delete, Some(&first)).await;
    assert_eq!((status, range.as_deref()), (204, Some("*/1")));
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn without_a_key_of_the_project_nothing_but_the_open_routes_answers() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let stack = Localstack::start(&options(folder.path())).await.unwrap();
    let url = stack.environment().get("SUPABASE_URL").unwrap().to_owned();
    let http = Client::of(&stack, "SUPABASE_ANON_KEY").http;
    let status =
        async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(status(http.get(format!("{url}/rest/v1/notes"))).await, 401);
    assert_eq!(
        status(
            http.get(format!("{url}/rest/v1/notes"))
                .header("apikey", "sb_secret_no")
        )
        .await,
        401
    );
    assert_eq!(status(http.get(format!("{url}/auth/v1/health"))).await, 401);
    assert_eq!(
        status(http.get(format!("{url}/auth/v1/.well-known/jwks.json"))).await,
        200
    );
    let preflight = http
        .request(reqwest::Method::OPTIONS, format!("{url}/rest/v1/notes"))
        .header("origin", "http://127.0.0.1:3000")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "apikey,authorization,prefer",
        );
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        answer.headers()["access-control-allow-headers"],
        "apikey,authorization,prefer"
    );
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn rows_and_sessions_outlive_a_restart_and_new_migrations_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let stack = Localstack::start(&options(folder.path())).await.unwrap();
    let (token, refresh_token) = Client::of(&stack, "SUPABASE_ANON_KEY")
        .sign_up("a@example.com")
        .await;
    let anon_key = stack
        .environment()
        .get("SUPABASE_ANON_KEY")
        .unwrap()
        .to_owned();
    stack.stop().await.unwrap();

    let added = "alter table public.notes add column done boolean not null default false;";
    std::fs::write(
        folder
            .path()
            .join("supabase/migrations/20260102000000_done.sql"),
        added,
    )
    .unwrap();
    let stack = Localstack::start(&options(folder.path())).await.unwrap();
    assert_eq!(
        stack.environment().get("SUPABASE_ANON_KEY"),
        Some(anon_key.as_str())
    );
    let anon = Client::of(&stack, "SUPABASE_ANON_KEY");
    assert_eq!(anon.notes(Some(&token)).await.0, 200);
    let body = json!({ "refresh_token": refresh_token });
    assert_eq!(
        anon.post("/auth/v1/token?grant_type=refresh_token", None, body)
            .await
            .0,
        200
    );

    let superuser = stack
        .environment()
        .get("DNWERKS_TEST_DATABASE_URL")
        .unwrap();
    let mut connection = PgConnection::connect(superuser).await.unwrap();
    let history: Vec<(String, String)> = sqlx::query_as(
        "select version, name from supabase_migrations.schema_migrations order by version",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1], ("20260102000000".to_owned(), "done".to_owned()));
    // Tests clone a database that has every migration and no row, not even the seed's.
    sqlx::raw_sql("create database copy template dnwerks_template")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut copy = PgConnection::connect(&superuser.replace("/postgres?", "/copy?"))
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from public.notes where not done")
        .fetch_one(&mut copy)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    drop((connection, copy));
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_fails_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let broken = "select 1;\n\nselect\n  2 +\n  nothing;\n";
    std::fs::write(
        folder
            .path()
            .join("supabase/migrations/20260103000000_broken.sql"),
        broken,
    )
    .unwrap();
    let error = Localstack::start(&options(folder.path()))
        .await
        .unwrap_err();
    let text = format!("{:#}", anyhow::Error::from(error));
    assert!(text.contains("20260103000000_broken.sql:5:"), "{text}");
}

/// Ids of servers that work on `folder`.
fn servers_on(folder: &Path) -> String {
    let pattern = format!("postgres -D {}", folder.display());
    let found = Command::new("pgrep")
        .args(["-f", &pattern])
        .output()
        .unwrap();
    String::from_utf8(found.stdout).unwrap()
}

#[tokio::test]
async fn a_killed_localstack_leaves_no_server_and_its_folder_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let data = folder.path().join("data");
    let file = folder.path().join("environment");
    let run = || {
        let _ = std::fs::remove_file(&file);
        tokio::process::Command::new(env!("CARGO_BIN_EXE_localstack"))
            .args(["database", "--fast", "--data-dir"])
            .arg(&data)
            .arg("--migrations")
            .arg(folder.path().join("supabase"))
            .arg("--env-file")
            .arg(&file)
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    };
    let until = async |what: &str, is: &dyn Fn() -> bool| {
        let started = std::time::Instant::now();
        while !is() {
            assert!(started.elapsed().as_secs() < 60, "{what} did not happen");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let mut first = run();
    until("the first start", &|| file.exists()).await;
    assert_ne!(servers_on(&data), "");
    first.kill().await.unwrap();
    let mut second = run();
    until("the second start", &|| file.exists()).await;
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(second.id().unwrap()).unwrap()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    assert!(second.wait().await.unwrap().success());
    assert_eq!(servers_on(&data), "");
}
