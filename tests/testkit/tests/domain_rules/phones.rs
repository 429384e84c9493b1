//! Phone numbers: `PhoneNumber::parse` and `private.read_phone`.

use anyhow::Result;
use domain::PhoneNumber;
use testkit::TestDatabase;

/// A number as the crate reads it: in E.164, or the code of what is wrong with it.
fn by_domain(text: &str) -> Result<String, String> {
    PhoneNumber::parse(text)
        .map(|phone| phone.as_str().to_owned())
        .map_err(|reason| reason.as_str().to_owned())
}

/// The same as the database reads them.
async fn by_database(rows: &TestDatabase, texts: &[String]) -> Result<Vec<Result<String, String>>> {
    let read: Vec<(Option<String>, Option<String>)> = sqlx::query_as(
        "select r.phone, r.problem from unnest($1::text[]) with ordinality t (text, place)
         cross join lateral private.read_phone(t.text) r order by t.place",
    )
    .bind(texts)
    .fetch_all(rows.pool())
    .await?;
    read.into_iter()
        .map(|read| match read {
            (Some(phone), None) => Ok(Ok(phone)),
            (None, Some(problem)) => Ok(Err(problem)),
            neither => anyhow::bail!("{neither:?}"),
        })
        .collect()
}

#[tokio::test]
async fn numbers_are_read_alike_however_people_write_them() -> Result<()> {
    let rows = TestDatabase::create().await?;
    let texts = [
        "(415) 555-2671",
        "415.555.2671",
        "415 555 2671",
        "1-415-555-2671",
        " +1 415 555 2671 ",
        "+1 (415) 555‑2671",
        "tel:+1-415-555-2671",
        "Mobile: 415-555-2671",
        "（415）５５５－２６７１",
        "٤١٥٥٥٥٢٦٧١",
        "\u{202a}+14155552671\u{202c}",
        "011 44 20 7946 0018",
        "+44 20 7946 0018",
        "+44 (0)20 7946 0018",
        "+44 020 7946 0018",
        "+39 06 6982 1234",
        "+52 1 55 1234 5678",
        "+5215512345678",
        "+52 55 1234 5678",
        "(787) 234-5678",
        "340-774-1234",
        "671-646-1234",
        "604-555-2671",
        "738-234-5678",
        "",
        "   ",
        "n/a",
        "Ann",
        "Apt 5 555",
        "call 555-2671",
        "415-555-COOL",
        "1-800-FLOWERS",
        "555-2671",
        "+1 555 2671",
        "41555526711234",
        "+1415555267112345",
        "020 7946 0018",
        "07725 234567",
        "0415 555 2671",
        "+1 0415 555 2671",
        "0044 20 7946 0018",
        "041 555 2671",
        "+1 041 555 2671",
        "030 901820",
        "000 000 0000",
        "+999 123 456 789",
        "(123) 456-7890",
        "221-555-2671",
        "415-155-2671",
        "900-555-1234",
        "+19005551234",
        "415-976-1234",
        "+44 909 879 0000",
        "+49 180 5 123456",
        "12345",
        "911",
        "(415) 555-2671 ext. 9",
        "415-555-2671 x12",
    ]
    .map(str::to_owned);
    for (text, read) in texts.iter().zip(by_database(&rows, &texts).await?) {
        assert_eq!(read, by_domain(text), "{text:?}");
    }
    Ok(())
}

#[tokio::test]
async fn country_code_1_has_the_same_area_codes_and_prices_everywhere() -> Result<()> {
    let rows = TestDatabase::create().await?;
    let numbers: Vec<_> = (200..1000)
        .flat_map(|area_code| {
            [155, 200, 555, 976].map(|exchange| format!("+1{area_code}{exchange}2671"))
        })
        .collect();
    for (number, read) in numbers.iter().zip(by_database(&rows, &numbers).await?) {
        assert_eq!(read, by_domain(number), "{number}");
    }
    Ok(())
}

/// The database knows a country's ranges less closely: it may take what the crate refuses as unassigned, or too short or
/// long for its range, and nothing else; and it completes no number.
#[tokio::test]
async fn what_is_a_number_anywhere_is_one_in_the_database() -> Result<()> {
    let rows = TestDatabase::create().await?;
    let codes: Vec<String> =
        sqlx::query_scalar("select country_code from private.number_plans order by country_code")
            .fetch_all(rows.pool())
            .await?;
    assert!(codes.len() > 200, "{}", codes.len());
    // Digits spread over every length and beginning, the same ones each time.
    let mut state = 0x2026_1128_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut numbers = Vec::new();
    for code in &codes {
        for begin in 1..100 {
            let length = 15 - code.len();
            let digits = format!("{begin}{:016}", next() * next() % 10_u64.pow(16));
            numbers.push(format!(
                "+{code}{}",
                &digits[..5 + usize::try_from(next())? % (length - 4)]
            ));
        }
    }
    let mut taken = 0;
    for (number, read) in numbers.iter().zip(by_database(&rows, &numbers).await?) {
        match (by_domain(number), read) {
            // What the crate completes, such as a number without its area code, the database may refuse.
            (Ok(phone), Err(_)) if phone != *number => {}
            (Ok(phone), read) => {
                taken += 1;
                assert_eq!(read.as_ref(), Ok(&phone), "{number}");
            }
            (Err(reason), Err(problem)) => {
                let costs = ["phone_premium", "phone_shared_cost"];
                assert!(
                    reason == problem || !costs.contains(&reason.as_str()),
                    "{number}: {reason} {problem}"
                );
            }
            (Err(reason), Ok(_)) => {
                let may = ["phone_unassigned", "phone_too_short", "phone_too_long"];
                assert!(may.contains(&reason.as_str()), "{number}: {reason}");
            }
        }
    }
    assert!(taken > 1000, "{taken}");
    Ok(())
}
