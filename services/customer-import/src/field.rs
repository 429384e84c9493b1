//! The fields of a customer that a file can fill, and how its header calls them.

use domain::{AttributeName, EmailAddress, StateCode};

use crate::{consent::Says, phone_cell};

/// A field of a customer that a file can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Phone,
    FirstName,
    LastName,
    Email,
    State,
    Status,
    Tags,
    /// When it was said that somebody may be texted, or must not be.
    ConsentAt,
    /// Where it was said.
    ConsentSource,
}

/// How many there are.
pub(crate) const FIELDS: usize = 9;
/// What an attribute's column is called: `attributes.birthday`.
pub(crate) const ATTRIBUTE_PREFIX: &str = "attributes.";

/// What a column fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Field(Field),
    /// Whether somebody may be texted; there may be several such columns.
    Consent(Says),
    /// The attribute of this name.
    Attribute(String),
}

impl Target {
    /// `phone`, `consent`, `attributes.birthday`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(says) = Says::parse(text) {
            return Some(Self::Consent(says));
        }
        if let Some(name) = text.strip_prefix(ATTRIBUTE_PREFIX) {
            let name = AttributeName::parse(name).ok()?;
            return Some(Self::Attribute(name.into_string()));
        }
        Field::parse(text).map(Self::Field)
    }
}

impl Field {
    pub(crate) const ALL: [Self; FIELDS] = [
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::State,
        Self::Status,
        Self::Tags,
        Self::ConsentAt,
        Self::ConsentSource,
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
            Self::Tags => "tags",
            Self::ConsentAt => "consent_at",
            Self::ConsentSource => "consent_source",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// Whether a cell can only be one of these.
    pub(crate) fn is_found_in(self, cell: &str) -> bool {
        match self {
            Self::Phone => phone_cell::parse(cell).is_ok(),
            Self::Email => EmailAddress::parse(cell.trim()).is_ok(),
            Self::State => StateCode::parse(cell.trim()).is_ok(),
            _ => false,
        }
    }

    /// Headers as `plain` leaves them. Where a file has several, the one named first here is taken: a mobile number can be
    /// texted more often than just any. The addresses that shops keep for parcels have phones of their own, which are not
    /// here: whoever agreed to texts gave another one.
    pub(crate) const fn spellings(self) -> &'static [&'static str] {
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
                "mobileno",
                "cellno",
                "phonemobile",
                "phonecell",
                "mobilephone1",
                "smsphonenumber",
                "smsphone",
                "phone",
                "phonenumber",
                "phoneno",
                "phone1",
                "primaryphone",
                "primaryphonenumber",
                "customerphone",
                "contactphone",
                "smsnumber",
                "sms",
                "tel",
                "telephone",
                "telephonenumber",
                "contactnumber",
                "msisdn",
                "phone1value",
                "phone2value",
                "phone3value",
                "phone2",
                "phone3",
                "homephone",
                "homephonenumber",
                "workphone",
                "workphonenumber",
                "businessphone",
                "otherphone",
                "billingphone",
            ],
            Self::FirstName => &[
                "firstname",
                "first",
                "fname",
                "givenname",
                "forename",
                "customerfirstname",
                "billingfirstname",
            ],
            Self::LastName => &[
                "lastname",
                "last",
                "lname",
                "surname",
                "familyname",
                "customerlastname",
                "billinglastname",
            ],
            Self::Email => &[
                "email",
                "emailaddress",
                "mail",
                "emailid",
                "email1value",
                "primaryemail",
                "customeremail",
                "billingemail",
            ],
            Self::State => &[
                "state",
                "statecode",
                "province",
                "region",
                "stateprovince",
                "stateregion",
                "addressstate",
                "provincecode",
                "statename",
                "mailingstate",
                "mailingstateprovince",
                "billingstate",
                "billingprovince",
                "homestate",
                "address1region",
                "defaultaddressprovincecode",
            ],
            Self::Status => &[
                "status",
                "customerstatus",
                "subscriptionstatus",
                "subscriberstatus",
            ],
            Self::Tags => &["tags", "tag", "labels", "groups", "segments"],
            // Read by their words: see `consent`.
            Self::ConsentAt | Self::ConsentSource => &[],
        }
    }
}
