//! Who it is, proven again: sign-in links, second factors, codes before a new password, and limits.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::project::{PASSWORD, Project, code_in};

#[tokio::test]
async fn a_link_to_sign_in_makes_an_account_only_where_it_may() {
    let project = Project::new().await;
    let otp = |body: Value| project.post("/otp", body);
    assert_eq!(
        otp(json!({ "email": "ann@example.com", "create_user": false }))
            .await
            .error(),
        (422, "otp_disabled".into())
    );
    assert_eq!(project.count("select count(*) from auth.users").await, 0);
    assert_eq!(otp(json!({ "email": "ann@example.com" })).await.status, 200);
    let code = code_in(&project.mail_to("ann@example.com"));
    let proof = json!({ "type": "email", "email": "ann@example.com", "token": code });
    assert_eq!(project.post("/verify", proof).await.status, 200);
}

#[tokio::test]
async fn a_new_password_from_an_old_session_needs_a_code() {
    let project = Project::with(|options| options.secure_password_change = true).await;
    let bearer = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    project
        .run("update auth.sessions set created_at = now() - interval '2 days'")
        .await;
    let change = |body: Value| project.call(Method::PUT, "/user", &bearer, body);
    let new = "another password";
    assert_eq!(
        change(json!({ "password": new })).await.error(),
        (400, "reauthentication_needed".into())
    );
    assert_eq!(
        change(json!({ "password": new, "nonce": "000000" }))
            .await
            .error(),
        (422, "reauthentication_not_valid".into())
    );
    let asked = project
        .call(Method::GET, "/reauthenticate", &bearer, Value::Null)
        .await;
    assert_eq!((asked.status, asked.body), (200, json!({})));
    let nonce = code_in(&project.mail_to("ann@example.com"));
    assert_eq!(
        change(json!({ "password": new, "nonce": nonce }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_second_factor_lifts_the_session_and_ends_the_others() {
    let project = Project::new().await;
    let elsewhere = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    let bearer = project
        .sign_in("ann@example.com", PASSWORD)
        .await
        .text("/access_token");
    let post = |path: String, body: Value| {
        let (project, bearer) = (&project, &bearer);
        async move { project.call(Method::POST, &path, bearer, body).await }
    };
    let enrolled = post(
        "/factors".into(),
        json!({ "factor_type": "totp", "friendly_name": "phone" }),
    )
    .await;
    assert_eq!(enrolled.status, 200, "{:?}", enrolled.body);
    assert!(enrolled.text("/totp/qr_code").contains("<svg"));
    assert!(
        enrolled
            .text("/totp/uri")
            .starts_with("otpauth://totp/127.0.0.1:3000:ann@example.com?")
    );
    let factor = format!("/factors/{}", enrolled.text("/id"));
    let challenge = post(format!("{factor}/challenge"), json!({}))
        .await
        .text("/id");
    let verify = |code: String| {
        post(
            format!("{factor}/verify"),
            json!({ "challenge_id": challenge, "code": code }),
        )
    };
    assert_eq!(
        verify("no".into()).await.error(),
        (422, "mfa_verification_failed".into())
    );
    let code = localstack::auth::totp(&enrolled.text("/totp/secret"));
    let lifted = verify(code).await;
    assert_eq!(lifted.status, 200, "{:?}", lifted.body);
    let claims = project.keys.verify(&lifted.text("/access_token")).unwrap();
    assert_eq!(claims["aal"], "aal2");
    assert_eq!(claims["amr"][0]["method"], "totp");
    assert_eq!(lifted.body["user"]["factors"][0]["status"], "verified");
    assert_eq!(
        project.get_user(&elsewhere).await.error(),
        (403, "session_not_found".into())
    );
    let refreshed = project.refresh(&lifted.text("/refresh_token")).await;
    let claims = project
        .keys
        .verify(&refreshed.text("/access_token"))
        .unwrap();
    assert_eq!(claims["aal"], "aal2", "a refresh keeps it");

    let weaker = project
        .sign_in("ann@example.com", PASSWORD)
        .await
        .text("/access_token");
    let body = json!({ "password": "another password" });
    assert_eq!(
        project
            .call(Method::PUT, "/user", &weaker, body)
            .await
            .error(),
        (401, "insufficient_aal".into())
    );
    assert_eq!(
        project
            .call(Method::DELETE, &factor, &weaker, Value::Null)
            .await
            .error(),
        (422, "insufficient_aal".into())
    );
    let gone = project
        .call(
            Method::DELETE,
            &factor,
            &refreshed.text("/access_token"),
            Value::Null,
        )
        .await;
    assert_eq!(gone.status, 200, "{:?}", gone.body);
}

#[tokio::test]
async fn a_backend_with_the_secret_key_is_counted_by_its_callers() {
    let project =
        Project::with(|options| options.rate_limit_header = Some("x-forwarded-for".into())).await;
    let service = json!({ "role": "service_role", "iss": "supabase", "exp": 4_102_444_800_u64 });
    let service = project.keys.sign(&service).unwrap();
    let sign_in = |caller: String, key: &str| {
        let request = Request::post("/token?grant_type=password")
            .header("x-forwarded-for", "203.0.113.7")
            .header("sb-forwarded-for", caller)
            .header("authorization", format!("Bearer {key}"));
        let body = json!({ "email": "nobody@example.com", "password": "wrong" });
        project.send(request.body(Body::from(body.to_string())).unwrap())
    };
    for n in 0..60 {
        assert_eq!(
            sign_in(format!("10.0.0.{n}"), &service).await.status,
            400,
            "{n}"
        );
    }
    let mut last = 400;
    for n in 0..31 {
        last = sign_in(format!("10.0.1.{n}"), "anon").await.status;
    }
    assert_eq!(last, 429, "who has no secret key can't name another caller");
}

#[tokio::test]
async fn mails_to_one_address_keep_their_distance() {
    let project = Project::with(|options| options.seconds_between_mails = 60.0).await;
    project.sign_up("ann@example.com").await;
    let recover = || project.post("/recover", json!({ "email": "ann@example.com" }));
    assert_eq!(recover().await.status, 200);
    assert_eq!(
        recover().await.error(),
        (429, "over_email_send_rate_limit".into())
    );
}
