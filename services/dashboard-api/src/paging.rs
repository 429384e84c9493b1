use rows_as_user::Direction;
use web::FieldErrors;

/// The largest page.
const LARGEST: usize = 200;
/// Pages behind this row are not for reading: a search is.
const LAST_ROW: usize = 10_000_000;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: usize,
    /// Rows on a page.
    pub(crate) per_page: usize,
}

impl Page {
    /// Reads `page` (1 where absent) and `per_page` (50 where absent).
    pub(crate) fn read(
        page: Option<usize>,
        per_page: Option<usize>,
        errors: &mut FieldErrors,
    ) -> Self {
        let this = Self {
            number: page.unwrap_or(1),
            per_page: per_page.unwrap_or(50),
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

    pub(crate) fn offset(self) -> usize {
        self.number.saturating_sub(1).saturating_mul(self.per_page)
    }
}

/// Reads `sort`: a column's name, with `-` in front for the largest first.
pub(crate) fn sorting(
    sort: Option<&str>,
    columns: &[&'static str],
    otherwise: (&'static str, Direction),
    errors: &mut FieldErrors,
) -> (&'static str, Direction) {
    let Some(sort) = sort.filter(|sort| !sort.is_empty()) else {
        return otherwise;
    };
    let (name, direction) = match sort.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (sort, Direction::Ascending),
    };
    if let Some(column) = columns.iter().find(|column| **column == name) {
        return (column, direction);
    }
    errors.add(
        "sort",
        "unknown_column",
        format!(
            "sort is one of {}, with - in front for the largest first.",
            columns.join(", ")
        ),
    );
    otherwise
}
