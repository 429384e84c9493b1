//! Signing up, signing in, and one's own account.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::project::{PASSWORD, Project};

#[tokio::test]
async fn signing_up_opens_a_session_and_shows_the_user_as_gotrue_does() {
    let project = Project::new().await;
    let answer = project
        .post(
            "/signup",
            json!({ "email": "Ann@Example.com", "password": PASSWORD, "data": { "name": "Ann" } }),
        )
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.body["token_type"], "bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert!(answer.text("/refresh_token").len() >= 12);
    let user = &answer.body["user"];
    assert_eq!(user["email"], "ann@example.com");
    assert_eq!(
        (&user["aud"], &user["role"]),
        (&json!("authenticated"), &json!("authenticated"))
    );
    assert_eq!(user["phone"], "");
    assert_eq!(user["is_anonymous"], false);
    assert_eq!(
        user["app_metadata"],
        json!({ "provider": "email", "providers": ["email"] })
    );
    assert_eq!(
        user["user_metadata"],
        json!({ "email": "ann@example.com", "email_verified": true, "name": "Ann",
                "phone_verified": false, "sub": user["id"] })
    );
    assert_eq!(user["identities"][0]["provider"], "email");
    assert_eq!(user["identities"][0]["id"], user["id"]);
    for time in [
        "email_confirmed_at",
        "last_sign_in_at",
        "created_at",
        "updated_at",
    ] {
        assert!(user[time].as_str().unwrap().ends_with('Z'), "{time}");
    }
    assert!(user.get("encrypted_password").is_none());
}

#[tokio::test]
async fn an_access_token_carries_gotrue_s_claims() {
    let project = Project::new().await;
    let answer = project.sign_up("ann@example.com").await;
    let claims = project.keys.verify(&answer.text("/access_token")).unwrap();
    assert_eq!(claims["iss"], "http://127.0.0.1:54321/auth/v1");
    assert_eq!(claims["sub"], answer.body["user"]["id"]);
    assert_eq!(
        (&claims["aud"], &claims["role"]),
        (&json!("authenticated"), &json!("authenticated"))
    );
    assert_eq!(
        (&claims["email"], &claims["phone"]),
        (&json!("ann@example.com"), &json!(""))
    );
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        3600
    );
    assert_eq!(
        (&claims["aal"], &claims["is_anonymous"]),
        (&json!("aal1"), &json!(false))
    );
    assert_eq!(claims["amr"][0]["method"], "password");
    assert_eq!(claims["session_id"].as_str().unwrap().len(), 36);
    assert_eq!(claims["app_metadata"]["provider"], "email");
}

#[tokio::test]
async fn a_known_address_can_not_sign_up_again() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    let answer = project.sign_up("ANN@example.com").await;
    assert_eq!(
        answer.body,
        json!({ "code": 422, "error_code": "user_already_exists", "msg": "User already registered" })
    );
    assert_eq!(answer.headers["x-sb-error-code"], "user_already_exists");
}

#[tokio::test]
async fn clients_that_name_the_dated_version_get_its_error_body() {
    let project = Project::new().await;
    let request = Request::post("/token?grant_type=password")
        .header("x-supabase-api-version", "2024-01-01")
        .body(Body::from(
            json!({ "email": "nobody@example.com", "password": "wrong!" }).to_string(),
        ))
        .unwrap();
    let answer = project.send(request).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        json!({ "code": "invalid_credentials", "message": "Invalid login credentials" })
    );
    assert_eq!(answer.headers["x-supabase-api-version"], "2024-01-01");
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    let unknown = project.sign_in("bob@example.com", PASSWORD).await;
    let wrong = project.sign_in("ann@example.com", "not the password").await;
    assert_eq!(unknown.error(), (400, "invalid_credentials".into()));
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
}

#[tokio::test]
async fn what_is_invalid_is_refused_with_gotrue_s_codes() {
    let project = Project::new().await;
    let cases = [
        (
            json!({ "email": "ann@example.com", "password": "12345" }),
            422,
            "weak_password",
        ),
        (
            json!({ "email": "ann@example.com", "password": "" }),
            400,
            "validation_failed",
        ),
        (
            json!({ "email": "ann", "password": PASSWORD }),
            400,
            "validation_failed",
        ),
        (
            json!({ "phone": "+15005550006", "password": PASSWORD }),
            400,
            "phone_provider_disabled",
        ),
        (json!({ "data": {} }), 422, "anonymous_provider_disabled"),
    ];
    for (body, status, code) in cases {
        assert_eq!(
            project.post("/signup", body.clone()).await.error(),
            (status, code.into()),
            "{body}"
        );
    }
    let broken = Request::post("/signup").body(Body::from("{")).unwrap();
    assert_eq!(project.send(broken).await.error(), (400, "bad_json".into()));
    assert_eq!(project.count("select count(*) from auth.users").await, 0);
}

#[tokio::test]
async fn a_closed_project_takes_no_sign_ups() {
    let project = Project::with(|options| options.enable_signup = false).await;
    assert_eq!(
        project.sign_up("ann@example.com").await.error(),
        (422, "signup_disabled".into())
    );
}

#[tokio::test]
async fn a_token_is_needed_and_must_be_ours() {
    let project = Project::new().await;
    assert_eq!(
        project.get_user("").await.error(),
        (401, "no_authorization".into())
    );
    assert_eq!(
        project.get_user("a.b.c").await.error(),
        (403, "bad_jwt".into())
    );
    let stranger = Project::new().await.sign_up("ann@example.com").await;
    assert_eq!(
        project
            .get_user(&stranger.text("/access_token"))
            .await
            .error(),
        (403, "bad_jwt".into())
    );
}

#[tokio::test]
async fn people_change_their_own_metadata_and_password_but_not_the_administrators_metadata() {
    let project = Project::new().await;
    let here = project.sign_up("ann@example.com").await;
    let elsewhere = project.sign_in("ann@example.com", PASSWORD).await;
    let bearer = here.text("/access_token");
    let put = |body: Value| project.call(Method::PUT, "/user", &bearer, body);

    let answer = put(json!({ "data": { "city": "Graz", "email_verified": null } })).await;
    assert_eq!(answer.body["user_metadata"]["city"], "Graz");
    assert!(answer.body["user_metadata"].get("email_verified").is_none());
    assert_eq!(
        put(json!({ "app_metadata": { "role": "admin" } }))
            .await
            .error(),
        (403, "not_admin".into())
    );
    assert_eq!(
        put(json!({ "password": PASSWORD })).await.error(),
        (422, "same_password".into())
    );

    assert_eq!(
        put(json!({ "password": "another password" })).await.status,
        200
    );
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.status,
        400
    );
    assert_eq!(
        project
            .sign_in("ann@example.com", "another password")
            .await
            .status,
        200
    );
    // The session that changed it goes on, the others have ended.
    assert_eq!(project.get_user(&bearer).await.status, 200);
    assert_eq!(
        project
            .get_user(&elsewhere.text("/access_token"))
            .await
            .error(),
        (403, "session_not_found".into())
    );
}

#[tokio::test]
async fn settings_health_and_keys_are_public() {
    let project = Project::new().await;
    let get = |path: &'static str| project.call(Method::GET, path, "", Value::Null);
    assert_eq!(get("/health").await.body["name"], "GoTrue");
    let settings = get("/settings").await.body;
    assert_eq!(
        (&settings["mailer_autoconfirm"], &settings["disable_signup"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (
            &settings["external"]["email"],
            &settings["external"]["phone"]
        ),
        (&json!(true), &json!(false))
    );
    let jwks = get("/.well-known/jwks.json").await;
    assert_eq!(jwks.headers["cache-control"], "public, max-age=600");
    assert_eq!(jwks.body["keys"][0]["alg"], "ES256");
    assert!(jwks.body["keys"][0].get("d").is_none());
}
