//! PKCE: links that bring a code, for the browser that asked only.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::project::{PASSWORD, Project, code_in, link_in, parameter};

const VERIFIER: &str = "a-verifier-that-only-this-browser-knows-0123456789";

fn asked(email: &str) -> Value {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    json!({ "email": email, "password": PASSWORD, "code_challenge": challenge, "code_challenge_method": "s256" })
}

/// Where the newest mail's link leads.
async fn follow(project: &Project, email: &str) -> String {
    let link = link_in(&project.mail_to(email));
    assert!(parameter(&link, "token").starts_with("pkce_"), "{link}");
    let followed = project.call(Method::GET, &link, "", Value::Null).await;
    assert_eq!(followed.status, 303);
    followed.headers["location"].to_str().unwrap().to_owned()
}

async fn exchange(project: &Project, code: &str, verifier: &str) -> crate::project::Answer {
    let body = json!({ "auth_code": code, "code_verifier": verifier });
    project.post("/token?grant_type=pkce", body).await
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_by_who_asked_only() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    project.post("/signup", asked("ann@example.com")).await;
    let location = follow(&project, "ann@example.com").await;
    assert!(
        location.starts_with("http://127.0.0.1:3000?code="),
        "{location}"
    );
    assert!(!location.contains("access_token"), "{location}");
    let code = parameter(&location, "code");
    let thief = exchange(&project, &code, &"x".repeat(50)).await;
    assert_eq!(thief.error(), (400, "bad_code_verifier".into()));
    let session = exchange(&project, &code, VERIFIER).await;
    assert_eq!(session.status, 200, "{:?}", session.body);
    let claims = project.keys.verify(&session.text("/access_token")).unwrap();
    assert_eq!(claims["amr"][0]["method"], "email/signup");
    assert_eq!(
        exchange(&project, &code, VERIFIER).await.error(),
        (404, "flow_state_not_found".into()),
        "works once"
    );
}

#[tokio::test]
async fn recovery_and_sign_in_links_bring_codes_too() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    for (path, method) in [("/recover", "recovery"), ("/otp", "magiclink")] {
        project.post(path, asked("ann@example.com")).await;
        let code = parameter(&follow(&project, "ann@example.com").await, "code");
        let session = exchange(&project, &code, VERIFIER).await;
        assert_eq!(session.status, 200, "{path}: {:?}", session.body);
        let claims = project.keys.verify(&session.text("/access_token")).unwrap();
        assert_eq!(claims["amr"][0]["method"], method);
    }
}

#[tokio::test]
async fn a_link_that_does_not_work_says_so_where_the_browser_looks() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    project.post("/recover", asked("ann@example.com")).await;
    follow(&project, "ann@example.com").await;
    let again = follow(&project, "ann@example.com").await;
    assert!(
        again.starts_with("http://127.0.0.1:3000?error=access_denied&error_code=otp_expired"),
        "{again}"
    );
}

#[tokio::test]
async fn the_frontend_proves_a_token_hash_or_a_typed_code_itself() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    project.post("/recover", asked("ann@example.com")).await;
    let hash = parameter(&link_in(&project.mail_to("ann@example.com")), "token");
    let proof = json!({ "type": "recovery", "token_hash": hash });
    assert_eq!(project.post("/verify", proof).await.status, 200);
    project.post("/recover", asked("ann@example.com")).await;
    let code = code_in(&project.mail_to("ann@example.com"));
    let proof = json!({ "type": "recovery", "email": "ann@example.com", "token": code });
    assert_eq!(project.post("/verify", proof).await.status, 200);
}

#[tokio::test]
async fn a_code_expires_and_only_that_of_a_sign_in_link_counts_from_the_followed_link() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    for (path, asked_long_ago) in [("/recover", 422), ("/otp", 200)] {
        for (aged, expected) in [
            (
                "update auth.flow_state set created_at = created_at - interval '6 minutes'",
                asked_long_ago,
            ),
            (
                "update auth.flow_state set created_at = created_at - interval '6 minutes', \
                 auth_code_issued_at = auth_code_issued_at - interval '6 minutes'",
                422,
            ),
        ] {
            project.post(path, asked("ann@example.com")).await;
            let code = parameter(&follow(&project, "ann@example.com").await, "code");
            project.run(aged).await;
            let answer = exchange(&project, &code, VERIFIER).await;
            assert_eq!(answer.status, expected, "{path} {aged}: {:?}", answer.body);
            if expected == 422 {
                assert_eq!(answer.text("/error_code"), "flow_state_expired");
            }
        }
    }
}

#[tokio::test]
async fn a_link_to_confirm_with_that_is_followed_late_brings_a_code_too_old_to_exchange() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    project.post("/signup", asked("ann@example.com")).await;
    project
        .run("update auth.flow_state set created_at = now() - interval '6 minutes'")
        .await;
    let code = parameter(&follow(&project, "ann@example.com").await, "code");
    let late = exchange(&project, &code, VERIFIER).await;
    assert_eq!(late.error(), (422, "flow_state_expired".into()));
    let user = project.sign_in("ann@example.com", PASSWORD).await;
    assert_eq!(user.status, 200, "the address is confirmed all the same");
}
