//! Campaigns as they go.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use wiremock::{Mock, ResponseTemplate, matchers::path as path_of};

use crate::stage::{Api, ID};

fn row(status: &str, delivered: u64) -> ResponseTemplate {
    let row = json!({
        "id": ID, "status": status, "total_recipients": 2, "delivered_count": delivered, "failed_count": 0,
    });
    ResponseTemplate::new(200).set_body_json(row)
}

fn refused(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "code": code, "message": "No." }))
}

/// PostgREST answers with these, one after another, and then always with the last.
async fn answers(api: &Api, answers: Vec<ResponseTemplate>) {
    let last = answers.len() - 1;
    for (number, answer) in answers.into_iter().enumerate() {
        let times = if number == last { 1_000 } else { 1 };
        Mock::given(path_of("/rest/v1/campaigns"))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&api.postgrest)
            .await;
    }
}

async fn open(api: &Api, last_event_id: Option<&str>) -> Response<Body> {
    let mut request = Request::get(format!("/api/campaigns/{ID}/events"))
        .header("authorization", format!("Bearer {}", api.token));
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    let request = request.body(Body::empty()).unwrap();
    api.router.clone().oneshot(request).await.unwrap()
}

/// Names, ids and contents of the events of a stream that ends.
async fn events(answer: Response<Body>) -> Vec<(String, Option<String>, Value)> {
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let reading = to_bytes(answer.into_body(), 100_000);
    let bytes = tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.split_terminator("\n\n")
        .map(|event| {
            let field = |name: &str| {
                let mut lines = event.lines();
                lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
            };
            let data = serde_json::from_str(&field("data:").unwrap()).unwrap();
            (field("event:").unwrap(), field("id:"), data)
        })
        .collect()
}

#[tokio::test]
async fn a_stream_shows_each_change_once_and_outlives_a_failure_of_postgrest() {
    let api = Api::start().await;
    let states = vec![
        row("sending", 0),
        refused(503, "PGRST000"),
        row("sending", 0),
        ResponseTemplate::new(500),
        row("sent", 1),
        row("sent", 2),
    ];
    answers(&api, states).await;
    let seen = events(open(&api, None).await).await;
    let shown: Vec<_> = seen
        .iter()
        .map(|(name, _, data)| (name.as_str(), &data["status"], &data["delivered_count"]))
        .collect();
    let nothing = Value::Null;
    assert_eq!(
        shown,
        [
            ("campaign", &json!("sending"), &json!(0)),
            ("campaign", &json!("sent"), &json!(1)),
            ("campaign", &json!("sent"), &json!(2)),
            ("end", &nothing, &nothing),
        ]
    );
    assert_eq!(seen[3].2["code"], "campaign_ended");

    // Who has the last state gets only the end.
    let again = events(open(&api, seen[2].1.as_deref()).await).await;
    assert_eq!(again, seen[3..]);
    let earlier = events(open(&api, seen[1].1.as_deref()).await).await;
    assert_eq!(earlier, seen[2..]);
}

#[tokio::test]
async fn a_stream_ends_with_its_reason() {
    for (answer, code) in [
        (refused(401, "PGRST303"), "token_invalid"),
        (refused(406, "PGRST116"), "campaign_not_found"),
    ] {
        let api = Api::start().await;
        answers(&api, vec![row("sending", 0), answer]).await;
        let seen = events(open(&api, None).await).await;
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!(
            (seen[1].0.as_str(), &seen[1].2["code"]),
            ("end", &json!(code))
        );
    }
}

#[tokio::test]
async fn a_stream_does_not_hold_up_a_stop() {
    let api = Api::start().await;
    answers(&api, vec![row("draft", 0)]).await;
    let stream = open(&api, None).await;
    let began = Instant::now();
    api.stopping.cancel();
    let seen = events(stream).await;
    assert!(began.elapsed() < Duration::from_millis(500));
    assert_eq!(seen[1].2["code"], "server_stopping");
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_with_its_status() {
    let api = Api::start().await;
    answers(&api, vec![refused(406, "PGRST116")]).await;
    assert_eq!(open(&api, None).await.status(), 404);

    let api = Api::start().await;
    answers(&api, vec![row("draft", 0)]).await;
    let mut open_streams = Vec::new();
    for _ in 0..8 {
        open_streams.push(open(&api, None).await);
    }
    let one_more = open(&api, None).await;
    assert_eq!(one_more.status(), 429);
    assert_eq!(one_more.headers()["retry-after"], "10");
    open_streams.pop();
    assert_eq!(open(&api, None).await.status(), 200);
}
