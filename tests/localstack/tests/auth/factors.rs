//! Second factors: enrolled, proven, and administered.

use axum::http::Method;
use serde_json::{Value, json};

use crate::project::{Answer, PASSWORD, Project};

/// Somebody signed in, who enrols authenticators.
struct Person<'a> {
    project: &'a Project,
    bearer: String,
    id: String,
}

impl<'a> Person<'a> {
    async fn sign_up(project: &'a Project, email: &str) -> Self {
        let answer = project.sign_up(email).await;
        Self {
            project,
            bearer: answer.text("/access_token"),
            id: answer.text("/user/id"),
        }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.project
            .call(Method::POST, path, &self.bearer, body)
            .await
    }

    async fn enrol(&self, name: &str) -> Answer {
        let body = json!({ "factor_type": "totp", "friendly_name": name });
        self.post("/factors", body).await
    }

    async fn challenge(&self, factor: &str) -> String {
        let path = format!("/factors/{factor}/challenge");
        self.post(&path, json!({})).await.text("/id")
    }

    async fn verify(&self, factor: &str, challenge: &str, code: &str) -> Answer {
        let path = format!("/factors/{factor}/verify");
        let body = json!({ "challenge_id": challenge, "code": code });
        self.post(&path, body).await
    }

    /// With the code that the authenticator shows. The answer has the new session.
    async fn prove(&self, enrolled: &Answer) -> Answer {
        let factor = enrolled.text("/id");
        let challenge = self.challenge(&factor).await;
        let code = localstack::auth::totp(&enrolled.text("/totp/secret"));
        self.verify(&factor, &challenge, &code).await
    }

    /// Names and states of the factors, as an administrator sees them.
    async fn factors(&self) -> Vec<(String, String)> {
        let path = format!("/admin/users/{}/factors", self.id);
        let answer = self.project.admin(Method::GET, &path, Value::Null).await;
        let text =
            |factor: &Value, name: &str| factor[name].as_str().unwrap_or_default().to_owned();
        let listed = answer.body.as_array().unwrap().iter();
        listed
            .map(|factor| (text(factor, "friendly_name"), text(factor, "status")))
            .collect()
    }
}

fn named(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

#[tokio::test]
async fn two_factors_without_a_name_have_the_same_one() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    let unnamed = ann.post("/factors", json!({ "factor_type": "totp" })).await;
    assert_eq!(unnamed.status, 200, "{:?}", unnamed.body);
    assert_eq!(ann.enrol("phone").await.status, 200);
    for name in ["", "phone"] {
        let refused = ann.enrol(name).await;
        assert_eq!(refused.error(), (422, "mfa_factor_name_conflict".into()));
        assert_eq!(
            refused.text("/msg"),
            format!("A factor with the friendly name {name:?} for this user already exists")
        );
    }
    let bob = Person::sign_up(&project, "bob@example.com").await;
    assert_eq!(bob.enrol("").await.status, 200, "another's is no conflict");
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_before_anything_else() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    for n in 0..10 {
        assert_eq!(ann.enrol(&n.to_string()).await.status, 200);
    }
    let error = async |name| ann.enrol(name).await.error().1;
    assert_eq!(error("3").await, "mfa_factor_name_conflict");
    assert_eq!(error("10").await, "too_many_enrolled_mfa_factors");
    let bob = Person::sign_up(&project, "bob@example.com").await;
    assert_eq!(bob.prove(&bob.enrol("a").await).await.status, 200);
    let weaker = project.sign_in("bob@example.com", PASSWORD).await;
    let bob = Person {
        bearer: weaker.text("/access_token"),
        ..bob
    };
    let error = async |name| bob.enrol(name).await.error().1;
    assert_eq!(error("a").await, "mfa_factor_name_conflict");
    assert_eq!(error("b").await, "insufficient_aal");
}

#[tokio::test]
async fn a_proven_factor_ends_what_else_was_begun() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    let bob = Person::sign_up(&project, "bob@example.com").await;
    let first = ann.enrol("first").await;
    ann.enrol("second").await;
    bob.enrol("bob's").await;
    assert_eq!(ann.prove(&first).await.status, 200);
    assert_eq!(ann.factors().await, [named("first", "verified")]);
    assert_eq!(bob.factors().await, [named("bob's", "unverified")]);
}

#[tokio::test]
async fn what_was_begun_and_left_is_gone_when_somebody_enrols_later() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    ann.enrol("left").await;
    let challenged = ann.enrol("challenged").await.text("/id");
    ann.challenge(&challenged).await;
    project
        .run("update auth.mfa_factors set created_at = created_at - interval '301 seconds'")
        .await;
    assert_eq!(ann.enrol("left").await.status, 200, "its name is free");
    assert_eq!(
        ann.factors().await,
        [
            named("challenged", "unverified"),
            named("left", "unverified")
        ]
    );
}

#[tokio::test]
async fn a_code_is_asked_for_and_its_challenge_answered_once() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    let enrolled = ann.enrol("phone").await;
    let factor = enrolled.text("/id");
    let challenge = ann.challenge(&factor).await;
    let empty = ann.verify(&factor, &challenge, "").await;
    assert_eq!(empty.error(), (400, "validation_failed".into()));
    let code = localstack::auth::totp(&enrolled.text("/totp/secret"));
    assert_eq!(ann.verify(&factor, &challenge, &code).await.status, 200);
    let again = ann.verify(&factor, &challenge, &code).await;
    assert_eq!(again.error(), (422, "mfa_ip_address_mismatch".into()));
}

#[tokio::test]
async fn an_administrator_lists_renames_and_deletes_factors() {
    let project = Project::new().await;
    let ann = Person::sign_up(&project, "ann@example.com").await;
    let bob = Person::sign_up(&project, "bob@example.com").await;
    assert!(bob.factors().await.is_empty());
    let enrolled = ann.enrol("phone").await;
    let lifted = ann.prove(&enrolled).await;
    let at = |person: &Person<'_>| {
        format!(
            "/admin/users/{}/factors/{}",
            person.id,
            enrolled.text("/id")
        )
    };

    let renamed = project
        .admin(
            Method::PUT,
            &at(&ann),
            json!({ "friendly_name": "new phone" }),
        )
        .await;
    assert_eq!(renamed.status, 200, "{:?}", renamed.body);
    for (member, expected) in [
        ("friendly_name", json!("new phone")),
        ("factor_type", json!("totp")),
        ("status", json!("verified")),
        ("phone", json!("")),
    ] {
        assert_eq!(renamed.body[member], expected, "{member}");
    }
    assert_eq!(ann.factors().await, [named("new phone", "verified")]);

    for (path, expected) in [
        (at(&bob), (404, "mfa_factor_not_found")),
        (
            format!("/admin/users/{}/factors/7", ann.id),
            (404, "validation_failed"),
        ),
        (
            at(&ann).replace(&ann.id, &enrolled.text("/id")),
            (404, "user_not_found"),
        ),
    ] {
        let (status, code) = project
            .admin(Method::DELETE, &path, Value::Null)
            .await
            .error();
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    let refused = project
        .call(Method::DELETE, &at(&ann), &ann.bearer, Value::Null)
        .await;
    assert_eq!(refused.error(), (403, "not_admin".into()));

    let deleted = project.admin(Method::DELETE, &at(&ann), Value::Null).await;
    assert_eq!(deleted.body, renamed.body);
    assert!(ann.factors().await.is_empty());
    let refreshed = project.refresh(&lifted.text("/refresh_token")).await;
    let claims = project.keys.verify(&refreshed.text("/access_token"));
    assert_eq!(claims.unwrap()["aal"], "aal1", "it proves nothing any more");
}
