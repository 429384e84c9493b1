use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

/// A state, the District of Columbia or a territory, by its two-letter postal code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UsState(&'static str);

/// The text is neither a postal code nor a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a US state")]
pub struct UnknownState;

impl UnknownState {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "state_unknown"
    }
}

/// Code and name, as in USPS Publication 28, appendix B.
const STATES: [(&str, &str); 56] = [
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("MP", "Northern Mariana Islands"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VI", "Virgin Islands"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
];

/// Names that people write besides the official ones.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("DC", "Washington DC"),
    ("VI", "US Virgin Islands"),
    ("VI", "U S Virgin Islands"),
    ("RI", "State of Rhode Island"),
];

impl UsState {
    /// Longest text that is read, and that the column takes.
    pub const MAX_CHARS: usize = 64;

    /// Reads a postal code (`ca`, `N.Y.`) or a name (`new  york`), in any case.
    ///
    /// # Errors
    /// [`UnknownState`] for anything else.
    pub fn parse(text: &str) -> Result<Self, UnknownState> {
        let text = text.trim();
        let two = |code: &'static str| text.eq_ignore_ascii_case(code);
        if text.len() == 2 {
            return STATES
                .iter()
                .find(|(code, _)| two(code))
                .map(|(code, _)| Self(code))
                .ok_or(UnknownState);
        }
        STATES
            .iter()
            .chain(&OTHER_NAMES)
            .find(|(code, name)| same_letters(text, name) || same_letters(text, code))
            .map(|(code, _)| Self(code))
            .ok_or(UnknownState)
    }

    /// The two-letter code, in upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Every code with its name, in the order of names.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        STATES.iter().map(|&(code, name)| (Self(code), name))
    }
}

/// Equal but for case, blanks and dots.
fn same_letters(text: &str, name: &str) -> bool {
    let letters = |s: &'_ str| -> Vec<u8> {
        s.bytes()
            .filter(|b| !matches!(b, b'.' | b' ' | b'\t' | b','))
            .map(|b| b.to_ascii_lowercase())
            .collect()
    };
    text.len() <= UsState::MAX_CHARS && letters(text) == letters(name)
}

impl fmt::Display for UsState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for UsState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for UsState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_in_any_case_become_the_code() {
        for (text, code) in [
            ("CA", "CA"),
            ("ca", "CA"),
            (" Ny ", "NY"),
            ("N.Y.", "NY"),
            ("california", "CA"),
            ("NEW  YORK", "NY"),
            ("New York", "NY"),
            ("D.C.", "DC"),
            ("Washington, D.C.", "DC"),
            ("Washington", "WA"),
            ("Puerto Rico", "PR"),
            ("U.S. Virgin Islands", "VI"),
        ] {
            assert_eq!(
                UsState::parse(text).map(UsState::as_str),
                Ok(code),
                "{text}"
            );
        }
        for text in ["", "XX", "Kalifornien", "C", "CAL", "Ontario"] {
            assert_eq!(UsState::parse(text), Err(UnknownState), "{text}");
        }
    }

    #[test]
    fn every_code_and_every_name_reads_back() {
        for (state, name) in UsState::all() {
            assert_eq!(UsState::parse(state.as_str()), Ok(state));
            assert_eq!(UsState::parse(name), Ok(state));
        }
        assert_eq!(UsState::all().count(), 50 + 1 + 5);
    }
}
