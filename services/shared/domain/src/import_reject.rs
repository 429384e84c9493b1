use serde::Deserialize;

/// A row that an import did not take, as it stood in the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ImportReject {
    /// The number of the record in its file, the header being row 1.
    pub row: i32,
    /// Header of the column that is wrong; empty where it is the row as a whole.
    pub column_name: String,
    /// The reason in words.
    pub detail: String,
    /// All cells of the record.
    pub cells: Vec<String>,
}

impl ImportReject {
    /// What a file of rejects has behind the file's own columns. An import passes over columns of these names,
    /// so that the file can be mended and sent again.
    pub const HEADERS: [&str; 3] = ["reject row", "reject column", "reject reason"];

    /// The row of a file of rejects whose own columns are `columns`, and [`HEADERS`](Self::HEADERS) after them.
    /// Cells behind the last column stay where they can be seen: in the reason.
    #[must_use]
    pub fn into_cells(self, columns: usize) -> Vec<String> {
        let mut cells = self.cells;
        cells.resize(columns.max(cells.len()), String::new());
        let surplus = cells.split_off(columns);
        let reason = if surplus.is_empty() {
            self.detail
        } else {
            format!("{} ({})", self.detail, surplus.join(" | "))
        };
        cells.extend([self.row.to_string(), self.column_name, reason]);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reject_keeps_its_columns_whatever_its_width() {
        let reject = |cells: &[&str]| ImportReject {
            row: 3,
            column_name: "Phone".to_owned(),
            detail: "too short".to_owned(),
            cells: cells.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(
            reject(&["1"]).into_cells(2),
            ["1", "", "3", "Phone", "too short"]
        );
        assert_eq!(
            reject(&["1", "x", "y"]).into_cells(2),
            ["1", "x", "3", "Phone", "too short (y)"]
        );
    }
}
