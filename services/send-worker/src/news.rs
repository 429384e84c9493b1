//! What Twilio's lists say of messages.

use rows_as_service::callbacks::{DeliveryNews, DeliveryStatus};
use twilio::{ErrorMeaning, Message, MessageStatus};

/// What a message's final status says, by its sid; `None` while it is in progress.
pub fn news_of(message: &Message) -> Option<DeliveryNews> {
    let status = match &message.status {
        MessageStatus::Delivered | MessageStatus::Read => DeliveryStatus::Delivered,
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
