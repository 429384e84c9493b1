use std::{fmt, fmt::Write as _, str::FromStr};

use arrayvec::ArrayString;
use rlibphonenumber::{
    NotANumberError, NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region,
    ValidationError,
};
use serde::{Deserialize, Deserializer, Serialize, de};

/// `+` and up to 15 digits (ITU-T E.164), of which German numbers may use two more.
const LONGEST: usize = 18;
/// Longer texts are no phone numbers; it also bounds the work that an import's cell can cause.
const LONGEST_INPUT: usize = 64;

/// A valid phone number in E.164 (`+14155550100`). It lives on the stack: an import makes millions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(ArrayString<LONGEST>);

/// Why a text is no phone number that can be texted. `as_str` is a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PhoneRejection {
    /// Nothing but blanks.
    #[error("the phone number is empty")]
    Empty,
    /// Letters, dates, several numbers in one cell.
    #[error("this is not a phone number")]
    NotANumber,
    /// The digits after `+` begin with no country's code.
    #[error("the country code does not exist")]
    UnknownCountry,
    /// Fewer digits than its country uses.
    #[error("the phone number has too few digits")]
    TooShort,
    /// More digits than its country uses.
    #[error("the phone number has too many digits")]
    TooLong,
    /// Well-formed, but in no range that its country has assigned.
    #[error("no such phone number is assigned in its country")]
    Unassigned,
    /// An extension can be called, but not texted.
    #[error("a phone number with an extension cannot be texted")]
    Extension,
}

impl PhoneRejection {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "phone_empty",
            Self::NotANumber => "phone_not_a_number",
            Self::UnknownCountry => "phone_unknown_country",
            Self::TooShort => "phone_too_short",
            Self::TooLong => "phone_too_long",
            Self::Unassigned => "phone_unassigned",
            Self::Extension => "phone_extension",
        }
    }
}

impl PhoneNumber {
    /// Reads a number as people write it; without a country code it is a US number.
    ///
    /// # Errors
    /// [`PhoneRejection`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PhoneRejection> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PhoneRejection::Empty);
        }
        if text.len() > LONGEST_INPUT {
            return Err(PhoneRejection::NotANumber);
        }
        let number = PHONE_NUMBER_UTIL
            .parse(text, Some(Region::US))
            .map_err(|error| rejection(&error))?;
        if number
            .extension
            .as_deref()
            .is_some_and(|extension| !extension.is_empty())
        {
            return Err(PhoneRejection::Extension);
        }
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(
                match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
                    Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
                        PhoneRejection::TooShort
                    }
                    Err(ValidationError::TooLong) => PhoneRejection::TooLong,
                    Err(ValidationError::InvalidCountryCode) => PhoneRejection::UnknownCountry,
                    _ => PhoneRejection::Unassigned,
                },
            );
        }

        let mut e164 = ArrayString::new();
        let zeros = if number.italian_leading_zero() {
            usize::try_from(number.number_of_leading_zeros().max(0)).unwrap_or(0)
        } else {
            0
        };
        let too_long = |_| PhoneRejection::TooLong;
        write!(e164, "+{}", number.country_code).map_err(too_long)?;
        for _ in 0..zeros {
            e164.write_char('0').map_err(too_long)?;
        }
        write!(e164, "{}", number.national_number).map_err(too_long)?;
        Ok(Self(e164))
    }

    /// As [`Self::parse`], but what has the form of E.164 passes even if no country has assigned it: who must not be
    /// texted, or asks about themselves, is not turned away because our list of numbers is old.
    ///
    /// # Errors
    /// [`PhoneRejection`] says what is wrong with it.
    pub fn parse_even_unassigned(text: &str) -> Result<String, PhoneRejection> {
        let rejection = match Self::parse(text) {
            Ok(phone) => return Ok(phone.as_str().to_owned()),
            Err(rejection) => rejection,
        };
        let digits: String = text
            .trim()
            .strip_prefix('+')
            .unwrap_or_default()
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
            .collect();
        // As the database has it.
        let is_e164 = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_e164 {
            Ok(format!("+{digits}"))
        } else {
            Err(rejection)
        }
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country that it belongs to (ISO 3166 alpha-2); satellites and the like have none.
    #[must_use]
    pub fn country_code(&self) -> Option<String> {
        let region = PHONE_NUMBER_UTIL.get_region_for_number(&self.parsed()?)?;
        let code = region.as_region_str();
        // `001` stands for what is no country.
        (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
            .then(|| code.as_str().to_owned())
    }

    /// The number as people write it in its own country: `(415) 555-2671`.
    #[must_use]
    pub fn national_format(&self) -> Option<String> {
        let number = self.parsed()?;
        let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::National);
        Some(text.into_owned())
    }

    fn parsed(&self) -> Option<rlibphonenumber::PhoneNumber> {
        PHONE_NUMBER_UTIL.parse(self.as_str(), None).ok()
    }
}

fn rejection(error: &ParseError) -> PhoneRejection {
    match error {
        ParseError::InvalidCountryCode => PhoneRejection::UnknownCountry,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneRejection::TooShort,
        ParseError::TooLongNsn
        | ParseError::NotANumber(NotANumberError::FailedToParseNumberAsInt(_)) => {
            PhoneRejection::TooLong
        }
        ParseError::NotANumber(_) => PhoneRejection::NotANumber,
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Shows the last two digits only: a `{:?}` in a log must not name a person.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.get(self.0.len() - 2..).unwrap_or_default();
        write!(f, "PhoneNumber(…{end})")
    }
}

impl AsRef<str> for PhoneNumber {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneRejection;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them_become_e164() {
        for (text, e164) in [
            ("(415) 555-2671", "+14155552671"),
            ("415.555.2671", "+14155552671"),
            ("1-415-555-2671", "+14155552671"),
            (" +1 415 555 2671 ", "+14155552671"),
            ("tel:+1-415-555-2671", "+14155552671"),
            ("011 44 20 7946 0018", "+442079460018"),
            ("+44 20 7946 0018", "+442079460018"),
            ("+39 06 6982 1234", "+390669821234"),
            ("+49 30 901820", "+4930901820"),
            ("（415）５５５－２６７１", "+14155552671"),
        ] {
            assert_eq!(
                PhoneNumber::parse(text).as_ref().map(AsRef::as_ref),
                Ok(e164),
                "{text}"
            );
        }
    }

    #[test]
    fn what_has_the_form_of_e164_passes_unassigned_too() {
        for (text, read) in [
            ("+14155550100", Ok("+14155550100")),
            ("+1 (999) 555-0100", Ok("+19995550100")),
            ("415 555 2671", Ok("+14155552671")),
            ("9995550100", Err(PhoneRejection::Unassigned)),
            ("+12", Err(PhoneRejection::NotANumber)),
            ("+1415555010012345", Err(PhoneRejection::TooLong)),
            ("Ann", Err(PhoneRejection::NotANumber)),
        ] {
            let found = PhoneNumber::parse_even_unassigned(text);
            assert_eq!(found.as_deref().map_err(|reason| *reason), read, "{text}");
        }
    }

    #[test]
    fn a_rejection_says_why() {
        for (text, reason) in [
            ("", PhoneRejection::Empty),
            ("   ", PhoneRejection::Empty),
            ("n/a", PhoneRejection::NotANumber),
            ("555-2671", PhoneRejection::TooShort),
            ("41555526711234", PhoneRejection::TooLong),
            ("+999 123 456 789", PhoneRejection::UnknownCountry),
            ("(123) 456-7890", PhoneRejection::Unassigned),
            ("415-555-2671 ext. 12", PhoneRejection::Extension),
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(reason), "{text}");
        }
        assert_eq!(
            PhoneNumber::parse(&"4".repeat(65)),
            Err(PhoneRejection::NotANumber)
        );
    }

    #[test]
    fn a_number_knows_its_country_and_how_it_is_written_there() {
        for (e164, country, national) in [
            ("+14155552671", Some("US"), "(415) 555-2671"),
            ("+16045552671", Some("CA"), "(604) 555-2671"),
            ("+442079460018", Some("GB"), "020 7946 0018"),
            ("+390212345678", Some("IT"), "02 1234 5678"),
            ("+80012345678", None, "1234 5678"),
        ] {
            let number = PhoneNumber::parse(e164).unwrap();
            assert_eq!(number.country_code().as_deref(), country, "{e164}");
            assert_eq!(number.national_format().as_deref(), Some(national));
        }
    }

    #[test]
    fn debug_output_names_nobody() {
        let number = PhoneNumber::parse("4155552671").unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(…71)");
    }

    #[test]
    fn json_is_checked_on_the_way_in() {
        assert_eq!(
            serde_json::from_str::<PhoneNumber>("\"(415) 555-2671\"")
                .unwrap()
                .as_str(),
            "+14155552671"
        );
        assert!(serde_json::from_str::<PhoneNumber>("\"12\"").is_err());
    }

    /// Prints the rate; the goal, a million a second, is for release builds on a quiet machine.
    #[test]
    fn parsing_is_quick() {
        let texts: Vec<_> = (0..10_000)
            .map(|n| format!("(415) {}-{:04}", 200 + n % 700, n))
            .collect();
        let began = std::time::Instant::now();
        let valid = texts
            .iter()
            .filter(|text| PhoneNumber::parse(text).is_ok())
            .count();
        let took = began.elapsed();
        println!("{} numbers ({valid} valid) in {took:?}", texts.len());
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
