/// One page of a list, and how many rows there are on all pages.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// All rows that match, on whichever page; also right for a page behind the last.
    pub total: i64,
}
