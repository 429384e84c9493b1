//! What the routes ask of PostgREST, and what they make of its answers. A mock stands for
//! PostgREST; tokens are HS256, so that no keys need fetching.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

mod campaign_events;
mod campaigns;
mod customers;
mod phone_lookups;
mod senders;
mod stage;
mod suppressions;
mod test_sends;

use stage::Api;

#[tokio::test]
async fn nothing_is_asked_of_postgrest_without_a_valid_token() {
    let mut api = Api::start().await;
    api.token.push('x');
    for path in ["/api/customers", "/api/campaigns", "/api/templates"] {
        assert_eq!(api.send("GET", path, None).await.0, 401);
    }
    assert!(api.postgrest.received_requests().await.unwrap().is_empty());
}
