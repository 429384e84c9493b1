//! Reading messages: single ones, and the account's list.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use url::Url;

use super::Client;
use crate::message::MessagePage;
use crate::{Message, RequestError};

const PAGE_SIZE: u16 = 100;
/// Twilio's maximum.
const LARGEST_PAGE_SIZE: u16 = 1000;

/// A page of the account's list of messages.
#[derive(Debug)]
pub struct ListPage {
    /// The newest first. What can't be read is left out.
    pub messages: Vec<Message>,
    /// Twilio's link to the page with older ones.
    pub next: Option<String>,
}

impl Client {
    /// The messages to `to` that Twilio accepted at `since` or later, newest first, to reconcile a
    /// create request in doubt. Follows all pages. Filters by recipient only, since a message
    /// not yet sent has no date to filter by.
    ///
    /// # Errors
    /// [`RequestError`] if any page could not be read: an incomplete list would prove nothing.
    pub async fn find_messages(
        &self,
        to: &str,
        since: DateTime<Utc>,
    ) -> Result<Vec<Message>, RequestError> {
        let mut page_url = self.account.messages.clone();
        page_url
            .query_pairs_mut()
            .append_pair("To", to)
            .append_pair("PageSize", &PAGE_SIZE.to_string());
        // Twilio's dates have whole seconds.
        let since = since.timestamp();
        let mut found = Vec::new();
        loop {
            let page: MessagePage = self.get("list_messages", page_url).await?;
            found.extend(page.messages.into_iter().filter(|message| {
                message
                    .date_created
                    .is_none_or(|created| created.timestamp() >= since)
            }));
            let Some(next) = page.next_page_uri else {
                return Ok(found);
            };
            page_url = self.page_url(&next)?;
        }
    }

    /// The newest messages that the account's list shows, whoever they are to. What was accepted before
    /// them is in the list, if Twilio has it: so they tell how far the list can be trusted.
    ///
    /// # Errors
    /// [`RequestError`] if Twilio gave no answer.
    pub async fn newest_messages(&self) -> Result<Vec<Message>, RequestError> {
        let mut url = self.account.messages.clone();
        url.query_pairs_mut()
            .append_pair("PageSize", &PAGE_SIZE.to_string());
        let page: MessagePage = self.get("list_messages", url).await?;
        Ok(page.messages)
    }

    /// A page of the messages sent from `first` to `last`, days of UTC: the newest, or where `link` leads, which the
    /// page before gave. Twilio's largest pages.
    ///
    /// # Errors
    /// [`RequestError`] if Twilio gave no answer, or the link leads elsewhere.
    pub async fn list_messages(
        &self,
        first: NaiveDate,
        last: NaiveDate,
        link: Option<&str>,
    ) -> Result<ListPage, RequestError> {
        let url = if let Some(link) = link {
            self.page_url(link)?
        } else {
            let mut url = self.account.messages.clone();
            url.query_pairs_mut()
                .append_pair("DateSent>", &first.to_string())
                .append_pair("DateSent<", &last.to_string())
                .append_pair("PageSize", &LARGEST_PAGE_SIZE.to_string());
            url
        };
        let page: MessagePage<Value> = self.get("list_messages", url).await?;
        Ok(ListPage {
            // One odd message, of another application perhaps, must not hide all the others.
            messages: page
                .messages
                .into_iter()
                .filter_map(|message| serde_json::from_value(message).ok())
                .collect(),
            next: page.next_page_uri,
        })
    }

    /// The address of a page that Twilio links to.
    fn page_url(&self, link: &str) -> Result<Url, RequestError> {
        let url = self
            .account
            .api
            .join(link)
            .map_err(|_| RequestError::ForeignLink)?;
        if url.origin() == self.account.api.origin() {
            Ok(url)
        } else {
            Err(RequestError::ForeignLink)
        }
    }
}
