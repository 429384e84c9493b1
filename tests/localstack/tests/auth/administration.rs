//! What the bearer of a service token does with users.

use axum::http::Method;
use serde_json::{Value, json};

use crate::project::{PASSWORD, Project};

#[tokio::test]
async fn only_a_service_token_administers() {
    let project = Project::new().await;
    let bearer = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    let list = |bearer: String| {
        let project = &project;
        async move {
            project
                .call(Method::GET, "/admin/users", &bearer, Value::Null)
                .await
                .error()
        }
    };
    assert_eq!(list(String::new()).await, (401, "no_authorization".into()));
    assert_eq!(list(bearer).await, (403, "not_admin".into()));
}

#[tokio::test]
async fn users_come_in_pages_newest_first() {
    let project = Project::new().await;
    for name in ["ann", "bob", "cid", "dan", "eve"] {
        project.sign_up(&format!("{name}@example.com")).await;
    }
    let page = project
        .admin(Method::GET, "/admin/users?page=2&per_page=2", Value::Null)
        .await;
    assert_eq!(page.headers["x-total-count"], "5");
    assert_eq!(
        page.headers["link"],
        "</admin/users?page=3&per_page=2>; rel=\"next\", </admin/users?page=3&per_page=2>; rel=\"last\""
    );
    let emails: Vec<_> = page.body["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["email"].clone())
        .collect();
    assert_eq!(emails, ["cid@example.com", "bob@example.com"]);
    assert_eq!(page.body["aud"], "authenticated");
    let wrong = project
        .admin(Method::GET, "/admin/users?page=x", Value::Null)
        .await;
    assert_eq!(wrong.error(), (400, "validation_failed".into()));
}

#[tokio::test]
async fn a_created_user_signs_in_once_confirmed() {
    let project = Project::new().await;
    let body =
        json!({ "email": "ann@example.com", "password": PASSWORD, "app_metadata": { "team": 7 } });
    let created = project
        .admin(Method::POST, "/admin/users", body.clone())
        .await;
    assert_eq!(created.status, 200, "{:?}", created.body);
    assert_eq!(
        created.body["app_metadata"],
        json!({ "provider": "email", "providers": ["email"], "team": 7 })
    );
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.error(),
        (400, "email_not_confirmed".into())
    );
    assert_eq!(
        project
            .admin(Method::POST, "/admin/users", body)
            .await
            .error(),
        (422, "email_exists".into())
    );

    let path = format!("/admin/users/{}", created.text("/id"));
    let confirmed = project
        .admin(Method::PUT, &path, json!({ "email_confirm": true }))
        .await;
    assert!(confirmed.body["email_confirmed_at"].is_string());
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.status,
        200
    );
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_every_session() {
    let project = Project::new().await;
    let here = project.sign_up("ann@example.com").await;
    let there = project.sign_in("ann@example.com", PASSWORD).await;
    let path = format!("/admin/users/{}", here.text("/user/id"));
    let answer = project
        .admin(Method::PUT, &path, json!({ "password": "set by an admin" }))
        .await;
    assert_eq!(answer.status, 200);
    for session in [here, there] {
        assert_eq!(
            project
                .get_user(&session.text("/access_token"))
                .await
                .error(),
            (403, "session_not_found".into())
        );
        assert_eq!(
            project
                .refresh(&session.text("/refresh_token"))
                .await
                .status,
            400
        );
    }
    assert_eq!(
        project
            .sign_in("ann@example.com", "set by an admin")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_banned_user_is_out_until_the_ban_is_lifted() {
    let project = Project::new().await;
    let session = project.sign_up("ann@example.com").await;
    let path = format!("/admin/users/{}", session.text("/user/id"));
    let banned = project
        .admin(Method::PUT, &path, json!({ "ban_duration": "24h" }))
        .await;
    assert!(banned.body["banned_until"].is_string());
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.error(),
        (400, "user_banned".into())
    );
    assert_eq!(
        project
            .get_user(&session.text("/access_token"))
            .await
            .error(),
        (403, "user_banned".into())
    );
    assert_eq!(
        project
            .refresh(&session.text("/refresh_token"))
            .await
            .error(),
        (400, "user_banned".into())
    );
    project
        .admin(Method::PUT, &path, json!({ "ban_duration": "none" }))
        .await;
    assert_eq!(
        project
            .refresh(&session.text("/refresh_token"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_administrator_changes_address_and_metadata() {
    let project = Project::new().await;
    let id = project.sign_up("ann@example.com").await.text("/user/id");
    let body = json!({
        "email": "Anna@example.com", "email_confirm": true,
        "app_metadata": { "provider": null, "team": 1 }, "user_metadata": { "city": "Graz" },
    });
    let user = project
        .admin(Method::PUT, &format!("/admin/users/{id}"), body)
        .await
        .body;
    assert_eq!(user["email"], "anna@example.com");
    // The answer shows identities as they were before, as GoTrue's does.
    assert_eq!(user["identities"][0]["email"], "ann@example.com");
    let user = project
        .admin(Method::GET, &format!("/admin/users/{id}"), Value::Null)
        .await
        .body;
    assert_eq!(user["identities"][0]["email"], "anna@example.com");
    assert_eq!(
        user["app_metadata"],
        json!({ "providers": ["email"], "team": 1 })
    );
    assert_eq!(user["user_metadata"]["city"], "Graz");
    assert_eq!(
        project.sign_in("anna@example.com", PASSWORD).await.status,
        200
    );
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_may_register_again() {
    let project = Project::new().await;
    let session = project.sign_up("ann@example.com").await;
    let path = format!("/admin/users/{}", session.text("/user/id"));
    assert_eq!(
        project.admin(Method::DELETE, &path, Value::Null).await.body,
        json!({})
    );
    assert_eq!(
        project.admin(Method::GET, &path, Value::Null).await.error(),
        (404, "user_not_found".into())
    );
    assert_eq!(
        project
            .get_user(&session.text("/access_token"))
            .await
            .error(),
        (403, "user_not_found".into())
    );
    assert_eq!(
        project
            .count("select count(*) from auth.refresh_tokens")
            .await,
        0
    );
    assert_eq!(project.sign_up("ann@example.com").await.status, 200);

    let again = project
        .sign_in("ann@example.com", PASSWORD)
        .await
        .text("/user/id");
    let soft = json!({ "should_soft_delete": true });
    project
        .admin(Method::DELETE, &format!("/admin/users/{again}"), soft)
        .await;
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.status,
        400
    );
    assert_eq!(project.count("select count(*) from auth.users").await, 1);
}

#[tokio::test]
async fn a_user_s_id_must_be_one() {
    let project = Project::new().await;
    let wrong = project
        .admin(Method::GET, "/admin/users/7", Value::Null)
        .await;
    assert_eq!(wrong.error(), (404, "validation_failed".into()));
}
