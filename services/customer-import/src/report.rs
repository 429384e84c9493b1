//! What an import answers.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use domain::CustomerImportId;
use rows_as_service::imports::{
    Completion, CustomerImport, DuplicateRow, FileConsents, Overfull, PreviewRow, SameFile,
    StatedConsent,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    columns::Field,
    findings::Findings,
    outcome::{Outcome, VerificationCounts},
    questions::Question,
    rejects::Reject,
};

/// What an import did: `total_rows = inserted + updated + unchanged + duplicates + rejected`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportReport {
    /// The record in `customer_imports`.
    pub id: CustomerImportId,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// Rows with anything in them, the header left out.
    pub total_rows: u64,
    /// New customers.
    pub inserted: u64,
    /// Customers that existed and now differ.
    pub updated: u64,
    /// Customers that existed and stayed as they were.
    pub unchanged: u64,
    /// Rows that a later row with the same phone replaced.
    pub duplicates: u64,
    /// The first of those, at most 1,000.
    pub duplicate_rows: Vec<DuplicateRow>,
    /// Numbers whose holders agreed to be texted, as the file says or its sender.
    pub consented: u64,
    /// Numbers of which the file says that they must not be texted.
    pub declined: u64,
    /// Numbers of which that was known before; their customers are inactive.
    pub suppressed: u64,
    /// Words of the file whose meaning is not known. An import that has to ask fails; a dry run tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Rows that were not imported; the first 50,000 can be downloaded by the record's id, unless this is a dry run.
    pub rejected: u64,
    /// How many rows were rejected for which reason.
    #[schema(example = json!({ "phone_too_short": 1 }))]
    pub rejected_by_code: BTreeMap<String, u64>,
    /// The first of them, by row; at most 1,000.
    pub rejects: Vec<Reject>,
    /// Whether there are more than `rejects` lists.
    pub rejects_truncated: bool,
    /// Rows that were imported without something that could not be read.
    pub warned: u64,
    /// The first of them, by row; at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Reject>,
    /// The file's header of each field that was found.
    #[schema(example = json!({ "phone": "Mobile" }))]
    pub columns: BTreeMap<String, String>,
    /// Columns that nothing was taken from.
    #[schema(example = json!(["Notes"]))]
    pub ignored_columns: Vec<String>,
    /// Whether the first record named the columns.
    pub has_header: bool,
    /// What the file is encoded in.
    #[schema(example = "utf-8")]
    pub encoding: &'static str,
    /// What stands between its cells.
    #[schema(value_type = String, example = ",")]
    pub delimiter: char,
    /// SHA-256 of the file, hexadecimal.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub file_hash: String,
    /// The last import of the same file, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub same_file_as: Option<SameFile>,
    /// Of a dry run: the first customers as they would be stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub preview: Option<Vec<PreviewRow>>,
    /// Where new phones were looked up: what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verification: Option<VerificationCounts>,
    /// Time from the request to the commit.
    pub elapsed_ms: u64,
}

/// What the record keeps of the file.
pub(crate) fn completion(findings: &Findings, stated: Option<StatedConsent>) -> Completion {
    let [no, yes] = findings.checked.verdicts;
    Completion {
        consents: FileConsents {
            any_no: no > 0,
            any_yes: yes > 0,
            stated,
        },
        file_hash: hexadecimal(&findings.file_hash),
        total_rows: findings.checked.total_rows,
        rejected_by_code: findings
            .checked
            .rejects
            .by_code
            .iter()
            .map(|(code, count)| ((*code).to_owned(), *count))
            .collect(),
        header: findings.columns.header.clone(),
        fields: findings.columns.fields(),
        phone_column: findings.columns.header_of(Field::Phone),
        columns: findings
            .columns
            .by_target()
            .into_iter()
            .map(|(target, header)| (target, header.into()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        bytes: findings.bytes,
    }
}

pub(crate) fn of(import: CustomerImport, outcome: Outcome, elapsed: Duration) -> ImportReport {
    let Outcome {
        findings,
        saved,
        preview,
        verified,
        overfull,
    } = outcome;
    let checked = &findings.checked;
    let questions = checked.unknown.questions(checked.total_rows).0;
    let columns = findings.columns;
    let of_phone = |row: i32, code: &'static str, detail: &str| Reject {
        row,
        column: columns.header_of(Field::Phone),
        code,
        detail: detail.to_owned(),
        value: None,
    };
    let warnings = findings.checked.warnings;
    let mut rejects = findings.checked.rejects;
    rejects.show(saved.unavailable_rows.iter().map(|&row| {
        let detail = "this phone number is not available to this account";
        of_phone(row, "phone_unavailable", detail)
    }));
    rejects.show(overfull.iter().map(|&(row, what)| Reject {
        row,
        column: match what {
            Overfull::Tags => columns.header_of(Field::Tags),
            Overfull::Attributes => String::new(),
        },
        code: what.code(),
        detail: what.detail(),
        value: None,
    }));
    let verification = verified.map(|verified| {
        let rows = verified.rejects.iter();
        rejects.show(rows.map(|&(row, code, detail)| of_phone(row, code, detail)));
        verified.counts
    });
    let rejects = rejects.kept;
    let counts = saved.counts;
    let rejected: u64 = counts.rejected_by_code.values().sum();
    ImportReport {
        id: import.id,
        dry_run: import.dry_run,
        total_rows: findings.checked.total_rows,
        inserted: counts.inserted,
        updated: counts.updated,
        unchanged: counts.unchanged,
        duplicates: counts.duplicates,
        duplicate_rows: saved.duplicate_rows,
        consented: counts.consented,
        declined: counts.unwanted.declined,
        suppressed: counts.unwanted.suppressed,
        questions,
        rejected,
        rejected_by_code: counts.rejected_by_code,
        rejects_truncated: rejected > rejects.len() as u64,
        rejects,
        warned: warnings.count(),
        warnings: warnings.kept,
        columns: columns.by_target(),
        ignored_columns: columns.ignored,
        has_header: findings.has_header,
        encoding: findings.encoding,
        delimiter: char::from(findings.delimiter),
        file_hash: hexadecimal(&findings.file_hash),
        same_file_as: saved.same_file_as,
        preview,
        verification,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
