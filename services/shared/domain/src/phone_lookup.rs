use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

use crate::UnknownValue;

/// What the phone network says of a number (Twilio's Lookup v2, `line_type_intelligence`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneLookup {
    /// Whether the number can exist.
    pub valid: bool,
    /// What it leads to, where that is known.
    #[serde(default)]
    pub line_type: Option<LineType>,
    /// ISO 3166 alpha-2.
    #[serde(default)]
    pub country_code: Option<String>,
    /// Why it is not valid, for instance `TOO_SHORT`.
    #[serde(default, deserialize_with = "empty_when_null")]
    pub validation_errors: Vec<String>,
}

/// Whether a number can be texted, as far as a lookup tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneVerdict {
    /// Nothing speaks against it.
    Textable,
    /// There is no such number.
    Invalid,
    /// It rings in a house.
    Landline,
}

impl PhoneLookup {
    /// Whether the number can be texted.
    #[must_use]
    pub const fn verdict(&self) -> PhoneVerdict {
        match (self.valid, self.line_type) {
            (false, _) => PhoneVerdict::Invalid,
            (true, Some(LineType::Landline)) => PhoneVerdict::Landline,
            (true, _) => PhoneVerdict::Textable,
        }
    }
}

/// What a number leads to, in Twilio's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineType {
    /// A handset.
    Mobile,
    /// A wire.
    Landline,
    /// The internet, at a fixed place.
    FixedVoip,
    /// The internet, anywhere.
    NonFixedVoip,
    /// A number that follows its owner.
    Personal,
    /// The owner pays for being called.
    TollFree,
    /// The caller pays extra.
    Premium,
    /// Caller and owner share the cost.
    SharedCost,
    /// A company's number for all its offices.
    UniversalAccess,
    /// A mailbox.
    Voicemail,
    /// A pager.
    Pager,
    /// Twilio does not know, or says something new.
    Unknown,
}

impl LineType {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Mobile, "mobile"),
        (Self::Landline, "landline"),
        (Self::FixedVoip, "fixedVoip"),
        (Self::NonFixedVoip, "nonFixedVoip"),
        (Self::Personal, "personal"),
        (Self::TollFree, "tollFree"),
        (Self::Premium, "premium"),
        (Self::SharedCost, "sharedCost"),
        (Self::UniversalAccess, "uan"),
        (Self::Voicemail, "voicemail"),
        (Self::Pager, "pager"),
        (Self::Unknown, "unknown"),
    ];

    /// Twilio's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(line_type, _)| *line_type == self)
            .map_or("unknown", |(_, text)| text)
    }

    /// Reads Twilio's word; one that is new to us is [`LineType::Unknown`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        text.parse().unwrap_or(Self::Unknown)
    }
}

impl FromStr for LineType {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|(_, word)| *word == text)
            .map(|(line_type, _)| line_type)
            .ok_or(UnknownValue)
    }
}

impl fmt::Display for LineType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for LineType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for LineType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer).map(|text| Self::read(&text))
    }
}

fn empty_when_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(json: &str) -> PhoneLookup {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_an_invalid_number_and_a_landline_cannot_be_texted() {
        for (json, verdict) in [
            (
                r#"{"valid": true, "line_type": "mobile"}"#,
                PhoneVerdict::Textable,
            ),
            (r#"{"valid": true}"#, PhoneVerdict::Textable),
            (
                r#"{"valid": true, "line_type": "landline"}"#,
                PhoneVerdict::Landline,
            ),
            (
                r#"{"valid": false, "line_type": null}"#,
                PhoneVerdict::Invalid,
            ),
        ] {
            assert_eq!(lookup(json).verdict(), verdict, "{json}");
        }
    }

    #[test]
    fn every_line_type_reads_back_and_new_ones_are_unknown() {
        for (line_type, text) in LineType::ALL {
            assert_eq!(line_type.as_str(), text);
            assert_eq!(LineType::read(text), line_type);
        }
        let answer = lookup(
            r#"{"valid": true, "line_type": "telepathy", "country_code": "US", "validation_errors": null}"#,
        );
        assert_eq!(answer.line_type, Some(LineType::Unknown));
    }
}
