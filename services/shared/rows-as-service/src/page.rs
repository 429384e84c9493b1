/// One page of a list, and the total number of rows.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// The total number of matching rows; also correct for a page after the last.
    pub total: i64,
}
