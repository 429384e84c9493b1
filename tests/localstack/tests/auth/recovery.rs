//! Mails with one-time tokens: confirmation, recovery, invitation, change of address.

use std::{collections::BTreeMap, mem::discriminant};

use axum::http::Method;
use serde_json::{Value, json};

use crate::project::{PASSWORD, Project, code_in, link_in, parameter};

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_way_of_a_mail() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    assert_eq!(
        project
            .post("/recover", json!({ "email": "ann@example.com" }))
            .await
            .body,
        json!({})
    );
    let hash = parameter(&link_in(&project.mail_to("ann@example.com")), "token");
    let proof = json!({ "type": "recovery", "token_hash": hash });
    let session = project.post("/verify", proof.clone()).await;
    assert_eq!(session.status, 200, "{:?}", session.body);
    let claims = project.keys.verify(&session.text("/access_token")).unwrap();
    assert_eq!(claims["amr"][0]["method"], "otp");
    let changed = json!({ "password": "a new password" });
    project
        .call(
            Method::PUT,
            "/user",
            &session.text("/access_token"),
            changed,
        )
        .await;
    assert_eq!(
        project
            .sign_in("ann@example.com", "a new password")
            .await
            .status,
        200
    );
    assert_eq!(
        project.post("/verify", proof).await.error(),
        (403, "otp_expired".into()),
        "works once"
    );
}

#[tokio::test]
async fn recovery_answers_alike_for_unknown_addresses_and_mails_nobody() {
    let project = Project::new().await;
    let answer = project
        .post("/recover", json!({ "email": "nobody@example.com" }))
        .await;
    assert_eq!((answer.status, answer.body), (200, json!({})));
    assert_eq!(project.mails(), 0);
}

#[tokio::test]
async fn a_token_expires() {
    let project = Project::with(|options| options.one_time_token_seconds = 0).await;
    project.sign_up("ann@example.com").await;
    project
        .post("/recover", json!({ "email": "ann@example.com" }))
        .await;
    let code = code_in(&project.mail_to("ann@example.com"));
    let proof = json!({ "type": "recovery", "email": "ann@example.com", "token": code });
    assert_eq!(
        project.post("/verify", proof).await.error(),
        (403, "otp_expired".into())
    );
}

#[tokio::test]
async fn a_link_leads_to_the_frontend_with_a_session_or_the_reason_why_not() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    project
        .post(
            "/recover?redirect_to=http%3A%2F%2F127.0.0.1%3A3000%2Freset",
            json!({ "email": "ann@example.com" }),
        )
        .await;
    let link = link_in(&project.mail_to("ann@example.com"));
    let followed = project.call(Method::GET, &link, "", Value::Null).await;
    assert_eq!(followed.status, 303);
    let location = followed.headers["location"].to_str().unwrap().to_owned();
    assert!(
        location.starts_with("http://127.0.0.1:3000/reset#access_token="),
        "{location}"
    );
    assert!(location.contains("type=recovery"));
    let again = project.call(Method::GET, &link, "", Value::Null).await;
    let location = again.headers["location"].to_str().unwrap().to_owned();
    assert!(
        location.contains("#error=access_denied&error_code=otp_expired"),
        "{location}"
    );
}

#[tokio::test]
async fn without_autoconfirm_an_address_is_proven_first() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    let user = project.sign_up("ann@example.com").await;
    assert_eq!(user.body["email"], "ann@example.com");
    assert!(user.body.get("access_token").is_none());
    assert!(user.body["confirmation_sent_at"].is_string());
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.error(),
        (400, "email_not_confirmed".into())
    );

    assert_eq!(
        project
            .post(
                "/resend",
                json!({ "type": "signup", "email": "ann@example.com" })
            )
            .await
            .status,
        200
    );
    let code = code_in(&project.mail_to("ann@example.com"));
    let wrong = json!({ "type": "signup", "email": "ann@example.com", "token": "nothing" });
    assert_eq!(
        project.post("/verify", wrong).await.error(),
        (403, "otp_expired".into())
    );
    let proof = json!({ "type": "signup", "email": "ann@example.com", "token": code });
    assert_eq!(project.post("/verify", proof).await.status, 200);
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.status,
        200
    );
}

#[tokio::test]
async fn a_sign_up_with_a_known_address_is_answered_like_one_with_a_new_one() {
    let project = Project::with(|options| options.autoconfirm = false).await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "email_confirm": true });
    let ann = project.admin(Method::POST, "/admin/users", body).await;
    project.sign_in("ann@example.com", PASSWORD).await;
    let known = project.sign_up("ann@example.com").await;
    let new = project.sign_up("bob@example.com").await;
    let shape = |user: &Value| -> BTreeMap<_, _> {
        let members = user.as_object().unwrap().iter();
        members
            .map(|(name, value)| (name.clone(), discriminant(value)))
            .collect()
    };
    assert_eq!((known.status, shape(&known.body)), (200, shape(&new.body)));
    for own in ["id", "created_at", "updated_at"] {
        assert_ne!(known.body[own], ann.body[own], "{own}");
    }
    for time in ["updated_at", "confirmation_sent_at"] {
        assert_eq!(known.body[time], known.body["created_at"], "{time}");
    }
    // Where GoTrue's answers differ too. By the identities supabase-js tells frontends.
    let tells = |user: &Value| {
        [&user["role"], &user["user_metadata"], &user["identities"]].map(Clone::clone)
    };
    assert_eq!(tells(&known.body), [json!(""), json!({}), json!([])]);
    assert_eq!(new.body["role"], "authenticated");
    assert_eq!(project.mails(), 1, "whose address is known is not mailed");
}

#[tokio::test]
async fn an_invited_person_gets_in_and_chooses_a_password() {
    let project = Project::new().await;
    let body = json!({ "email": "ann@example.com", "data": { "team": 1 } });
    let invited = project.admin(Method::POST, "/invite", body.clone()).await;
    assert!(invited.body["invited_at"].is_string(), "{:?}", invited.body);
    let hash = parameter(&link_in(&project.mail_to("ann@example.com")), "token");
    let session = project
        .post("/verify", json!({ "type": "invite", "token_hash": hash }))
        .await;
    assert_eq!(session.body["user"]["user_metadata"]["team"], 1);
    let password = json!({ "password": PASSWORD });
    assert_eq!(
        project
            .call(
                Method::PUT,
                "/user",
                &session.text("/access_token"),
                password
            )
            .await
            .status,
        200
    );
    assert_eq!(
        project.sign_in("ann@example.com", PASSWORD).await.status,
        200
    );
    assert_eq!(
        project.admin(Method::POST, "/invite", body).await.error(),
        (422, "email_exists".into())
    );
}

#[tokio::test]
async fn administrators_make_links_of_every_kind() {
    let project = Project::new().await;
    project.sign_up("ann@example.com").await;
    for (kind, email) in [
        ("recovery", "ann"),
        ("magiclink", "ann"),
        ("signup", "bob"),
        ("invite", "cid"),
    ] {
        let body =
            json!({ "type": kind, "email": format!("{email}@example.com"), "password": PASSWORD });
        let link = project
            .admin(Method::POST, "/admin/generate_link", body)
            .await;
        assert_eq!(link.status, 200, "{kind}: {:?}", link.body);
        assert_eq!(link.text("/verification_type"), kind);
        assert!(
            link.text("/action_link")
                .contains(&link.text("/hashed_token"))
        );
        let proof = json!({ "type": kind, "token_hash": link.text("/hashed_token") });
        assert_eq!(project.post("/verify", proof).await.status, 200, "{kind}");
    }
    let unknown = json!({ "type": "recovery", "email": "nobody@example.com" });
    let answer = project
        .admin(Method::POST, "/admin/generate_link", unknown)
        .await;
    assert_eq!(answer.error(), (404, "user_not_found".into()));
    assert_eq!(project.mails(), 0, "the administrator hands the link over");
}

#[tokio::test]
async fn a_changed_address_counts_once_both_addresses_agree() {
    let project = Project::new().await;
    let bearer = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    let changed = project
        .call(
            Method::PUT,
            "/user",
            &bearer,
            json!({ "email": "anna@example.com" }),
        )
        .await;
    assert_eq!(
        (changed.text("/email"), changed.text("/new_email")),
        ("ann@example.com".into(), "anna@example.com".into())
    );
    // With autoconfirm one of the two mails is enough.
    let hash = parameter(&link_in(&project.mail_to("anna@example.com")), "token");
    let proven = project
        .post(
            "/verify",
            json!({ "type": "email_change", "token_hash": hash }),
        )
        .await;
    assert_eq!(proven.text("/user/email"), "anna@example.com");

    let strict = Project::with(|options| options.autoconfirm = false).await;
    strict
        .admin(
            Method::POST,
            "/admin/users",
            json!({ "email": "bob@example.com", "password": PASSWORD, "email_confirm": true }),
        )
        .await;
    let bearer = strict
        .sign_in("bob@example.com", PASSWORD)
        .await
        .text("/access_token");
    strict
        .call(
            Method::PUT,
            "/user",
            &bearer,
            json!({ "email": "robert@example.com" }),
        )
        .await;
    let proof = |to: &str| {
        let hash = parameter(&link_in(&strict.mail_to(to)), "token");
        json!({ "type": "email_change", "token_hash": hash })
    };
    let (new, current) = (proof("robert@example.com"), proof("bob@example.com"));
    assert!(
        strict
            .post("/verify", new)
            .await
            .text("/msg")
            .starts_with("Confirmation link accepted")
    );
    assert_eq!(
        strict.get_user(&bearer).await.text("/email"),
        "bob@example.com"
    );
    assert_eq!(
        strict.post("/verify", current).await.text("/user/email"),
        "robert@example.com"
    );
}
