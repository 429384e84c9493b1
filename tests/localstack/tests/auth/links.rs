//! What a followed link leaves of the others.

use axum::http::Method;
use serde_json::{Value, json};

use crate::project::{Answer, PASSWORD, Project, code_in, link_in, parameter};

/// Proves the newest mail's link.
async fn prove(project: &Project, kind: &str, mail: &str) -> Answer {
    let hash = parameter(&link_in(mail), "token");
    let proof = json!({ "type": kind, "token_hash": hash });
    project.post("/verify", proof).await
}

fn expired() -> (u16, String) {
    (403, "otp_expired".into())
}

#[tokio::test]
async fn one_followed_link_spends_all_others() {
    let project = Project::new().await;
    for (followed, left) in [("recovery", "email_change"), ("email_change", "recovery")] {
        let (email, new) = (
            format!("{followed}@example.com"),
            format!("{left}@example.net"),
        );
        let bearer = project.sign_up(&email).await.text("/access_token");
        let change = project.call(Method::PUT, "/user", &bearer, json!({ "email": new }));
        assert_eq!(change.await.status, 200);
        let recovery = project.post("/recover", json!({ "email": email }));
        assert_eq!(recovery.await.status, 200);
        let mail = |kind: &str| project.mail_to(if kind == "recovery" { &email } else { &new });
        let (followed_mail, left_mail) = (mail(followed), mail(left));
        let proven = prove(&project, followed, &followed_mail).await;
        assert_eq!(proven.status, 200, "{followed}: {:?}", proven.body);
        let spent = prove(&project, left, &left_mail).await;
        assert_eq!(spent.error(), expired(), "{left}");
    }
    let left = project.count("select count(*) from auth.one_time_tokens");
    assert_eq!(left.await, 0);
}

#[tokio::test]
async fn a_code_is_still_good_when_its_link_is_spent() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    project.sign_up("ann@example.com").await;
    let signed_up = project.mail_to("ann@example.com");
    project
        .post("/recover", json!({ "email": "ann@example.com" }))
        .await;
    let recovery = project.mail_to("ann@example.com");
    assert_eq!(prove(&project, "signup", &signed_up).await.status, 200);
    assert_eq!(
        prove(&project, "recovery", &recovery).await.error(),
        expired()
    );
    let typed = |kind: &str, mail: &str| {
        let proof = json!({ "type": kind, "email": "ann@example.com", "token": code_in(mail) });
        project.post("/verify", proof)
    };
    assert_eq!(typed("signup", &signed_up).await.error(), expired());
    assert_eq!(typed("recovery", &recovery).await.status, 200);
    assert_eq!(typed("recovery", &recovery).await.error(), expired());
}

#[tokio::test]
async fn a_new_password_spends_links_and_codes() {
    let project = Project::new().await;
    let bearer = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    project
        .post("/recover", json!({ "email": "ann@example.com" }))
        .await;
    let mail = project.mail_to("ann@example.com");
    let changed = project
        .call(
            Method::PUT,
            "/user",
            &bearer,
            json!({ "password": "another password" }),
        )
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(prove(&project, "recovery", &mail).await.error(), expired());
    let typed = json!({ "type": "recovery", "email": "ann@example.com", "token": code_in(&mail) });
    assert_eq!(project.post("/verify", typed).await.error(), expired());
}

#[tokio::test]
async fn an_administrator_makes_both_links_of_a_changed_address() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "email_confirm": true });
    project.admin(Method::POST, "/admin/users", body).await;
    let mut hashes = Vec::new();
    for kind in ["email_change_current", "email_change_new"] {
        let body =
            json!({ "type": kind, "email": "ann@example.com", "new_email": "anna@example.com" });
        let link = project
            .admin(Method::POST, "/admin/generate_link", body)
            .await;
        hashes.push(link.text("/hashed_token"));
    }
    let prove = |hash: &str| {
        let proof = json!({ "type": "email_change", "token_hash": hash });
        project.post("/verify", proof)
    };
    let first = prove(&hashes[0]).await;
    assert!(first.text("/msg").starts_with("Confirmation link accepted"));
    assert_eq!(prove(&hashes[0]).await.error(), expired(), "works once");
    let second = prove(&hashes[1]).await;
    assert_eq!(second.text("/user/email"), "anna@example.com");
}

#[tokio::test]
async fn who_is_banned_learns_that_whatever_the_code() {
    let project = Project::new().await;
    let id = project.sign_up("ann@example.com").await.text("/user/id");
    project
        .post("/recover", json!({ "email": "ann@example.com" }))
        .await;
    let ban = json!({ "ban_duration": "24h" });
    project
        .admin(Method::PUT, &format!("/admin/users/{id}"), ban)
        .await;
    let banned = (403, "user_banned".to_owned());
    let typed = json!({ "type": "recovery", "email": "ann@example.com", "token": "wrong" });
    assert_eq!(project.post("/verify", typed).await.error(), banned);
    let link = link_in(&project.mail_to("ann@example.com"));
    let followed = project.call(Method::GET, &link, "", Value::Null).await;
    let location = followed.headers["location"].to_str().unwrap().to_owned();
    assert!(location.contains("error_code=user_banned"), "{location}");
}
