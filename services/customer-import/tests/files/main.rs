//! Everything that real files contain: each kind is a file under `fixtures/`, imported through the router into a
//! real Postgres.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code: a panic is the failed test"
)]

mod cells;
#[path = "../import/stage.rs"]
mod stage;

use axum::body::Body;
use serde_json::{Value, json};
use stage::{Person, Stage};

struct Files {
    stage: Stage,
    ann: Person,
}

impl Files {
    async fn open() -> Self {
        let stage = Stage::open().await;
        let ann = stage.person("approved").await;
        Self { stage, ann }
    }

    /// Sends a fixture; returns the status and the answer.
    async fn send(&self, name: &str, query: &str) -> (u16, Value) {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).unwrap();
        let (status, answer) = self
            .stage
            .send(&self.ann, query, "text/csv", Body::from(file))
            .await;
        (status.as_u16(), answer)
    }

    /// Imports a fixture; returns the report and every customer as `phone|first|last|email|state|status`. The next
    /// file starts anew.
    async fn import(&self, name: &str, query: &str) -> (Value, Vec<String>) {
        let (status, report) = self.send(name, query).await;
        assert_eq!(status, 200, "{name}: {report}");
        let sum: u64 = ["inserted", "updated", "unchanged", "duplicates", "rejected"]
            .iter()
            .map(|count| report[count].as_u64().unwrap())
            .sum();
        assert_eq!(report["total_rows"], sum, "{name}: {report}");
        let customers = self.stage.customers_of(&self.ann).await;
        self.stage.forget_customers().await;
        (report, customers)
    }
}

/// The rejects as row, column and code.
fn rejects(report: &Value) -> Vec<(u64, &str, &str)> {
    let rejects = report["rejects"].as_array().unwrap();
    rejects
        .iter()
        .map(|reject| {
            (
                reject["row"].as_u64().unwrap(),
                reject["column"].as_str().unwrap(),
                reject["code"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_same_customers_are_read_whatever_separates_ends_and_encodes_them() {
    let files = Files::open().await;
    let customers = [
        "+12125552368|Ann|Smith|-|NY|active",
        "+14155552671|Zoë|O'Hara, Jr.|-|CA|active",
    ];
    for (name, delimiter, encoding) in [
        ("comma.csv", ",", "UTF-8"),
        ("semicolon.csv", ";", "UTF-8"),
        ("tab.tsv", "\t", "UTF-8"),
        ("pipe.csv", "|", "UTF-8"),
        ("separator_line.csv", ";", "UTF-8"),
        ("utf8_bom.csv", ",", "UTF-8"),
        ("utf16le_bom.csv", ",", "UTF-16"),
        ("utf16be_bom.csv", "\t", "UTF-16"),
        ("utf16le_no_bom.csv", ",", "UTF-16"),
        ("windows1252.csv", ";", "Windows-1252"),
        ("crlf.csv", ",", "UTF-8"),
        ("lone_cr.csv", ",", "UTF-8"),
        ("mixed_line_ends.csv", ",", "UTF-8"),
        ("no_final_line_break.csv", ",", "UTF-8"),
        ("empty_lines.csv", ",", "UTF-8"),
        ("blank_rows.csv", ",", "UTF-8"),
    ] {
        let (report, found) = files.import(name, "").await;
        assert_eq!(found, customers, "{name}");
        assert_eq!(
            (
                &report["delimiter"],
                &report["encoding"],
                &report["total_rows"]
            ),
            (&json!(delimiter), &json!(encoding), &json!(2)),
            "{name}"
        );
    }
    let (status, problem) = files.send("windows1252.csv", "?encoding=utf-8").await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("invalid_encoding"))
    );
}

#[tokio::test]
async fn quotes_hold_what_they_enclose_and_an_open_one_glues_no_people_together() {
    let files = Files::open().await;
    let (_, customers) = files.import("quotes.csv", "").await;
    assert_eq!(
        customers,
        [
            "+12125552368|An\"n|Smithx|-|-|active",
            "+13055552671|a,b|c|-|-|active",
            "+14155552671|He said \"hi\"|two lines|-|-|active",
        ]
    );
    for (name, rejected) in [
        ("unclosed_quote.csv", vec![3]),
        // Every second quote ends a cell where another one opens, or looks as if it closed it.
        ("stray_quotes.csv", vec![3, 5, 7]),
    ] {
        let (report, customers) = files.import(name, "").await;
        let found: Vec<_> = rejects(&report)
            .iter()
            .map(|(row, _, code)| (*row, *code))
            .collect();
        let expected: Vec<_> = rejected
            .into_iter()
            .map(|row| (row, "quote_unclosed"))
            .collect();
        assert_eq!(found, expected, "{report}");
        assert_eq!(
            report["total_rows"],
            customers.len() + found.len(),
            "{report}"
        );
    }
    // A note of several lines is none of it, whatever stands in it.
    let (report, customers) = files
        .import("notes_of_lines.csv", "?unmapped=attributes")
        .await;
    assert_eq!(
        (&report["rejected"], customers.len()),
        (&json!(0), 2),
        "{report}"
    );
}

#[tokio::test]
async fn a_file_without_header_is_recognised_by_what_it_holds() {
    let files = Files::open().await;
    let expected = [
        "+12125552368|Ann|Smith|-|NY|active",
        "+14155552671|Zoë|O'Hara|zoe@example.com|CA|active",
    ];
    for query in ["", "?header=false"] {
        let (report, customers) = files.import("no_header.csv", query).await;
        assert_eq!(customers, expected, "{query}");
        assert_eq!(report["has_header"], false);
        assert_eq!(report["ignored_columns"], json!(["column 6"]));
        assert_eq!(report["columns"]["phone"], "column 3");
    }
    let (report, customers) = files
        .import(
            "no_header.csv",
            "?mapping[first_name]=2&map=attributes.shoe:column%206",
        )
        .await;
    assert_eq!(
        customers[1],
        "+14155552671|O'Hara|-|zoe@example.com|CA|active"
    );
    assert_eq!(report["columns"]["attributes.shoe"], "column 6");
    let (status, problem) = files.send("no_header.csv", "?header=true").await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("phone_column_missing"))
    );
}

#[tokio::test]
async fn columns_may_be_too_many_too_few_or_named_twice() {
    let files = Files::open().await;
    let (report, customers) = files.import("extra_columns.csv", "").await;
    assert_eq!(customers.len(), 2);
    assert_eq!(report["ignored_columns"], json!(["id", "shoe size"]));

    let (report, customers) = files.import("ragged_rows.csv", "").await;
    assert_eq!(
        customers,
        [
            "+12125552368|Ann|-|-|-|active",
            "+13055552671|Cy|Young|-|-|active",
            "+14155552671|-|-|-|-|active",
        ]
    );
    assert_eq!(rejects(&report), [(5, "", "too_many_cells")]);

    let (_, customers) = files.import("duplicate_headers.csv", "").await;
    assert_eq!(customers, ["+14155552671|Zoë|-|-|-|active"]);
}

#[tokio::test]
async fn the_last_of_several_rows_with_one_phone_counts() {
    let files = Files::open().await;
    let (report, customers) = files.import("duplicates.csv", "").await;
    assert_eq!(
        customers,
        [
            "+12125552368|Ann|-|-|-|active",
            "+14155552671|last|-|-|-|active"
        ]
    );
    assert_eq!(
        report["duplicate_rows"],
        json!([{"row": 2, "replaced_by_row": 5}, {"row": 3, "replaced_by_row": 5}])
    );
}

#[tokio::test]
async fn nothing_is_stored_of_files_without_customers() {
    let files = Files::open().await;
    for (name, code) in [
        ("empty.csv", "empty_file"),
        ("only_bom.csv", "empty_file"),
        ("workbook.xlsx", "not_csv"),
        ("too_long_row.csv", "row_too_long"),
    ] {
        let (status, problem) = files.send(name, "").await;
        assert_eq!((status, &problem["code"]), (422, &json!(code)), "{name}");
    }
    let (report, customers) = files.import("only_header.csv", "").await;
    assert_eq!((&report["total_rows"], customers.len()), (&json!(0), 0));
}

#[tokio::test]
async fn bytes_that_no_column_holds_reject_their_row_only() {
    let files = Files::open().await;
    let (report, customers) = files.import("nul_bytes.csv", "").await;
    assert_eq!(customers, ["+13055552671|Cy|-|-|-|active"]);
    assert_eq!(
        rejects(&report),
        [
            (2, "first name", "name_invalid_character"),
            (3, "phone", "phone_not_a_number"),
            (5, "phone", "phone_not_a_number"),
        ]
    );
    let (report, customers) = files.import("very_long_cell.csv", "").await;
    assert_eq!(customers, ["+12125552368|Ann|-|-|-|active"]);
    assert_eq!(rejects(&report), [(2, "first name", "name_too_long")]);
    let (report, customers) = files.import("opted_out.csv", "").await;
    assert_eq!(
        customers,
        [
            "+12125552368|-|-|-|-|active",
            "+14155552671|-|-|-|-|inactive"
        ]
    );
    assert_eq!(rejects(&report), [(4, "status", "status_unknown")]);
}
