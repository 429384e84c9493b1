mod area_codes;

use std::{borrow::Cow, fmt, fmt::Write as _, str::FromStr};

use arrayvec::ArrayString;
use rlibphonenumber::{
    NotANumberError, NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat,
    PhoneNumberType, Region, ValidationError,
};
use serde::{Deserialize, Deserializer, Serialize, de};

/// `+` and up to 15 digits (ITU-T E.164).
const LONGEST: usize = 16;
/// `+` and 7 digits: what is shorter the database does not take for a number either.
const SHORTEST: usize = 8;
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
    /// Whoever calls it pays more: no person's number.
    #[error("this is a premium-rate number, which is no person's")]
    Premium,
    /// Whoever calls it shares its cost: no person's number.
    #[error("this is a shared-cost number, which is no person's")]
    SharedCost,
    /// Three to six digits, as businesses text from.
    #[error("this is a short code, which is no person's number")]
    ShortCode,
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
            Self::Premium => "phone_premium",
            Self::SharedCost => "phone_shared_cost",
            Self::ShortCode => "phone_short_code",
        }
    }
}

impl PhoneNumber {
    /// Reads a number as people write it; without a country code it is a US number. `private.read_phone` reads it the
    /// same way.
    ///
    /// # Errors
    /// [`PhoneRejection`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PhoneRejection> {
        let visible = without_invisible(text);
        let text = visible.trim();
        if text.is_empty() {
            return Err(PhoneRejection::Empty);
        }
        if text.len() > LONGEST_INPUT {
            return Err(PhoneRejection::NotANumber);
        }
        if (3..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneRejection::ShortCode);
        }
        let unlabelled = without_label(text);
        let rejection = match Self::read(unlabelled) {
            Ok(phone) => return Ok(phone),
            Err(rejection) => rejection,
        };
        // A word and half a number are no number.
        let is_labelled = unlabelled.len() < text.len() && !is_tel(text);
        Err(match rejection {
            PhoneRejection::Extension | PhoneRejection::Premium | PhoneRejection::SharedCost => {
                rejection
            }
            _ if is_labelled => PhoneRejection::NotANumber,
            _ => rejection,
        })
    }

    fn read(text: &str) -> Result<Self, PhoneRejection> {
        let has_letters = text.chars().any(char::is_alphabetic);
        let number = PHONE_NUMBER_UTIL
            .parse(text, Some(Region::US))
            .map_err(|error| match rejection(&error) {
                _ if has_letters => PhoneRejection::NotANumber,
                rejection => rejection,
            })?;
        if number
            .extension
            .as_deref()
            .is_some_and(|extension| !extension.is_empty())
        {
            return Err(PhoneRejection::Extension);
        }
        // The library reads letters as the digits on their keys.
        if has_letters {
            return Err(PhoneRejection::NotANumber);
        }
        let number = without_old_prefix(number);
        check(&number)?;

        let mut e164 = ArrayString::new();
        let zeros = leading_zeros(&number);
        let too_long = |_| PhoneRejection::TooLong;
        write!(e164, "+{}", number.country_code).map_err(too_long)?;
        for _ in 0..zeros {
            e164.write_char('0').map_err(too_long)?;
        }
        write!(e164, "{}", number.national_number).map_err(too_long)?;
        if e164.len() < SHORTEST {
            return Err(PhoneRejection::TooShort);
        }
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

/// Numbers from an address book bring characters that nobody sees: soft hyphens, and what turns the direction of writing.
fn without_invisible(text: &str) -> Cow<'_, str> {
    let invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if text.is_ascii() || !text.contains(invisible) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(invisible, ""))
    }
}

/// Without `tel:`, or a word before it that says whose or what it is.
fn without_label(text: &str) -> &str {
    if text.starts_with(char::is_alphabetic) {
        text.trim_start_matches(|c: char| !c.is_numeric() && !matches!(c, '+' | '\u{ff0b}' | '('))
    } else {
        text
    }
}

fn is_tel(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("tel:"))
}

/// Until 2019 Mexican mobile numbers had a 1 behind the country's code; some still write it.
fn without_old_prefix(mut number: rlibphonenumber::PhoneNumber) -> rlibphonenumber::PhoneNumber {
    const ONE: u64 = 10_000_000_000;
    if number.country_code == 52 && (ONE..2 * ONE).contains(&number.national_number) {
        number.national_number -= ONE;
    }
    number
}

/// Whether a person can have this number.
fn check(number: &rlibphonenumber::PhoneNumber) -> Result<(), PhoneRejection> {
    if number.country_code == 1 {
        return check_of_country_1(number.national_number, leading_zeros(number));
    }
    match PHONE_NUMBER_UTIL.get_number_type(number) {
        PhoneNumberType::PremiumRate => Err(PhoneRejection::Premium),
        PhoneNumberType::SharedCost => Err(PhoneRejection::SharedCost),
        PhoneNumberType::Unknown => Err(
            match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
                Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
                    PhoneRejection::TooShort
                }
                Err(ValidationError::TooLong) => PhoneRejection::TooLong,
                Err(ValidationError::InvalidCountryCode) => PhoneRejection::UnknownCountry,
                _ => PhoneRejection::Unassigned,
            },
        ),
        _ => Ok(()),
    }
}

/// Zeros that belong to the number, and that its value does not show.
fn leading_zeros(number: &rlibphonenumber::PhoneNumber) -> u32 {
    if number.italian_leading_zero() {
        u32::try_from(number.number_of_leading_zeros()).unwrap_or(0)
    } else {
        0
    }
}

/// Area code, exchange, line: three, three and four digits. Exchanges begin with 2 to 9, and 976 costs whoever calls it.
/// A zero in front counts as a digit: with it other countries write their numbers at home.
fn check_of_country_1(number: u64, zeros: u32) -> Result<(), PhoneRejection> {
    let digits = zeros + number.checked_ilog10().map_or(1, |log| log + 1);
    let (area_code, exchange) = (number / 10_000_000, number / 10_000 % 1000);
    match digits {
        ..10 => return Err(PhoneRejection::TooShort),
        11.. => return Err(PhoneRejection::TooLong),
        10 => {}
    }
    match area_code {
        900 => Err(PhoneRejection::Premium),
        _ if exchange == 976 => Err(PhoneRejection::Premium),
        _ if exchange < 200 || !area_codes::exists(area_code) => Err(PhoneRejection::Unassigned),
        _ => Ok(()),
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
mod tests;
