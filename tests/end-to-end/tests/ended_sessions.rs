//! An access token is good for an hour, its session perhaps not: whatever ended it, the token reads and writes
//! nothing from then on, at the API, at PostgREST and in SQL.

use anyhow::{Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    http_client, new_phone,
    people::{PASSWORD, Person, read},
    shared_environment,
};

/// What may end somebody's session.
#[derive(Debug, Clone, Copy)]
enum End {
    SignOutHere,
    SignOutAtAuth,
    Ban,
    NewPassword,
    Rejection,
    Deletion,
    SoftDeletion,
}

#[tokio::test]
async fn after_the_end_of_a_session_its_token_reads_and_writes_nothing() -> Result<()> {
    for end in [
        End::SignOutHere,
        End::SignOutAtAuth,
        End::Ban,
        End::NewPassword,
        End::Rejection,
        End::Deletion,
        End::SoftDeletion,
    ] {
        let person = Person::approved(&shared_environment()?, "ended").await?;
        let phone = new_phone();
        let customer = read(
            person
                .api(Method::POST, "/api/customers")
                .json(&json!({ "phone": phone })),
        )
        .await?
        .success()?;
        let profile = format!("user_profiles?id=eq.{}", person.profile_id);
        let own = read(person.rest(Method::GET, &profile)).await?.success()?;
        ensure!(own.as_array().is_some_and(|rows| rows.len() == 1), "{own}");

        end_session(&person, end).await?;

        let by_id = format!(
            "customers?id=eq.{}",
            customer["id"].as_str().unwrap_or_default()
        );
        for request in [
            person.api(Method::GET, "/api/customers"),
            person
                .api(Method::POST, "/api/customers")
                .json(&json!({ "phone": new_phone() })),
            person
                .api(Method::POST, "/api/customers/import")
                .header("content-type", "text/csv")
                .body(format!("phone\n{}\n", new_phone())),
            person.rest(Method::GET, "customers"),
            person.rest(Method::GET, &profile),
            person
                .rest(Method::POST, "customers")
                .json(&json!({ "phone": new_phone() })),
            person
                .rest(Method::PATCH, &by_id)
                .json(&json!({ "first_name": "Ghost" })),
            person
                .rest(Method::POST, "rpc/count_customers")
                .json(&json!({ "filter": {} })),
        ] {
            let answer = read(request).await?;
            let is_rejection =
                matches!(end, End::Rejection) && answer.body["code"] == "account_rejected";
            ensure!(
                answer.status == StatusCode::UNAUTHORIZED || is_rejection,
                "{end:?}: {} {}",
                answer.status,
                answer.body
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_session_of_the_same_person_goes_on() -> Result<()> {
    let environment = shared_environment()?;
    let first = Person::approved(&environment, "two-devices").await?;
    let answer = read(
        http_client()?
            .post(format!(
                "{}/auth/v1/token?grant_type=password",
                environment["SUPABASE_URL"]
            ))
            .header("apikey", &environment["SUPABASE_ANON_KEY"])
            .json(&json!({ "email": first.email, "password": PASSWORD })),
    )
    .await?
    .success()?;
    let second = answer["access_token"].as_str().unwrap_or_default();
    read(first.api(Method::POST, "/api/auth/logout?scope=local"))
        .await?
        .success()?;
    let with = |token: &str| {
        http_client().map(|http| {
            http.get(format!("{}/api/customers", environment["DNWERKS_API_URL"]))
                .bearer_auth(token)
        })
    };
    let gone = read(with(&first.access_token)?).await?;
    ensure!(gone.status == StatusCode::UNAUTHORIZED, "{gone:?}");
    let goes_on = read(with(second)?).await?;
    ensure!(goes_on.status == StatusCode::OK, "{goes_on:?}");
    Ok(())
}

async fn end_session(person: &Person, end: End) -> Result<()> {
    let environment = shared_environment()?;
    let auth = format!("{}/auth/v1", environment["SUPABASE_URL"]);
    let key = &environment["SUPABASE_SERVICE_ROLE_KEY"];
    let user = format!("{auth}/admin/users/{}", person.user_id);
    let http = http_client()?;
    let as_service = |method: Method, body: Value| {
        http.request(method, &user)
            .header("apikey", key)
            .bearer_auth(key)
            .json(&body)
    };
    let request = match end {
        End::SignOutHere => person.api(Method::POST, "/api/auth/logout"),
        End::SignOutAtAuth => http
            .post(format!("{auth}/logout"))
            .header("apikey", &environment["SUPABASE_ANON_KEY"])
            .bearer_auth(&person.access_token),
        End::Ban => as_service(Method::PUT, json!({ "ban_duration": "24h" })),
        End::NewPassword => as_service(
            Method::PUT,
            json!({ "password": "another-horse-battery-7" }),
        ),
        End::Rejection => return person.set_status("rejected").await,
        End::Deletion => as_service(Method::DELETE, json!({})),
        End::SoftDeletion => as_service(Method::DELETE, json!({ "should_soft_delete": true })),
    };
    let answer = read(request).await?;
    ensure!(answer.status.is_success(), "{end:?}: {answer:?}");
    Ok(())
}
