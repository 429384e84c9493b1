//! Two tenants and the paths between them: the API, PostgREST, and SQL as `authenticated`.

use anyhow::Result;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use testkit::{
    new_phone,
    people::{Person, read, text},
    shared_environment,
};

/// Everything that `owner` has one of, as API path and table.
async fn possessions(owner: &Person, phone: &str) -> Result<[(String, &'static str, String); 3]> {
    let make = async |path: &str, row: Value| -> Result<String> {
        let row = read(owner.api(Method::POST, path).json(&row))
            .await?
            .success()?;
        text(&row, "id")
    };
    let customer = make(
        "/api/customers",
        json!({"phone": phone, "first_name": "Ada"}),
    )
    .await?;
    let campaign = make(
        "/api/campaigns",
        json!({"name": "Mine", "message_body": "Hello"}),
    )
    .await?;
    let template = make(
        "/api/templates",
        json!({"name": "Mine", "message_body": "Hello"}),
    )
    .await?;
    Ok([
        (format!("/api/customers/{customer}"), "customers", customer),
        (format!("/api/campaigns/{campaign}"), "campaigns", campaign),
        (
            format!("/api/templates/{template}"),
            "campaign_templates",
            template,
        ),
    ])
}

#[tokio::test]
async fn through_the_api_another_tenants_rows_do_not_exist() -> Result<()> {
    let environment = shared_environment()?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    for (path, table, _) in possessions(&alice, &new_phone()).await? {
        let stolen = match table {
            "customers" => json!({"first_name": "Stolen"}),
            _ => json!({"name": "Stolen"}),
        };
        for request in [
            bob.api(Method::PUT, &path).json(&stolen),
            bob.api(Method::DELETE, &path),
        ] {
            let answer = read(request).await?;
            assert_eq!(
                answer.status,
                StatusCode::NOT_FOUND,
                "{path}: {}",
                answer.body
            );
        }
        if path.starts_with("/api/campaigns") {
            let answer = read(bob.api(Method::POST, &format!("{path}/send"))).await?;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
        }
    }
    for list in ["/api/customers", "/api/campaigns"] {
        let page = read(bob.api(Method::GET, list)).await?.success()?;
        assert_eq!(page["total"], 0, "{list}: {page}");
    }
    Ok(())
}

#[tokio::test]
async fn through_postgrest_another_tenants_rows_do_not_exist() -> Result<()> {
    let environment = shared_environment()?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    for (_, table, id) in possessions(&alice, &new_phone()).await? {
        let row = format!("{table}?id=eq.{id}");
        let change = if table == "customers" {
            json!({"first_name": "Stolen"})
        } else {
            json!({"name": "Stolen"})
        };
        for request in [
            bob.rest(Method::GET, &row),
            bob.rest(Method::PATCH, &row)
                .header("prefer", "return=representation")
                .json(&change),
            bob.rest(Method::DELETE, &row)
                .header("prefer", "return=representation"),
        ] {
            let rows = read(request).await?.success()?;
            assert_eq!(rows, json!([]), "{row}");
        }
        let mine = read(alice.rest(Method::GET, &row)).await?.success()?;
        assert_eq!(
            mine.as_array().map(Vec::len),
            Some(1),
            "{row} is still there, unchanged"
        );
        assert!(!mine.to_string().contains("Stolen"), "{mine}");
    }
    Ok(())
}

#[tokio::test]
async fn sql_as_authenticated_reaches_only_ones_own_rows() -> Result<()> {
    let environment = shared_environment()?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    let owned = possessions(&alice, &new_phone()).await?;
    let mut connection = PgConnection::connect(&environment["SUPABASE_DB_URL"]).await?;
    let claims = json!({"sub": bob.user_id, "role": "authenticated"}).to_string();
    for (_, table, id) in owned {
        let mut transaction = connection.begin().await?;
        sqlx::query("select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)")
            .bind(&claims)
            .execute(&mut *transaction)
            .await?;
        for statement in [
            format!("select 1 from public.{table} where id = '{id}'"),
            format!(
                "update public.{table} set {0} = {0} where id = '{id}'",
                if table == "customers" {
                    "first_name"
                } else {
                    "name"
                }
            ),
            format!("delete from public.{table} where id = '{id}'"),
        ] {
            let touched = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
                .execute(&mut *transaction)
                .await?
                .rows_affected();
            assert_eq!(touched, 0, "{statement}");
        }
        transaction.rollback().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_pending_and_a_rejected_person_reach_nothing_but_their_profile() -> Result<()> {
    let environment = shared_environment()?;
    for (status, code) in [
        ("pending", "approval_pending"),
        ("rejected", "account_rejected"),
    ] {
        // Signed in while approved: the token outlives the decision, the rights do not.
        let person = Person::approved(&environment, status).await?;
        read(
            person
                .api(Method::POST, "/api/customers")
                .json(&json!({"phone": new_phone()})),
        )
        .await?
        .success()?;
        let mut connection = PgConnection::connect(&environment["SUPABASE_DB_URL"]).await?;
        sqlx::query("update public.user_profiles set status = $1 where id = $2::uuid")
            .bind(status)
            .bind(&person.profile_id)
            .execute(&mut connection)
            .await?;

        // A rejection ends the session as well.
        if status == "rejected" {
            for path in ["customers", "user_profiles"] {
                let answer = read(person.rest(Method::GET, path)).await?;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            }
            continue;
        }
        let customers = read(person.rest(Method::GET, "customers"))
            .await?
            .success()?;
        assert_eq!(customers, json!([]), "{status}");
        let insert = read(
            person
                .rest(Method::POST, "customers")
                .json(&json!({"phone": new_phone()})),
        )
        .await?;
        assert_eq!(
            insert.status,
            StatusCode::FORBIDDEN,
            "{status}: {}",
            insert.body
        );
        let profiles = read(person.rest(Method::GET, "user_profiles"))
            .await?
            .success()?;
        assert_eq!(profiles[0]["status"], status);
        let import = read(
            person
                .api(Method::POST, "/api/customers/import")
                .body("phone\n+12125550123\n"),
        )
        .await?;
        assert_eq!(
            import.status,
            StatusCode::FORBIDDEN,
            "{status}: {}",
            import.body
        );
        assert_eq!(import.body["code"], code);
    }
    Ok(())
}

#[tokio::test]
async fn a_phone_that_another_tenant_has_is_refused_without_saying_whose() -> Result<()> {
    let environment = shared_environment()?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    let phone = new_phone();
    possessions(&alice, &phone).await?;
    let answer = read(
        bob.api(Method::POST, "/api/customers")
            .json(&json!({"phone": phone})),
    )
    .await?;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    assert!(
        !answer.body.to_string().contains(&alice.profile_id),
        "{}",
        answer.body
    );
    let report = bob
        .import(format!("phone,first_name\n{phone},Stolen\n").into_bytes())
        .await?;
    assert_eq!(report["rejected"], 1, "{report}");
    let mine = read(alice.rest(Method::GET, "customers?select=first_name"))
        .await?
        .success()?;
    assert_eq!(mine, json!([{"first_name": "Ada"}]));
    Ok(())
}
