//! Which column of a file is which field of a customer.

use domain::PhoneNumber;

use crate::{ImportFailure, ImportParameters};

/// A field of a customer that a file can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Phone,
    FirstName,
    LastName,
    Email,
    State,
    Status,
}

/// How many there are.
pub(crate) const FIELDS: usize = 6;

impl Field {
    pub(crate) const ALL: [Self; FIELDS] = [
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::State,
        Self::Status,
    ];

    /// The column's name in `customers`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::State => "state",
            Self::Status => "status",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// Headers as `plain` leaves them. Where a file has several, the one named first here is taken:
    /// a mobile number can be texted more often than just any.
    const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Phone => &[
                "mobile",
                "mobilephone",
                "mobilenumber",
                "mobilephonenumber",
                "cell",
                "cellphone",
                "cellnumber",
                "cellphonenumber",
                "phone",
                "phonenumber",
                "phoneno",
                "phone1",
                "primaryphone",
                "smsnumber",
                "sms",
                "tel",
                "telephone",
                "telephonenumber",
                "contactnumber",
                "msisdn",
                "homephone",
                "workphone",
                "phone1value",
            ],
            Self::FirstName => &[
                "firstname",
                "first",
                "fname",
                "givenname",
                "forename",
                "customerfirstname",
            ],
            Self::LastName => &[
                "lastname",
                "last",
                "lname",
                "surname",
                "familyname",
                "customerlastname",
            ],
            Self::Email => &[
                "email",
                "emailaddress",
                "mail",
                "emailid",
                "email1value",
                "primaryemail",
            ],
            Self::State => &[
                "state",
                "statecode",
                "province",
                "region",
                "stateprovince",
                "stateregion",
                "addressstate",
            ],
            Self::Status => &["status", "customerstatus", "subscriptionstatus"],
        }
    }
}

/// Where each field stands in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// By [`Field`], the column's index.
    pub(crate) indexes: [Option<usize>; FIELDS],
    /// By [`Field`], the column's header as the file spells it.
    pub(crate) headers: [String; FIELDS],
    /// Headers of columns that nothing is taken from.
    pub(crate) ignored: Vec<String>,
}

impl Columns {
    /// Reads a header. A mapping by parameter comes before what a header is recognised as.
    ///
    /// # Errors
    /// When the phone's column, or one that a mapping names, is not there.
    pub(crate) fn of_header(
        header: &[&str],
        parameters: &ImportParameters,
    ) -> Result<Self, ImportFailure> {
        let plain: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let mut indexes = [None; FIELDS];
        for (field, column) in &parameters.mapping {
            let wanted = column.trim();
            let index = header
                .iter()
                .position(|name| name.trim() == wanted)
                .or_else(|| plain.iter().position(|name| *name == self::plain(wanted)))
                .ok_or_else(|| ImportFailure::MappedColumnMissing(shorten(wanted)))?;
            indexes[*field as usize] = Some(index);
        }
        for field in Field::ALL {
            if indexes[field as usize].is_none() {
                indexes[field as usize] = field.spellings().iter().find_map(|spelling| {
                    plain.iter().enumerate().position(|(index, name)| {
                        name == spelling && !indexes.contains(&Some(index))
                    })
                });
            }
        }
        if indexes[Field::Phone as usize].is_none() {
            if header.iter().any(|cell| PhoneNumber::parse(cell).is_ok()) {
                return Err(ImportFailure::HeaderMissing);
            }
            return Err(ImportFailure::PhoneColumnMissing(shorten(
                &header.join(", "),
            )));
        }
        Ok(Self {
            headers: indexes
                .map(|index| index.map_or_else(String::new, |i| shorten(header[i].trim()))),
            ignored: header
                .iter()
                .enumerate()
                .filter(|(index, name)| !indexes.contains(&Some(*index)) && !name.trim().is_empty())
                .map(|(_, name)| shorten(name.trim()))
                .take(100)
                .collect(),
            indexes,
        })
    }
}

/// Letters and digits in lower case: `E-Mail Address` and `email_address` are the same header.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A text of the file as an answer may carry it.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(header: &[&str]) -> [Option<usize>; FIELDS] {
        Columns::of_header(header, &ImportParameters::default())
            .unwrap()
            .indexes
    }

    #[test]
    fn headers_are_recognised_in_their_usual_spellings() {
        for phone in [
            "phone",
            "Phone Number",
            "MOBILE",
            "cell",
            "Tel.",
            " telephone ",
        ] {
            assert_eq!(indexes(&["x", phone])[0], Some(1), "{phone}");
        }
        assert_eq!(
            indexes(&[
                "Given Name",
                "surname",
                "E-Mail",
                "Province",
                "Status",
                "Cell Phone"
            ]),
            [Some(5), Some(0), Some(1), Some(2), Some(3), Some(4)]
        );
    }

    #[test]
    fn a_mobile_number_is_taken_before_any_other() {
        assert_eq!(indexes(&["Phone", "Mobile Phone"])[0], Some(1));
    }

    #[test]
    fn a_mapping_comes_before_recognition() {
        let parameters = ImportParameters {
            mapping: vec![
                (Field::Phone, "Nummer".to_owned()),
                (Field::FirstName, "phone".to_owned()),
            ],
            ..ImportParameters::default()
        };
        let columns = Columns::of_header(&["phone", "Nummer", "Shoe size"], &parameters).unwrap();
        assert_eq!(columns.indexes[..2], [Some(1), Some(0)]);
        assert_eq!(columns.ignored, ["Shoe size"]);
        assert!(matches!(
            Columns::of_header(&["phone"], &parameters),
            Err(ImportFailure::MappedColumnMissing(name)) if name == "Nummer"
        ));
    }

    #[test]
    fn a_file_without_header_is_told_from_one_without_phone() {
        let none = ImportParameters::default();
        assert!(matches!(
            Columns::of_header(&["Ann", "(415) 555-2671"], &none),
            Err(ImportFailure::HeaderMissing)
        ));
        assert!(matches!(
            Columns::of_header(&["name", "shoe size"], &none),
            Err(ImportFailure::PhoneColumnMissing(_))
        ));
    }
}
