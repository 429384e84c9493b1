//! Messages of campaigns: which of them to list.

use domain::MessageStatus;
use rows_as_user::{Direction, Filter, Selection};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{FieldErrors, Page, Validate};

const TABLE: &str = "campaign_messages";
/// As long as the longest stable code may become.
const LONGEST_REASON: usize = 64;

/// Which messages to list.
#[derive(Debug)]
pub(crate) struct MessageList {
    pub(crate) page: Page,
    filters: Vec<Filter>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// Only these.
    status: Option<MessageStatus>,
    /// Only those with this stable code.
    #[param(pattern = "^[a-z0-9_]{1,64}$", example = "unreachable")]
    reason: Option<String>,
}

impl Validate for MessageList {
    type Input = MessageListInput;

    fn validate(input: MessageListInput, errors: &mut FieldErrors) -> Option<Self> {
        let mut filters = Vec::new();
        if let Some(status) = input.status {
            filters.push(Filter::Equal("status", status.to_string()));
        }
        if let Some(reason) = input.reason {
            if !is_code(&reason) {
                let detail = format!("A stable code: 1 to {LONGEST_REASON} of a-z, 0-9 and _.");
                errors.add("reason", "invalid_value", detail);
            }
            filters.push(Filter::Equal("reason", reason));
        }
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filters,
        })
    }
}

impl MessageList {
    /// The page of those messages that belong to `whose`, ordered by `column` and id.
    pub(crate) fn selection(
        self,
        whose: Filter,
        column: &'static str,
        direction: Direction,
    ) -> Selection {
        self.filters
            .into_iter()
            .fold(Selection::new(TABLE, "*").filter(whose), Selection::filter)
            .order(column, direction)
            .page(self.page.offset(), self.page.per_page)
    }
}

fn is_code(text: &str) -> bool {
    (1..=LONGEST_REASON).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_stable_code() {
        assert!(is_code("opted_out") && is_code(&"x".repeat(64)));
        for text in ["", "Opted", "a b", "a,b", "eq.x", &"x".repeat(65)] {
            assert!(!is_code(text), "{text:?}");
        }
    }
}
