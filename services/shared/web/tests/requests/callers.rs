//! Who may call.

use axum::http::StatusCode;
use domain::{ProfileStatus, Role, SessionId};

use crate::stage::{ENDED, Profiles, app, approved, get_as, token, token_of};

#[tokio::test]
async fn not_knowing_who_asks_and_not_letting_them_are_different_answers() {
    let bearer = format!("Bearer {}", token());
    assert_eq!(
        get_as(approved(), "/verified", None).await,
        (StatusCode::UNAUTHORIZED, "token_missing".into())
    );
    assert_eq!(
        get_as(approved(), "/verified", Some("Basic x")).await,
        (StatusCode::UNAUTHORIZED, "token_malformed".into())
    );
    assert_eq!(get_as(approved(), "/verified", Some(&bearer)).await.0, 200);
    assert_eq!(get_as(approved(), "/approved", Some(&bearer)).await.0, 200);
    for (profile, path, code) in [
        (None, "/approved", "profile_missing"),
        (
            Some((Role::User, ProfileStatus::Pending)),
            "/approved",
            "approval_pending",
        ),
        (
            Some((Role::Admin, ProfileStatus::Pending)),
            "/admin",
            "approval_pending",
        ),
        (
            Some((Role::User, ProfileStatus::Rejected)),
            "/approved",
            "account_rejected",
        ),
        (
            Some((Role::User, ProfileStatus::Approved)),
            "/admin",
            "admin_required",
        ),
    ] {
        let answer = get_as(app(Profiles(Ok(profile))), path, Some(&bearer)).await;
        assert_eq!(answer, (StatusCode::FORBIDDEN, code.into()));
    }
    let admin = app(Profiles(Ok(Some((Role::Admin, ProfileStatus::Approved)))));
    assert_eq!(get_as(admin, "/admin", Some(&bearer)).await.0, 200);
    let broken = app(Profiles(Err(())));
    assert_eq!(
        get_as(broken, "/approved", Some(&bearer)).await,
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "profile_unavailable".into()
        )
    );
}

#[tokio::test]
async fn a_token_means_nothing_once_its_session_has_ended() {
    let bearer = format!("Bearer {}", token_of(Some(ENDED), "aal2"));
    assert_eq!(
        get_as(approved(), "/approved", Some(&bearer)).await,
        (StatusCode::UNAUTHORIZED, "session_ended".into())
    );
    let bearer = format!("Bearer {}", token_of(Some(SessionId::new_v7()), "aal2"));
    assert_eq!(get_as(approved(), "/approved", Some(&bearer)).await.0, 200);
}

#[tokio::test]
async fn an_admin_without_the_second_factor_is_an_ordinary_user() {
    let admin = || app(Profiles(Ok(Some((Role::Admin, ProfileStatus::Approved)))));
    let bearer = format!("Bearer {}", token_of(None, "aal1"));
    assert_eq!(
        get_as(admin(), "/admin", Some(&bearer)).await,
        (StatusCode::FORBIDDEN, "second_factor_required".into())
    );
    assert_eq!(get_as(admin(), "/approved", Some(&bearer)).await.0, 200);
}
