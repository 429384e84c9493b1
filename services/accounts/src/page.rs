//! Pagination of lists.

use rows_as_service::Page;
use serde::Serialize;
use web::FieldErrors;

/// Default rows per page.
const USUAL: i64 = 50;
/// Maximum rows per page.
const LARGEST: i64 = 200;

/// The requested page of a list.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    page: i64,
    per_page: i64,
}

impl Wanted {
    /// Checks `page` (from 1) and `per_page` (1 to 200).
    pub fn validate(page: Option<i64>, per_page: Option<i64>, errors: &mut FieldErrors) -> Self {
        let wanted = Self {
            page: page.unwrap_or(1),
            per_page: per_page.unwrap_or(USUAL),
        };
        if !(1..=1_000_000).contains(&wanted.page) {
            errors.add("page", "out_of_range", "Pages start at 1.");
        }
        if !(1..=LARGEST).contains(&wanted.per_page) {
            errors.add("per_page", "out_of_range", "A page has 1 to 200 rows.");
        }
        wanted
    }

    /// Rows on the page.
    pub fn limit(self) -> i64 {
        self.per_page
    }

    /// Rows before the page.
    pub fn offset(self) -> i64 {
        (self.page - 1) * self.per_page
    }
}

/// One page in a response.
#[derive(Debug, Serialize)]
pub struct PageView<T> {
    data: Vec<T>,
    total: i64,
    page: i64,
    per_page: i64,
}

impl<T> PageView<T> {
    /// The rows of `page`, mapped by `view`.
    pub fn new<R>(page: Page<R>, wanted: Wanted, view: impl FnMut(R) -> T) -> Self {
        Self {
            data: page.rows.into_iter().map(view).collect(),
            total: page.total,
            page: wanted.page,
            per_page: wanted.per_page,
        }
    }
}
