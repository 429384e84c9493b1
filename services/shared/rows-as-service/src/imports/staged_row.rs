//! One row on its way into the staging table.

use domain::{CustomerStatus, EmailAddress, PhoneNumber, UsState};

/// A customer as a file describes it; `None` says nothing about a column.
#[derive(Debug, Clone, Copy)]
pub struct StagedCustomer<'a> {
    /// The row's number in its file, for the report. Later rows win over earlier ones.
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
    pub state: Option<UsState>,
    /// `customers.status`.
    pub status: Option<CustomerStatus>,
}

impl<'a> StagedCustomer<'a> {
    /// A row with nothing but its phone.
    #[must_use]
    pub const fn new(row: i32, phone: &'a PhoneNumber) -> Self {
        Self {
            row,
            phone,
            first_name: None,
            last_name: None,
            email: None,
            state: None,
            status: None,
        }
    }

    /// Appends the row in COPY's text format. Names must hold no NUL: Postgres stores none.
    pub fn encode(&self, out: &mut Vec<u8>) {
        push_integer(out, self.row);
        out.push(b'\t');
        out.extend_from_slice(self.phone.as_str().as_bytes());
        push(out, self.first_name);
        push(out, self.last_name);
        push(out, self.email.map(EmailAddress::as_str));
        push(out, self.state.map(UsState::as_str));
        push(out, self.status.map(CustomerStatus::as_str));
        out.push(b'\n');
    }
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
            "7\t+14155552671\tA\\tn\\\\n\\r\\n\t\t\\N\t\\N\t\\N\n"
        );
    }
}
