//! Every route of every router, tried by everybody who may not use it, with ids of their own, of others and of nobody.

mod callers;
mod possessions;
mod routes;

use anyhow::{Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use testkit::{
    http_client,
    people::{Person, read},
    shared_environment,
};
use uuid::Uuid;

use callers::{Expected, outsiders};
use possessions::Possessions;
use routes::Route;

const AT_ONCE: usize = 16;

/// The doors without a lock: who may knock is decided behind them, by a password, a code or a signature. Whoever adds one
/// adds it here.
const PUBLIC: [(&str, &str); 10] = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/register"),
    ("POST", "/api/password-reset/request"),
    ("POST", "/api/password-reset/validate"),
    ("POST", "/api/password-reset/confirm"),
    ("POST", "/api/webhooks/resend"),
    ("POST", "/api/webhooks/twilio/status"),
    ("POST", "/api/webhooks/twilio/inbound"),
];
/// Ending a session needs no more than that session, whoever's it is.
const LOGOUT: &str = "/api/auth/logout";
/// Somebody who waits for approval is told so.
const ME: &str = "/api/auth/me";

struct Answered {
    status: StatusCode,
    code: String,
    what: String,
}

/// Sends a request with an empty object for a body; of a stream of events only the head is read.
async fn knock(
    http: &reqwest::Client,
    route: &Route,
    path: &str,
    token: Option<&str>,
    who: &str,
) -> Result<Answered> {
    let url = format!("{}{path}", shared_environment()?["DNWERKS_API_URL"]);
    let mut request = http.request(Method::from_bytes(route.method.as_bytes())?, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if route.path == "/api/customers/import" {
        request = request
            .header(header::CONTENT_TYPE, "text/csv")
            .body("first_name\nAda\n");
    } else if route.method != "GET" {
        request = request.json(&json!({}));
    }
    let answer = request.send().await?;
    let status = answer.status();
    let body = if status.is_success() {
        String::new()
    } else {
        answer.text().await?
    };
    let code = serde_json::from_str::<serde_json::Value>(&body)
        .ok()
        .and_then(|body| body["code"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let what = format!("{who}: {} {path}: {status} {body}", route.method);
    ensure!(!status.is_server_error(), "{what}");
    Ok(Answered { status, code, what })
}

fn locked_doors() -> Result<Vec<Route>> {
    let routes = routes::all()?;
    for (method, path) in PUBLIC {
        ensure!(
            routes
                .iter()
                .any(|route| route.method == method && route.path == path),
            "there is no {method} {path} any more"
        );
    }
    let is_public = |route: &Route| PUBLIC.contains(&(&*route.method, &*route.path));
    Ok(routes
        .into_iter()
        .filter(|route| !is_public(route))
        .collect())
}

/// The routes of admins; whoever adds one elsewhere adds it here.
fn is_for_admins(route: &Route) -> bool {
    route.path.starts_with("/api/admin/") || route.path == "/api/customers/phone-refusals"
}

fn with_unknown_ids(path: &str) -> String {
    let id = Uuid::now_v7().to_string();
    ["{id}", "{message_id}", "{test_id}"]
        .iter()
        .fold(path.to_owned(), |path, name| path.replace(name, &id))
        .replace("{address}", "nobody@people.test")
}

#[tokio::test]
async fn without_a_token_that_stands_no_door_opens() -> Result<()> {
    let victim = Person::approved(&shared_environment()?, "victim").await?;
    let possessions = Possessions::of(&victim).await?;
    let before = possessions.digest().await?;
    let outsiders = outsiders(&victim).await?;
    let (http, doors) = (http_client()?, locked_doors()?);
    let knocks = doors
        .iter()
        .flat_map(|route| outsiders.iter().map(move |outsider| (route, outsider)))
        // Somebody pending may sign out, and then has no session to try the other doors with.
        .filter(|(route, (_, _, expected))| {
            ![LOGOUT, ME].contains(&&*route.path) || *expected == Expected::Unauthenticated
        });
    stream::iter(knocks)
        .map(|(route, (who, token, expected))| {
            let path = possessions
                .fill(&route.path)
                .unwrap_or_else(|| with_unknown_ids(&route.path));
            let http = &http;
            async move {
                let answered = knock(http, route, &path, token.as_deref(), who).await?;
                let is_refused = match (expected, answered.status) {
                    (Expected::Unauthenticated | Expected::Gone, StatusCode::UNAUTHORIZED)
                    | (Expected::NotLetIn | Expected::Gone, StatusCode::FORBIDDEN) => true,
                    // Whose session has ended is told so, or signs out again.
                    (Expected::Unauthenticated, StatusCode::NO_CONTENT) => {
                        route.path == LOGOUT && who.contains("session")
                    }
                    _ => false,
                };
                ensure!(is_refused, "{}", answered.what);
                Ok(())
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    possessions.unchanged_since(&before).await
}

#[tokio::test]
async fn what_is_another_tenants_looks_like_what_does_not_exist() -> Result<()> {
    let environment = shared_environment()?;
    let victim = Person::approved(&environment, "victim").await?;
    let stranger = Person::approved(&environment, "stranger").await?;
    let possessions = Possessions::of(&victim).await?;
    let before = possessions.digest().await?;
    let (http, doors) = (http_client()?, locked_doors()?);
    stream::iter(&doors)
        .filter(|route| std::future::ready(route.path != LOGOUT))
        .map(|route| {
            let (http, possessions) = (&http, &possessions);
            let token = Some(&*stranger.access_token);
            async move {
                if is_for_admins(route) {
                    let answered =
                        knock(http, route, &with_unknown_ids(&route.path), token, "a user").await?;
                    ensure!(
                        answered.status == StatusCode::FORBIDDEN
                            && answered.code == "admin_required",
                        "{}",
                        answered.what
                    );
                }
                let Some(foreign) = possessions
                    .fill(&route.path)
                    .filter(|path| *path != route.path)
                else {
                    return Ok(());
                };
                let foreign = knock(http, route, &foreign, token, "a stranger").await?;
                let unknown = knock(
                    http,
                    route,
                    &with_unknown_ids(&route.path),
                    token,
                    "a stranger",
                )
                .await?;
                // A stream of an import may begin before the import does, and then says that there is none.
                let may_wait = route.path.starts_with("/api/customers/imports/{id}/events");
                ensure!(
                    (may_wait || foreign.status.is_client_error())
                        && (foreign.status, &foreign.code) == (unknown.status, &unknown.code),
                    "these tell apart what exists: {} / {}",
                    foreign.what,
                    unknown.what
                );
                Ok(())
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    possessions.unchanged_since(&before).await
}

#[tokio::test]
async fn owners_and_admins_get_in_and_no_id_breaks_a_door() -> Result<()> {
    let environment = shared_environment()?;
    let owner = Person::approved(&environment, "owner").await?;
    let admin = Person::with(&environment, "attack-admin", "admin", "approved").await?;
    let possessions = Possessions::of(&owner).await?;
    let (http, doors) = (http_client()?, locked_doors()?);
    stream::iter(doors.iter().filter(|route| route.path != LOGOUT))
        .map(|route| {
            let (http, owner, admin, possessions) = (&http, &owner, &admin, &possessions);
            async move {
                for id in [
                    "x",
                    "%00",
                    "..%2f..%2fcustomers",
                    "%27%20or%201=1--",
                    "00000000-0000-0000-0000-000000000000",
                ] {
                    let path = ["{id}", "{message_id}", "{test_id}", "{address}"]
                        .iter()
                        .fold(route.path.clone(), |path, name| path.replace(name, id));
                    for (who, token) in [
                        ("an owner", &owner.access_token),
                        ("an admin", &admin.access_token),
                    ] {
                        let answered = knock(http, route, &path, Some(token), who).await?;
                        ensure!(
                            path == route.path
                                || answered.status.is_client_error()
                                || route.path.contains("/events"),
                            "{}",
                            answered.what
                        );
                    }
                }
                // What only reads, the owner reads; an admin reads everything.
                if route.method == "GET" {
                    let path = possessions
                        .fill(&route.path)
                        .unwrap_or_else(|| route.path.clone());
                    let is_complete = !path.contains('{') && !path.contains("/tests/");
                    if is_complete && !is_for_admins(route) {
                        let answered =
                            knock(http, route, &path, Some(&owner.access_token), "the owner")
                                .await?;
                        ensure!(
                            answered.status != StatusCode::FORBIDDEN
                                && answered.status != StatusCode::NOT_FOUND,
                            "{}",
                            answered.what
                        );
                    }
                    let answered = knock(
                        http,
                        route,
                        &with_unknown_ids(&route.path),
                        Some(&admin.access_token),
                        "an admin",
                    )
                    .await?;
                    ensure!(
                        ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]
                            .contains(&answered.status),
                        "{}",
                        answered.what
                    );
                }
                Ok(())
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    // Nothing above was a command.
    let me = read(owner.api(Method::GET, "/api/customers")).await?;
    ensure!(me.status == StatusCode::OK, "{me:?}");
    Ok(())
}
