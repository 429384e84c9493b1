//! Verifying new phone numbers. A mock stands for Twilio and counts.

use customer_import::Verification;
use domain::{PhoneNumber, ProfileId};
use serde_json::{Value, json};
use twilio::{LookupSettings, Lookups};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::stage::{Person, Stage};

fn lookups(twilio: &MockServer, daily_limit: u32) -> Lookups {
    Lookups::new(&LookupSettings {
        account_sid: Some("AC1".into()),
        auth_token: Some("token".into()),
        api_key: None,
        api_secret: None,
        lookup_url: twilio.uri().parse().unwrap(),
        daily_limit,
        max_age_days: 90,
    })
    .unwrap()
    .unwrap()
}

fn phone(n: usize) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1415555{n:04}")).unwrap()
}

fn phones(n: usize) -> Vec<PhoneNumber> {
    (0..n).map(phone).collect()
}

async fn answer(twilio: &MockServer, number: Option<usize>, answer: ResponseTemplate) {
    let mut mock = Mock::given(method("GET"));
    if let Some(number) = number {
        mock = mock.and(path(format!("/v2/PhoneNumbers/{}", phone(number))));
    }
    mock.respond_with(answer).mount(twilio).await;
}

fn line(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn mobile() -> ResponseTemplate {
    line(&json!({ "valid": true, "line_type_intelligence": { "type": "mobile" } }))
}

async fn requests(twilio: &MockServer) -> usize {
    twilio.received_requests().await.unwrap().len()
}

async fn spent(stage: &Stage, person: &Person) -> i64 {
    sqlx::query_scalar(
        "select coalesce(sum(lookups), 0) from private.phone_lookup_spending where user_id = $1",
    )
    .bind(person.profile)
    .fetch_one(stage.rows.pool())
    .await
    .unwrap()
}

fn owner(person: &Person) -> ProfileId {
    ProfileId(person.profile)
}

#[tokio::test]
async fn a_number_is_asked_for_once_and_known_from_then_on_to_its_own_account() {
    let stage = Stage::open().await;
    let (ann, bob) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    let twilio = MockServer::start().await;
    answer(
        &twilio,
        Some(0),
        line(&json!({ "valid": true, "line_type_intelligence": { "type": "landline" } })),
    )
    .await;
    answer(
        &twilio,
        Some(1),
        line(&json!({ "valid": false, "validation_errors": ["TOO_SHORT"] })),
    )
    .await;
    answer(
        &twilio,
        Some(2),
        ResponseTemplate::new(404).set_body_json(json!({ "code": 20404 })),
    )
    .await;
    answer(&twilio, None, mobile()).await;
    let lookups = lookups(&twilio, 1000);

    for _ in 0..2 {
        let found = stage
            .verifier(&lookups)
            .verify(owner(&ann), &phones(600))
            .await
            .unwrap();
        assert_eq!(found.len(), 600);
        assert_eq!(found[&phone(0)], Verification::Landline);
        assert_eq!(found[&phone(1)], Verification::Invalid);
        assert_eq!(found[&phone(2)], Verification::Invalid);
        let textable = found
            .values()
            .filter(|found| **found == Verification::Textable);
        assert_eq!(textable.count(), 597);
        assert_eq!(requests(&twilio).await, 600);
        assert_eq!(spent(&stage, &ann).await, 600);
    }

    stage
        .verifier(&lookups)
        .verify(owner(&bob), &phones(1))
        .await
        .unwrap();
    assert_eq!(requests(&twilio).await, 601);
    assert_eq!(spent(&stage, &bob).await, 1);
}

#[tokio::test]
async fn past_the_limit_numbers_stay_unverified_and_twilio_is_not_asked() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let twilio = MockServer::start().await;
    answer(&twilio, None, mobile()).await;
    let lookups = lookups(&twilio, 7);
    let found = stage
        .verifier(&lookups)
        .verify(owner(&ann), &phones(20))
        .await
        .unwrap();
    for n in 0..20 {
        let expected = if n < 7 {
            Verification::Textable
        } else {
            Verification::LimitReached
        };
        assert_eq!(found[&phone(n)], expected, "{n}");
    }
    assert_eq!(requests(&twilio).await, 7);
}

#[tokio::test]
async fn many_at_once_never_ask_for_more_than_the_limit() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let twilio = MockServer::start().await;
    answer(&twilio, None, mobile()).await;
    let lookups = lookups(&twilio, 33);
    let batches: Vec<Vec<PhoneNumber>> = (0..50)
        .map(|batch| (batch * 3..batch * 3 + 3).map(phone).collect())
        .collect();
    let verifier = stage.verifier(&lookups);
    let found = futures::future::join_all(
        batches
            .iter()
            .map(|batch| verifier.verify(owner(&ann), batch)),
    )
    .await;
    let textable = found
        .into_iter()
        .flat_map(|found| found.unwrap().into_values())
        .filter(|found| *found == Verification::Textable)
        .count();
    assert_eq!(textable, 33);
    assert_eq!(requests(&twilio).await, 33);
    assert_eq!(spent(&stage, &ann).await, 33);
}

#[tokio::test]
async fn a_twilio_that_refuses_is_soon_left_alone_and_costs_nothing() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let twilio = MockServer::start().await;
    answer(
        &twilio,
        None,
        ResponseTemplate::new(401).set_body_json(json!({ "code": 20003 })),
    )
    .await;
    let lookups = lookups(&twilio, 1500);
    let found = stage
        .verifier(&lookups)
        .verify(owner(&ann), &phones(1200))
        .await
        .unwrap();
    assert!(
        found
            .values()
            .all(|found| *found == Verification::Unanswered)
    );
    assert_eq!(found.len(), 1200);
    let asked = requests(&twilio).await;
    assert!((20..=40).contains(&asked), "{asked}");
    assert_eq!(spent(&stage, &ann).await, 0);
}
