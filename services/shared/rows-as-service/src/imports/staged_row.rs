//! One row for the staging table.

use std::collections::BTreeMap;

use domain::{CustomerStatus, EmailAddress, PhoneNumber, StateCode};
use serde::Serialize;

/// A customer from a file; `None` and empty lists leave a column alone.
#[derive(Debug, Clone, Copy)]
pub struct StagedCustomer<'a> {
    /// The row's number in its file, for the report. Later rows override earlier ones.
    pub row: i32,
    /// `customers.phone`.
    pub phone: &'a PhoneNumber,
    /// `customers.first_name`.
    pub first_name: Option<&'a str>,
    /// `customers.last_name`.
    pub last_name: Option<&'a str>,
    /// `customers.email`.
    pub email: Option<&'a EmailAddress>,
    /// `customers.state`.
    pub state: Option<StateCode>,
    /// `customers.status`.
    pub status: Option<CustomerStatus>,
    /// Added to `customers.tags`.
    pub tags: &'a [&'a str],
    /// Merged into `customers.attributes`.
    pub attributes: &'a BTreeMap<&'a str, &'a str>,
    /// Whether the person may be texted, where the row says so.
    pub consent: Option<bool>,
    /// The row's words about that, a JSON object.
    pub said: Option<&'a str>,
}

static NO_ATTRIBUTES: BTreeMap<&str, &str> = BTreeMap::new();

impl<'a> StagedCustomer<'a> {
    /// A row with only a phone.
    #[must_use]
    pub fn new(row: i32, phone: &'a PhoneNumber) -> Self {
        Self {
            row,
            phone,
            first_name: None,
            last_name: None,
            email: None,
            state: None,
            status: None,
            tags: &[],
            attributes: &NO_ATTRIBUTES,
            consent: None,
            said: None,
        }
    }

    /// Appends the row in COPY's text format. Texts must not contain NUL: Postgres can't store it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        push_integer(out, self.row);
        out.push(b'\t');
        out.extend_from_slice(self.phone.as_str().as_bytes());
        push(out, self.first_name);
        push(out, self.last_name);
        push(out, self.email.map(EmailAddress::as_str));
        push(out, self.state.map(StateCode::as_str));
        push(out, self.status.map(CustomerStatus::as_str));
        if self.tags.is_empty() && self.attributes.is_empty() {
            out.extend_from_slice(b"\t\\N\t\\N");
        } else {
            push(out, array_literal(self.tags).as_deref());
            push(out, json_object(self.attributes).as_deref());
        }
        push(
            out,
            self.consent.map(|consent| if consent { "t" } else { "f" }),
        );
        push(out, self.said);
        out.extend_from_slice(b"\t\\N\n");
    }
}

/// A rejected row.
#[derive(Debug, Clone, Serialize)]
pub struct StagedReject<'a> {
    /// The row's number in its file.
    #[serde(skip)]
    pub row: i32,
    /// Header of the wrong column, empty if it is the whole row.
    pub column: &'a str,
    /// Stable code of the reason.
    pub code: &'a str,
    /// The reason in words.
    pub detail: &'a str,
    /// All cells of the record. They must not contain NUL.
    pub cells: Vec<String>,
    /// Where the row says that its person must not be texted: its words about that, a JSON object with the phone.
    #[serde(skip)]
    pub declined: Option<&'a str>,
}

impl StagedReject<'_> {
    /// Appends the row in COPY's text format.
    pub fn encode(&self, out: &mut Vec<u8>) {
        // Strings and lists of strings can always be written as JSON.
        let reject = serde_json::to_string(self).unwrap_or_default();
        encode_without_phone(self.row, self.declined, Some(&reject), out);
    }
}

/// Appends a row of which nothing is kept but that its person must not be texted: its words about that, a JSON object
/// with the phone.
pub fn encode_declined(row: i32, declined: &str, out: &mut Vec<u8>) {
    encode_without_phone(row, Some(declined), None, out);
}

fn encode_without_phone(row: i32, declined: Option<&str>, reject: Option<&str>, out: &mut Vec<u8>) {
    push_integer(out, row);
    for _ in 0..8 {
        out.extend_from_slice(b"\t\\N");
    }
    push(out, declined.map(|_| "f"));
    push(out, declined);
    push(out, reject);
    out.push(b'\n');
}

fn array_literal(texts: &[&str]) -> Option<String> {
    if texts.is_empty() {
        return None;
    }
    let mut out = String::from("{");
    for (index, text) in texts.iter().enumerate() {
        out.push_str(if index == 0 { "\"" } else { ",\"" });
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    }
    out.push('}');
    Some(out)
}

fn json_object(texts: &BTreeMap<&str, &str>) -> Option<String> {
    (!texts.is_empty()).then(|| serde_json::to_string(texts).unwrap_or_default())
}

fn push_integer(out: &mut Vec<u8>, number: i32) {
    use std::io::Write as _;
    // Writing into a Vec never fails.
    let _ = write!(out, "{number}");
}

fn push(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(b'\t');
    let Some(text) = text else {
        out.extend_from_slice(b"\\N");
        return;
    };
    for &byte in text.as_bytes() {
        match byte {
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            byte => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_takes_for_structure_is_escaped() {
        let phone = PhoneNumber::parse("4155552671").unwrap();
        let mut out = Vec::new();
        StagedCustomer {
            first_name: Some("A\tn\\n\r\n"),
            last_name: Some(""),
            ..StagedCustomer::new(7, &phone)
        }
        .encode(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "7\t+14155552671\tA\\tn\\\\n\\r\\n\t\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n"
        );
    }

    #[test]
    fn tags_and_attributes_become_an_array_and_an_object() {
        let phone = PhoneNumber::parse("4155552671").unwrap();
        let mut out = Vec::new();
        StagedCustomer {
            tags: &["vip", "a \"b\", c"],
            attributes: &BTreeMap::from([("plan", "go\\ld")]),
            ..StagedCustomer::new(7, &phone)
        }
        .encode(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "7\t+14155552671\t\\N\t\\N\t\\N\t\\N\t\\N\t{\"vip\",\"a \\\\\"b\\\\\", c\"}\t{\"plan\":\"go\\\\\\\\ld\"}\t\\N\t\\N\t\\N\n"
        );
    }

    #[test]
    fn a_reject_has_no_phone() {
        let mut out = Vec::new();
        StagedReject {
            row: 3,
            column: "Phone",
            code: "phone_empty",
            detail: "the phone number is missing",
            cells: vec!["\\".to_owned(), "x".to_owned()],
            declined: Some(r#"{"phone":"+14155552671"}"#),
        }
        .encode(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "3\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\tf\t{\"phone\":\"+14155552671\"}\t{\"column\":\"Phone\",\"code\":\"phone_empty\",\"detail\":\"the phone number is missing\",\"cells\":[\"\\\\\\\\\",\"x\"]}\n"
        );
    }
}
