//! Every list comes in pages, asked for and answered in one way.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api_error::FieldErrors;

/// Rows on a page where the request does not say.
const USUAL: usize = 50;
/// The largest page.
const LARGEST: usize = 200;
/// Pages behind this row are not for reading: a search is.
const LAST_ROW: usize = 10_000_000;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: usize,
    /// Rows on a page.
    pub per_page: usize,
}

impl Page {
    /// Reads `page` (1 where absent) and `per_page` (50 where absent). What is negative is out of range.
    pub fn read<N: TryInto<usize>>(
        page: Option<N>,
        per_page: Option<N>,
        errors: &mut FieldErrors,
    ) -> Self {
        let given = |number: N| number.try_into().unwrap_or(0);
        let this = Self {
            number: page.map_or(1, given),
            per_page: per_page.map_or(USUAL, given),
        };
        if !(1..=LARGEST).contains(&this.per_page) {
            errors.add(
                "per_page",
                "out_of_range",
                format!("per_page is 1 to {LARGEST}."),
            );
        }
        if this.number == 0 || this.number.saturating_mul(this.per_page) > LAST_ROW {
            errors.add(
                "page",
                "out_of_range",
                "Pages are counted from 1, to row 10,000,000.",
            );
        }
        this
    }

    /// The only page of a list with so many rows that is never longer.
    #[must_use]
    pub fn of_all(rows: usize) -> Self {
        Self {
            number: 1,
            per_page: rows.max(1),
        }
    }

    /// Rows before this page.
    #[must_use]
    pub fn offset(self) -> usize {
        self.number.saturating_sub(1).saturating_mul(self.per_page)
    }

    /// `limit` and `offset` of a statement.
    #[must_use]
    pub fn limit_and_offset(self) -> (i64, i64) {
        let bigint = |number| i64::try_from(number).unwrap_or(i64::MAX);
        (bigint(self.per_page), bigint(self.offset()))
    }

    /// What an answer says about this page of `total` rows.
    #[must_use]
    pub fn of(self, total: u64) -> PageTotals {
        PageTotals {
            page: self.number,
            per_page: self.per_page,
            total,
            total_is_exact: true,
            total_pages: total.div_ceil(self.per_page.max(1) as u64),
        }
    }
}

/// What stands beside the rows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageTotals {
    /// From 1.
    #[schema(example = 1)]
    page: usize,
    /// Rows on a page.
    #[schema(example = 50)]
    per_page: usize,
    /// Rows on all pages.
    #[schema(example = 1)]
    total: u64,
    /// False where there are very many: then `total` is as far as was counted.
    total_is_exact: bool,
    /// Pages that `total` makes.
    #[schema(example = 1)]
    total_pages: u64,
}

impl PageTotals {
    /// Says whether the total was counted or estimated, too.
    #[must_use]
    pub fn exact(mut self, is_exact: bool) -> Self {
        self.total_is_exact = is_exact;
        self
    }
}

/// A page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The rows of this page.
    data: Vec<T>,
    #[serde(flatten)]
    totals: PageTotals,
}

impl<T> Listing<T> {
    /// The rows of `page`, of `total` on all pages.
    pub fn new(data: Vec<T>, page: Page, total: impl TryInto<u64>) -> Self {
        Self {
            data,
            totals: page.of(total.try_into().unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_first_fifty_rows_unless_the_request_says_otherwise() {
        let mut errors = FieldErrors::default();
        let page = Page::read::<i64>(None, None, &mut errors);
        assert_eq!((page.limit_and_offset(), page.offset()), ((50, 0), 0));
        let page = Page::read(Some(3_i64), Some(20), &mut errors);
        assert_eq!(page.limit_and_offset(), (20, 40));
        assert!(errors.is_empty());
    }

    #[test]
    fn pages_out_of_range_are_refused() {
        for (page, per_page) in [(0, 50), (-1, 50), (1, 0), (1, 201), (1, -1), (200_001, 50)] {
            let mut errors = FieldErrors::default();
            Page::read(Some(page), Some(per_page), &mut errors);
            assert!(!errors.is_empty(), "{page} {per_page}");
        }
    }

    #[test]
    fn a_listing_says_how_many_pages_there_are() {
        let page = Page {
            number: 9,
            per_page: 50,
        };
        let listing = Listing::new(vec![0; 0], page, 101_i64);
        assert_eq!(
            serde_json::to_value(&listing).unwrap(),
            serde_json::json!({
                "data": [], "page": 9, "per_page": 50, "total": 101, "total_is_exact": true, "total_pages": 3,
            })
        );
        let totals = serde_json::to_string(&page.of(0).exact(false)).unwrap();
        assert_eq!(
            totals,
            r#"{"page":9,"per_page":50,"total":0,"total_is_exact":false,"total_pages":0}"#
        );
    }
}
