//! What Twilio's lists say of messages.

use rows_as_service::callbacks::{DeliveryNews, DeliveryStatus};
use twilio::{ErrorMeaning, Message};

/// What a message's final status says, by its sid; `None` while it is in progress.
pub fn news_of(message: &Message) -> Option<DeliveryNews> {
    let status = match &message.status {
        status if status.is_delivery() => DeliveryStatus::Delivered,
        status if status.is_failure() => DeliveryStatus::Failed,
        _ => return None,
    };
    let has_failed = status == DeliveryStatus::Failed;
    let code = message.error_code.filter(|_| has_failed);
    let meaning = code.map(ErrorMeaning::of);
    Some(DeliveryNews {
        message_id: None,
        sid: message.sid.clone(),
        status,
        reason: has_failed.then(|| meaning.map_or("undelivered", |meaning| meaning.class.reason())),
        error_code: code.and_then(|code| i32::try_from(code).ok()),
        error_message: meaning.map(|meaning| meaning.text.to_owned()),
        suppress: meaning.is_some_and(|meaning| meaning.consequence.suppresses_recipient()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_end_of_a_message_is_news_and_nothing_else() {
        let news = |status: &str, error_code: Option<u32>| {
            let message = json!({
                "sid": "SM1", "status": status, "to": "+14155550100", "error_code": error_code,
                "num_segments": "1",
            });
            news_of(&serde_json::from_value(message).unwrap())
        };
        for status in ["delivered", "read", "partially_delivered"] {
            let news = news(status, None).unwrap();
            assert_eq!(news.status, DeliveryStatus::Delivered, "{status}");
            assert_eq!(news.reason, None);
        }
        for status in ["undelivered", "failed", "canceled"] {
            let news = news(status, Some(30005)).unwrap();
            assert_eq!(news.status, DeliveryStatus::Failed, "{status}");
            assert_eq!((news.reason, news.suppress), (Some("unreachable"), true));
        }
        for status in ["accepted", "queued", "sending", "sent", "new word"] {
            assert!(news(status, None).is_none(), "{status}");
        }
    }
}
