//! Phone numbers as spreadsheets leave them.

use std::borrow::Cow;

use domain::{PhoneNumber, PhoneRejection};

/// Why a cell holds no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PhoneCellRejection {
    /// The spreadsheet rounded digits away.
    #[error("a spreadsheet rounded this number; format the column as text and export it again")]
    Rounded,
    #[error(transparent)]
    Phone(#[from] PhoneRejection),
}

impl PhoneCellRejection {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rounded => "phone_rounded",
            Self::Phone(rejection) => rejection.as_str(),
        }
    }
}

/// What stands between several numbers in a cell of Google Contacts.
const BETWEEN: &str = ":::";
/// Numbers behind the first that are looked at.
const MOST_NUMBERS: usize = 9;

/// Reads a cell; a leading apostrophe, `="…"`, `.0` and exponents that lost no digit are undone. Of several numbers
/// the first is taken that can be used.
pub(crate) fn parse(cell: &str) -> Result<PhoneNumber, PhoneCellRejection> {
    let (first, others) = cell.split_once(BETWEEN).unwrap_or((cell, ""));
    parse_one(first).or_else(|why| {
        let others = others.split(BETWEEN).take(MOST_NUMBERS);
        others.map(parse_one).find_map(Result::ok).ok_or(why)
    })
}

fn parse_one(text: &str) -> Result<PhoneNumber, PhoneCellRejection> {
    Ok(PhoneNumber::parse(&unmangle(text)?)?)
}

fn unmangle(cell: &str) -> Result<Cow<'_, str>, PhoneCellRejection> {
    let mut text = cell.trim();
    if let Some(formula) = text.strip_prefix('=') {
        text = formula.trim().trim_matches('"');
    }
    text = text.strip_prefix('\'').unwrap_or(text);
    if let Some(whole) = text.strip_suffix(".0")
        && whole.bytes().all(|b| b.is_ascii_digit())
    {
        text = whole;
    }
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Ok(Cow::Borrowed(text));
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let Some((whole, fraction)) = mantissa.split_once(['.', ',']) else {
        return Ok(Cow::Borrowed(text));
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (true, true, true, Ok(exponent)) = (
        digits(whole),
        digits(fraction),
        digits(exponent),
        exponent.parse::<usize>(),
    ) else {
        return Ok(Cow::Borrowed(text));
    };
    // Fewer digits than the number has: the rest were rounded to zeros.
    if fraction.len() == exponent {
        Ok(Cow::Owned(format!("{whole}{fraction}")))
    } else {
        Err(PhoneCellRejection::Rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_did_to_a_number_is_undone_unless_digits_are_lost() {
        for cell in [
            "4155552671",
            "4155552671.0",
            "'4155552671",
            "=\"4155552671\"",
            "=4155552671",
            "1.4155552671E+10",
            "4.155552671e9",
            " (415) 555-2671 ",
            "(415) 555-2671 ::: 212 555 2368",
            "n/a ::: 415 555 2671",
            "٤١٥٥٥٥٢٦٧١",
            "＋１４１５５５５２６７１",
        ] {
            assert_eq!(parse(cell).unwrap().as_str(), "+14155552671", "{cell}");
        }
        assert_eq!(parse("1.41556E+10"), Err(PhoneCellRejection::Rounded));
        assert_eq!(
            parse(""),
            Err(PhoneCellRejection::Phone(PhoneRejection::Empty))
        );
        assert_eq!(
            parse("eve"),
            Err(PhoneCellRejection::Phone(PhoneRejection::NotANumber))
        );
    }
}
