use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::visible::visible;

/// Where mail within the US and Canada goes to, by its two-letter postal code: a state, the District of Columbia, a
/// territory or an associated state of the US, its armed forces, or a province or territory of Canada.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StateCode(&'static str);

/// The text is neither a postal code nor a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no state of the US and no province of Canada")]
pub struct UnknownState;

impl UnknownState {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "state_unknown"
    }
}

/// Code and name, as in USPS Publication 28, appendix B, and Canada Post's addressing guidelines.
const STATES: [(&str, &str); 75] = [
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AB", "Alberta"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("AA", "Armed Forces Americas"),
    ("AE", "Armed Forces Europe"),
    ("AP", "Armed Forces Pacific"),
    ("BC", "British Columbia"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FM", "Federated States of Micronesia"),
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
    ("MB", "Manitoba"),
    ("MH", "Marshall Islands"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NB", "New Brunswick"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NL", "Newfoundland and Labrador"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("MP", "Northern Mariana Islands"),
    ("NT", "Northwest Territories"),
    ("NS", "Nova Scotia"),
    ("NU", "Nunavut"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("ON", "Ontario"),
    ("OR", "Oregon"),
    ("PW", "Palau"),
    ("PA", "Pennsylvania"),
    ("PE", "Prince Edward Island"),
    ("PR", "Puerto Rico"),
    ("QC", "Quebec"),
    ("RI", "Rhode Island"),
    ("SK", "Saskatchewan"),
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
    ("YT", "Yukon"),
];

/// Names that people write besides the official ones.
const OTHER_NAMES: [(&str, &str); 19] = [
    ("DC", "Washington DC"),
    ("VI", "US Virgin Islands"),
    ("VI", "U S Virgin Islands"),
    ("RI", "State of Rhode Island"),
    ("MP", "Commonwealth of the Northern Mariana Islands"),
    ("FM", "Micronesia"),
    ("AA", "Armed Forces the Americas"),
    // One code for all four.
    ("AE", "Armed Forces Africa"),
    ("AE", "Armed Forces Canada"),
    ("AE", "Armed Forces Middle East"),
    (
        "AE",
        "Armed Forces Europe, the Middle East, Africa and Canada",
    ),
    ("NL", "Newfoundland"),
    ("NL", "Newfoundland & Labrador"),
    ("QC", "Québec"),
    ("QC", "PQ"),
    ("NT", "NWT"),
    ("PE", "PEI"),
    ("YT", "Yukon Territory"),
    ("YT", "YK"),
];

impl StateCode {
    /// Longest text that is read, and that the column takes, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Reads a postal code (`ca`, `N.Y.`, `US-CA`) or a name (`new  york`), in any case.
    ///
    /// # Errors
    /// [`UnknownState`] for anything else.
    pub fn parse(text: &str) -> Result<Self, UnknownState> {
        let text = visible(text);
        let text = text.trim();
        // ISO 3166-2, as some shops and payment services write it.
        let text = ["US-", "us-", "CA-", "ca-"]
            .iter()
            .find_map(|country| text.strip_prefix(country))
            .unwrap_or(text);
        let two = |code: &'static str| text.eq_ignore_ascii_case(code);
        if text.len() == 2
            && let Some((code, _)) = STATES.iter().find(|(code, _)| two(code))
        {
            return Ok(Self(code));
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

/// Equal but for case, blanks, dots, commas and hyphens.
fn same_letters(text: &str, name: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars()
            .filter(|c| !matches!(c, '.' | ' ' | '\t' | ',' | '-'))
            .flat_map(char::to_lowercase)
    }
    text.len() <= StateCode::MAX_CHARS && letters(text).eq(letters(name))
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for StateCode {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for StateCode {
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
            ("ae", "AE"),
            ("Armed Forces Pacific", "AP"),
            ("Armed Forces - Americas", "AA"),
            ("ON", "ON"),
            ("british columbia", "BC"),
            ("Québec", "QC"),
            ("QUÉBEC", "QC"),
            ("N.W.T.", "NT"),
            ("CA-ON", "ON"),
            ("US-TX", "TX"),
            ("\u{200b}TX\u{ad}", "TX"),
        ] {
            assert_eq!(
                StateCode::parse(text).map(StateCode::as_str),
                Ok(code),
                "{text}"
            );
        }
        for text in ["", "XX", "Kalifornien", "C", "CAL", "Ontarioo", "US-", "ÿ"] {
            assert_eq!(StateCode::parse(text), Err(UnknownState), "{text}");
        }
    }

    #[test]
    fn every_code_and_every_name_reads_back() {
        for (state, name) in StateCode::all() {
            assert_eq!(StateCode::parse(state.as_str()), Ok(state));
            assert_eq!(StateCode::parse(name), Ok(state));
        }
        // States and the district, territories and associated states, armed forces; provinces and territories.
        assert_eq!(StateCode::all().count(), 51 + 5 + 3 + 3 + 13);
    }
}
