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
        ("٤١٥٥٥٥٢٦٧١", "+14155552671"),
        ("\u{202a}+1 (415) 555\u{ad}-2671\u{202c}", "+14155552671"),
        ("Mobile: 415-555-2671", "+14155552671"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("(787) 234-5678", "+17872345678"),
        ("939-234-5678", "+19392345678"),
        ("340-774-1234", "+13407741234"),
        ("671-646-1234", "+16716461234"),
        ("604-555-2671", "+16045552671"),
        ("324-234-5678", "+13242345678"),
        ("738-234-5678", "+17382345678"),
        ("942-234-5678", "+19422345678"),
        ("+44 (0)20 7946 0018", "+442079460018"),
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
        // As they are written in London, Berlin or Melbourne: no American numbers.
        ("020 7946 0018", PhoneRejection::TooLong),
        ("07725 234567", PhoneRejection::TooLong),
        ("0415 555 2671", PhoneRejection::TooLong),
        ("0044 20 7946 0018", PhoneRejection::TooLong),
        ("041 555 2671", PhoneRejection::Unassigned),
        ("+1 041 555 2671", PhoneRejection::Unassigned),
        ("030 901820", PhoneRejection::TooShort),
        ("000 000 0000", PhoneRejection::Unassigned),
        ("+999 123 456 789", PhoneRejection::UnknownCountry),
        ("(123) 456-7890", PhoneRejection::Unassigned),
        ("415-555-2671 ext. 12", PhoneRejection::Extension),
        ("900-555-1234", PhoneRejection::Premium),
        ("(415) 976-1234", PhoneRejection::Premium),
        ("+49 900 1 123456", PhoneRejection::Premium),
        ("+49 180 5 123456", PhoneRejection::SharedCost),
        ("12345", PhoneRejection::ShortCode),
        ("911", PhoneRejection::ShortCode),
        ("Apt 5 555", PhoneRejection::NotANumber),
        ("call 555-2671", PhoneRejection::NotANumber),
        ("415-555-COOL", PhoneRejection::NotANumber),
        ("1-800-FLOWERS", PhoneRejection::NotANumber),
        ("221-555-2671", PhoneRejection::Unassigned),
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
