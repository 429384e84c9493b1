//! Refreshing, reuse of refresh tokens, and the three ways to log out.

use axum::http::Method;
use futures::future::join_all;
use serde_json::Value;

use crate::project::{PASSWORD, Project};

#[tokio::test]
async fn a_refresh_swaps_the_token_and_keeps_the_session() {
    let project = Project::new().await;
    let first = project.sign_up("ann@example.com").await;
    let second = project.refresh(&first.text("/refresh_token")).await;
    assert_eq!(second.status, 200, "{:?}", second.body);
    assert_ne!(second.text("/refresh_token"), first.text("/refresh_token"));
    let session = |answer: &crate::project::Answer| {
        project.keys.verify(&answer.text("/access_token")).unwrap()["session_id"].clone()
    };
    assert_eq!(session(&first), session(&second));
    assert_eq!(
        project
            .count("select count(*) from auth.refresh_tokens where not revoked")
            .await,
        1
    );
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_the_same_token_again() {
    let project = Project::with(|options| options.refresh_token_reuse_seconds = 0).await;
    let first = project
        .sign_up("ann@example.com")
        .await
        .text("/refresh_token");
    let lost = project.refresh(&first).await.text("/refresh_token");
    assert_eq!(project.refresh(&first).await.text("/refresh_token"), lost);
}

#[tokio::test]
async fn refreshes_at_the_same_moment_agree_on_one_token() {
    let project = Project::new().await;
    let first = project
        .sign_up("ann@example.com")
        .await
        .text("/refresh_token");
    let answers = join_all((0..8).map(|_| project.refresh(&first))).await;
    let agreed = answers[0].text("/refresh_token");
    assert!(!agreed.is_empty());
    assert!(
        answers
            .iter()
            .all(|answer| answer.text("/refresh_token") == agreed)
    );
    assert_eq!(
        project
            .count("select count(*) from auth.refresh_tokens where not revoked")
            .await,
        1
    );
}

#[tokio::test]
async fn an_older_token_is_honoured_within_the_reuse_interval() {
    let project = Project::new().await;
    let first = project
        .sign_up("ann@example.com")
        .await
        .text("/refresh_token");
    let second = project.refresh(&first).await.text("/refresh_token");
    project.refresh(&second).await;
    assert_eq!(project.refresh(&first).await.status, 200);
}

#[tokio::test]
async fn reuse_after_the_interval_revokes_every_token_of_the_session() {
    let project = Project::with(|options| options.refresh_token_reuse_seconds = 0).await;
    let first = project
        .sign_up("ann@example.com")
        .await
        .text("/refresh_token");
    let elsewhere = project
        .sign_in("ann@example.com", PASSWORD)
        .await
        .text("/refresh_token");
    let second = project.refresh(&first).await.text("/refresh_token");
    let third = project.refresh(&second).await.text("/refresh_token");

    let stolen = project.refresh(&first).await;
    assert_eq!(stolen.error(), (400, "refresh_token_already_used".into()));
    assert_eq!(
        project.refresh(&third).await.error(),
        (400, "refresh_token_already_used".into())
    );
    assert_eq!(
        project.refresh(&elsewhere).await.status,
        200,
        "another session is not touched"
    );
}

#[tokio::test]
async fn an_unknown_refresh_token_is_not_found() {
    let project = Project::new().await;
    assert_eq!(
        project.refresh("abcdefghijkl").await.error(),
        (400, "refresh_token_not_found".into())
    );
    for odd in ["", "nothing"] {
        assert_eq!(
            project.refresh(odd).await.error(),
            (400, "validation_failed".into()),
            "{odd}"
        );
    }
}

/// Three sessions of one person and one of another; logs the first out, says which live on.
async fn log_out(scope: &str) -> [bool; 4] {
    let project = Project::new().await;
    let mut bearers = vec![
        project
            .sign_up("ann@example.com")
            .await
            .text("/access_token"),
    ];
    for _ in 0..2 {
        bearers.push(
            project
                .sign_in("ann@example.com", PASSWORD)
                .await
                .text("/access_token"),
        );
    }
    bearers.push(
        project
            .sign_up("bob@example.com")
            .await
            .text("/access_token"),
    );
    let answer = project
        .call(
            Method::POST,
            &format!("/logout{scope}"),
            &bearers[0],
            Value::Null,
        )
        .await;
    assert_eq!(answer.status, 204);
    let mut alive = [false; 4];
    for (bearer, alive) in bearers.iter().zip(&mut alive) {
        let answer = project.get_user(bearer).await;
        *alive = answer.status == 200;
        assert!(*alive || answer.error() == (403, "session_not_found".into()));
    }
    alive
}

#[tokio::test]
async fn logging_out_ends_the_sessions_of_its_scope_only() {
    assert_eq!(log_out("").await, [false, false, false, true]);
    assert_eq!(log_out("?scope=global").await, [false, false, false, true]);
    assert_eq!(log_out("?scope=local").await, [false, true, true, true]);
    assert_eq!(log_out("?scope=others").await, [true, false, false, true]);
}

#[tokio::test]
async fn a_refresh_token_ends_with_its_session() {
    let project = Project::new().await;
    let answer = project.sign_up("ann@example.com").await;
    project
        .call(
            Method::POST,
            "/logout",
            &answer.text("/access_token"),
            Value::Null,
        )
        .await;
    let refreshed = project.refresh(&answer.text("/refresh_token")).await;
    assert_eq!(refreshed.error(), (400, "refresh_token_not_found".into()));
}

#[tokio::test]
async fn an_unknown_scope_is_refused() {
    let project = Project::new().await;
    let bearer = project
        .sign_up("ann@example.com")
        .await
        .text("/access_token");
    let answer = project
        .call(Method::POST, "/logout?scope=all", &bearer, Value::Null)
        .await;
    assert_eq!(answer.error(), (400, "validation_failed".into()));
}
