//! Lookup v2.

use ::twilio::{LookupSettings, Lookups};
use domain::{LineType, PhoneNumber, PhoneVerdict};
use serde_json::{Value, json};

use super::{StandIn, TO, quick, stand_in};

fn lookups(twilio: &StandIn) -> Lookups {
    let options = quick();
    Lookups::new(&LookupSettings {
        account_sid: Some(options.account_sid),
        auth_token: Some(options.auth_token.into()),
        api_key: None,
        api_secret: None,
        lookup_url: twilio.origin.parse().unwrap(),
        daily_limit: 10,
        max_age_days: 90,
    })
    .unwrap()
    .unwrap()
}

async fn say(twilio: &StandIn, lines: Value) {
    let url = format!("{}/_control/lookups", twilio.origin);
    let answer = twilio.http.post(url).json(&lines).send().await.unwrap();
    assert!(answer.status().is_success());
}

#[tokio::test]
async fn a_number_leads_to_a_handset_unless_it_was_said_otherwise() {
    let twilio = stand_in(quick()).await;
    let lookups = lookups(&twilio);
    let phone = PhoneNumber::parse(TO).unwrap();
    let lookup = lookups.look_up(&phone).await.unwrap();
    assert_eq!(lookup.line_type, Some(LineType::Mobile));
    assert_eq!(lookup.country_code.as_deref(), Some("US"));

    say(&twilio, json!({ TO: { "line_type": "landline" } })).await;
    let lookup = lookups.look_up(&phone).await.unwrap();
    assert_eq!(lookup.verdict(), PhoneVerdict::Landline);

    say(&twilio, json!({ TO: { "valid": false } })).await;
    let lookup = lookups.look_up(&phone).await.unwrap();
    assert_eq!(lookup.verdict(), PhoneVerdict::Invalid);

    say(&twilio, json!({ TO: { "error": 20003 } })).await;
    assert!(lookups.look_up(&phone).await.is_err());

    let url = format!("{}/_control/lookups", twilio.origin);
    let counted: Value = twilio
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(counted["requests"], json!({ TO: 4 }));
}

#[tokio::test]
async fn a_number_of_a_wrong_form_is_invalid_and_says_why() {
    let twilio = stand_in(quick()).await;
    let options = quick();
    let answer: Value = twilio
        .http
        .get(format!("{}/v2/PhoneNumbers/+1415", twilio.origin))
        .basic_auth(options.account_sid, Some(options.auth_token))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["validation_errors"], json!(["TOO_SHORT"]));
    assert_eq!(answer["line_type_intelligence"], Value::Null);
}
