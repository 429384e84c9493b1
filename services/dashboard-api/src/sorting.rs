//! The order of a list.

use rows_as_user::Direction;
use web::FieldErrors;

/// Reads `sort`: a column's name, with `-` in front for the largest first.
pub(crate) fn sorting(
    sort: Option<&str>,
    columns: &[&'static str],
    otherwise: (&'static str, Direction),
    errors: &mut FieldErrors,
) -> (&'static str, Direction) {
    let Some(sort) = sort else {
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
