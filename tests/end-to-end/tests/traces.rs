//! Spans reach a collector, go on with the caller's trace, and hold no personal data.

use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::Method;
use stack::{Stack, StackOptions};
use testkit::{
    eventually, new_phone,
    people::{Person, read},
};
use uuid::Uuid;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// Spans are sent every few seconds.
const PATIENCE: Duration = Duration::from_mins(1);

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What the collector got, as protobuf: names and ids stand in it as they are.
async fn received(collector: &MockServer) -> Vec<Vec<u8>> {
    let requests = collector.received_requests().await.unwrap_or_default();
    requests.into_iter().map(|request| request.body).collect()
}

#[tokio::test]
async fn a_request_goes_on_with_its_callers_trace() -> Result<()> {
    let collector = MockServer::start().await;
    Mock::given(matchers::method("POST"))
        .and(matchers::path("/v1/traces"))
        .and(matchers::header("content-type", "application/x-protobuf"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.uri());
    let stack = Stack::start(&StackOptions {
        localstack: vec!["--fast".to_owned()],
        settings: vec![endpoint],
        ..StackOptions::default()
    })
    .await?;
    let owner = Person::approved(&stack.environment, "traces").await?;
    let phone = new_phone();
    owner
        .import(format!("phone\n{phone}\n").into_bytes())
        .await?;
    let campaign = owner.write_campaign("Traces", "Hello").await?;
    owner.send_campaign(&campaign).await?;

    let trace = Uuid::new_v4();
    let parent = Uuid::new_v4();
    let (parent, parent_hex) = (
        &parent.as_bytes()[..8].to_owned(),
        &parent.simple().to_string()[..16],
    );
    let traced = owner
        .api(
            Method::GET,
            &format!("/api/campaigns/{campaign}?x=secret-query"),
        )
        .header(
            "traceparent",
            format!("00-{}-{parent_hex}-01", trace.simple()),
        );
    read(traced).await?;

    eventually("the spans", PATIENCE, async || {
        let all = received(&collector).await.concat();
        let parts: [&[u8]; 9] = [
            trace.as_bytes(),
            parent.as_slice(),
            b"GET /api/campaigns/{id}",
            b"POST /api/customers/import",
            b"postgrest",
            b"twilio.create_message",
            b"callbacks.write",
            b"http.response.status_code",
            b"dnwerks-all",
        ];
        Ok(parts.iter().all(|part| holds(&all, part)).then_some(()))
    })
    .await?;
    let all = received(&collector).await.concat();
    for personal in [&phone, &owner.email, "secret-query", &owner.access_token] {
        ensure!(!holds(&all, personal.as_bytes()), "a span holds {personal}");
    }
    stack.stop().await
}
