use super::*;

fn indexes(header: &[&str]) -> [Option<usize>; FIELDS] {
    Columns::of_header(header, &Mapping::default())
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
        ])[..7],
        [Some(5), Some(0), Some(1), Some(2), Some(3), Some(4), None]
    );
}

#[test]
fn a_mobile_number_is_taken_before_any_other() {
    assert_eq!(indexes(&["Phone", "Mobile Phone"])[0], Some(1));
}

#[test]
fn a_mapping_comes_before_recognition() {
    let mapping = Mapping {
        columns: vec![
            (Target::Field(Field::Phone), "Nummer".to_owned()),
            (Target::Field(Field::FirstName), "phone".to_owned()),
        ],
        ..Mapping::default()
    };
    let columns = Columns::of_header(&["phone", "Nummer", "Shoe size"], &mapping).unwrap();
    assert_eq!(columns.indexes[..2], [Some(1), Some(0)]);
    assert_eq!(columns.ignored, ["Shoe size"]);
    assert!(matches!(
        Columns::of_header(&["phone"], &mapping),
        Err(ImportFailure::MappedColumnMissing(name)) if name == "Nummer"
    ));
}

#[test]
fn a_first_row_with_a_phone_and_no_phone_header_is_data() {
    assert!(is_data(&["Ann", "(415) 555-2671"]));
    assert!(!is_data(&["name", "phone", "4155552671"]));
    assert!(!is_data(&["name", "shoe size"]));
    assert!(matches!(
        Columns::of_header(&["name", "shoe size"], &Mapping::default()),
        Err(ImportFailure::PhoneColumnMissing(_))
    ));
}

#[test]
fn columns_without_header_are_recognised_by_what_they_hold() {
    let none = Mapping::default();
    let columns = Columns::of_first_row(
        &["Ann", "O'Hara", "ann@example.com", "x1", "4155552671", "CA"],
        &none,
    )
    .unwrap();
    assert_eq!(
        columns.indexes[..7],
        [Some(4), Some(0), Some(1), Some(2), Some(5), None, None]
    );
    assert_eq!(columns.ignored, ["column 4"]);
    let three =
        Columns::of_first_row(&["Ann", "Ohara", "Springfield", "4155552671"], &none).unwrap();
    assert_eq!(three.indexes[1..3], [None, None]);
}

#[test]
fn columns_can_be_told_by_number() {
    let mapping = Mapping {
        columns: vec![(Target::Field(Field::FirstName), "2".to_owned())],
        ..Mapping::default()
    };
    let columns = Columns::of_first_row(&["4155552671", "Springfield"], &mapping).unwrap();
    assert_eq!(columns.indexes[..2], [Some(0), Some(1)]);
}

#[test]
fn attributes_are_named_by_their_header_or_by_all_the_headers() {
    let columns = Columns::of_header(
        &["phone", "attributes.plan", "Shoe Size", "reject row"],
        &Mapping::default(),
    )
    .unwrap();
    assert_eq!(columns.attributes, [("plan".to_owned(), 1)]);
    assert_eq!(columns.ignored, ["Shoe Size"]);
    let all = Mapping {
        unmapped_attributes: true,
        ..Mapping::default()
    };
    let columns = Columns::of_header(&["phone", "Shoe Size"], &all).unwrap();
    assert_eq!(columns.attributes, [("shoe_size".to_owned(), 1)]);
}

/// The columns about consent, by what they say.
fn consents(header: &[&str], mapping: &Mapping) -> Vec<(Says, usize)> {
    Columns::of_header(header, mapping).unwrap().consents
}

#[test]
fn columns_about_texts_are_believed_before_those_that_may_be_about_mails() {
    let none = Mapping::default();
    let header = [
        "Phone",
        "Accepts Email Marketing",
        "Accepts SMS Marketing",
        "Consent",
        "Opt Out",
    ];
    assert_eq!(
        consents(&header, &none),
        [(Says::Consent, 2), (Says::OptOut, 4)]
    );
    assert_eq!(consents(&["Phone", "Consent"], &none), [(Says::Consent, 1)]);
    let columns = Columns::of_header(
        &[
            "SMS",
            "SMS Consent",
            "SMS Consent Date",
            "SMS Consent Source",
        ],
        &none,
    )
    .unwrap();
    assert_eq!(columns.indexes[0], Some(0));
    assert_eq!(columns.indexes[7..], [Some(2), Some(3)]);
    assert!(columns.ignored.is_empty());
}

#[test]
fn a_mapping_names_the_column_of_consent_or_none() {
    let mapped = |target: Target, column: &str| Mapping {
        columns: vec![(target, column.to_owned())],
        ..Mapping::default()
    };
    let header = ["Phone", "SMS Consent", "Club", "Opted out of SMS"];
    let mapping = mapped(Target::Consent(Says::Consent), "Club");
    assert_eq!(
        consents(&header, &mapping),
        [(Says::Consent, 2), (Says::OptOut, 3)]
    );
    // A header that speaks of opting out says "no" by "yes", whatever it is mapped to.
    let mapping = mapped(Target::Consent(Says::Consent), "Opted out of SMS");
    assert_eq!(consents(&header, &mapping), [(Says::OptOut, 3)]);
    let mapping = Mapping {
        left_out: vec![Target::Consent(Says::Consent)],
        ..Mapping::default()
    };
    assert_eq!(consents(&header, &mapping), [(Says::OptOut, 3)]);
}
