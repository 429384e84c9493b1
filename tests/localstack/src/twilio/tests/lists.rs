//! The account's list of messages: days, pages, faults.

use ::twilio::RequestError;
use chrono::Days;
use domain::{Clock as _, SystemClock};

use super::*;

#[tokio::test]
async fn messages_are_listed_by_day_and_page_by_page() {
    let twilio = stand_in(quick()).await;
    // Around midnight a message may be of the next day already.
    let first_day = SystemClock.now().date_naive();
    for n in 0..5 {
        let to = format!("+1415555267{n}");
        twilio.send(&to, "Hello", None).await;
    }
    twilio.settled().await;
    let last_day = SystemClock.now().date_naive();
    let list = async |first, last, link: Option<&str>| {
        twilio.client.list_messages(first, last, link).await
    };
    let all = list(first_day, last_day, None).await.unwrap();
    assert_eq!((all.messages.len(), &all.next), (5, &None));
    assert_eq!(all.messages[0].to, "+14155552674", "the newest first");
    let (before, after) = (first_day - Days::new(1), last_day + Days::new(1));
    for (from, to) in [(before, before), (after, after)] {
        assert_eq!(list(from, to, None).await.unwrap().messages.len(), 0);
    }

    let mut link = format!(
        "/2010-04-01/Accounts/{}/Messages.json?DateSent%3E={first_day}&DateSent%3C={last_day}&PageSize=2",
        Options::default().account_sid
    );
    let mut sizes = Vec::new();
    loop {
        let page = list(first_day, last_day, Some(&link)).await.unwrap();
        sizes.push(page.messages.len());
        let Some(next) = page.next else { break };
        link = next;
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(twilio.summary().await["list_requests"], 6);
    for elsewhere in ["https://example.com/page", "//example.com/page"] {
        assert!(matches!(
            list(first_day, last_day, Some(elsewhere)).await,
            Err(RequestError::ForeignLink)
        ));
    }
}

#[tokio::test]
async fn the_list_fails_and_throttles_on_request() {
    let twilio = stand_in(quick()).await;
    let today = SystemClock.now().date_naive();
    twilio
        .faults(json!({ "list_throttle_ratio": 1, "retry_after_seconds": 7 }))
        .await;
    assert!(matches!(
        twilio.client.list_messages(today, today, None).await,
        Err(RequestError::Throttled { retry_after: Some(wait) }) if wait == Duration::from_secs(7)
    ));
    twilio.faults(json!({ "list_fail_ratio": 1 })).await;
    assert!(matches!(
        twilio.client.list_messages(today, today, None).await,
        Err(RequestError::Failed(500))
    ));
    assert_eq!(twilio.summary().await["list_requests"], 2);
}
