//! Reading what the account is, and what it may send from. For checks of a set-up; sending needs none of it.

use serde::Deserialize;
use url::Url;

use super::Client;
use crate::RequestError;

/// Twilio's code for what is not there.
const NOT_FOUND: u16 = 404;

/// The account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountState {
    /// `active`, `suspended` or `closed`.
    pub status: String,
    /// `Full` or `Trial`: a trial account texts only numbers that its owner has confirmed.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A number of the account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnNumber {
    /// E.164.
    pub phone_number: String,
    /// Where texts to it go; empty if nowhere.
    #[serde(default)]
    pub sms_url: Option<String>,
    capabilities: Capabilities,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Capabilities {
    sms: bool,
}

impl OwnNumber {
    /// Whether it can text.
    #[must_use]
    pub const fn can_text(&self) -> bool {
        self.capabilities.sms
    }
}

/// A messaging service of the account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessagingService {
    /// Where texts to its numbers go; absent if nowhere.
    #[serde(default)]
    pub inbound_request_url: Option<String>,
    /// Whether they go where each number says instead.
    #[serde(default)]
    pub use_inbound_webhook_on_number: bool,
}

#[derive(Deserialize)]
struct Numbers {
    incoming_phone_numbers: Vec<OwnNumber>,
}

#[derive(Deserialize)]
struct ServiceNumbers {
    phone_numbers: Vec<serde::de::IgnoredAny>,
}

impl Client {
    /// The account itself.
    ///
    /// # Errors
    /// [`RequestError::Refused`] if the credentials are wrong.
    pub async fn account(&self) -> Result<AccountState, RequestError> {
        // Beside `Accounts/AC…/Messages.json`.
        let messages = self.account.messages.as_str();
        let address = messages.strip_suffix("/Messages.json").unwrap_or(messages);
        let url = Url::parse(&format!("{address}.json")).map_err(|_| RequestError::ForeignLink)?;
        self.get("check_account", url).await
    }

    /// The number, if it is the account's.
    ///
    /// # Errors
    /// [`RequestError`] if Twilio gave no answer.
    pub async fn own_number(&self, number: &str) -> Result<Option<OwnNumber>, RequestError> {
        let mut url = self
            .account
            .messages
            .join("IncomingPhoneNumbers.json")
            .map_err(|_| RequestError::ForeignLink)?;
        url.query_pairs_mut().append_pair("PhoneNumber", number);
        let numbers: Numbers = self.get("check_account", url).await?;
        // Twilio searches for parts.
        Ok(numbers
            .incoming_phone_numbers
            .into_iter()
            .find(|own| own.phone_number == number))
    }

    /// The messaging service and how many numbers it has, if it is the account's.
    ///
    /// # Errors
    /// [`RequestError`] if Twilio gave no answer.
    pub async fn own_messaging_service(
        &self,
        sid: &str,
    ) -> Result<Option<(MessagingService, usize)>, RequestError> {
        let url = |path: &str| {
            messaging_origin(&self.account.api)
                .join(path)
                .map_err(|_| RequestError::ForeignLink)
        };
        let service = match self
            .get("check_account", url(&format!("/v1/Services/{sid}"))?)
            .await
        {
            Ok(service) => service,
            Err(RequestError::Refused {
                http_status: NOT_FOUND,
                ..
            }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let numbers: ServiceNumbers = self
            .get(
                "check_account",
                url(&format!("/v1/Services/{sid}/PhoneNumbers"))?,
            )
            .await?;
        Ok(Some((service, numbers.phone_numbers.len())))
    }
}

/// Messaging services have an origin of their own, beside the API's: `messaging.twilio.com`. A stand-in has one for all.
fn messaging_origin(api: &Url) -> Url {
    let mut origin = api.clone();
    let host = api.host_str().unwrap_or_default();
    if let Some(rest) = host.strip_prefix("api.")
        && rest.ends_with("twilio.com")
    {
        // A host that differs only in its first part is one, too.
        let _ = origin.set_host(Some(&format!("messaging.{rest}")));
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::messaging_origin;

    #[test]
    fn messaging_services_are_asked_for_at_their_own_origin() {
        for (api, messaging) in [
            ("https://api.twilio.com", "https://messaging.twilio.com/"),
            (
                "https://api.dublin.ie1.twilio.com",
                "https://messaging.dublin.ie1.twilio.com/",
            ),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010/"),
        ] {
            assert_eq!(messaging_origin(&api.parse().unwrap()).as_str(), messaging);
        }
    }
}
