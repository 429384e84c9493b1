//! Which campaigns a list has.

use domain::CampaignStatus;
use rows_as_user::{Direction, Filter, Selection};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{FieldErrors, Page, Validate};

use crate::sorting::sorting;

const SORTABLE: [&str; 6] = [
    "created_at",
    "updated_at",
    "name",
    "status",
    "scheduled_at",
    "sent_at",
];
const NEWEST_FIRST: (&str, Direction) = ("created_at", Direction::Descending);
const LONGEST_SEARCH: usize = 100;

/// Which campaigns to list.
#[derive(Debug)]
pub(crate) struct CampaignList {
    pub(crate) page: Page,
    filters: Vec<Filter>,
    order: (&'static str, Direction),
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CampaignListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// A part of the name.
    #[param(max_length = 100, example = "sale")]
    search: Option<String>,
    /// Only these.
    status: Option<CampaignStatus>,
    /// A column's name, with `-` in front for the largest first.
    #[param(default = "-created_at")]
    sort: Option<String>,
}

impl CampaignList {
    pub(crate) fn selection(&self, table: &'static str) -> Selection {
        let (column, direction) = self.order;
        self.filters
            .iter()
            .cloned()
            .fold(Selection::new(table, "*"), Selection::filter)
            .order(column, direction)
            .page(self.page.offset(), self.page.per_page)
    }
}

impl Validate for CampaignList {
    type Input = CampaignListInput;

    fn validate(input: CampaignListInput, errors: &mut FieldErrors) -> Option<Self> {
        let mut filters = Vec::new();
        if let Some(status) = input.status {
            filters.push(Filter::Equal("status", status.to_string()));
        }
        let search = input.search.unwrap_or_default();
        let search = search.trim();
        if search.chars().count() > LONGEST_SEARCH || search.contains('\0') {
            errors.add(
                "search",
                "too_long",
                format!("At most {LONGEST_SEARCH} characters."),
            );
        } else if !search.is_empty() {
            filters.push(Filter::AnyContains(vec![("name", search.to_owned())]));
        }
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filters,
            order: sorting(input.sort.as_deref(), &SORTABLE, NEWEST_FIRST, errors),
        })
    }
}
