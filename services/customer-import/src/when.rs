//! Times as shops and CRMs write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// Forms without a zone, which is taken to be UTC. A day before its month is American.
const TIMES: [&str; 12] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
    "%b %d, %Y at %I:%M %p",
];
const ZONED: [&str; 4] = [
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
];
const DAYS: [&str; 6] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%b %d, %Y",
    "%d %b %Y",
];
/// Seconds since 1970 are believed from 2001 to 2033, and milliseconds, too; from two thousand million on they look
/// like phone numbers.
const SECONDS: std::ops::Range<i64> = 1_000_000_000..2_000_000_000;
/// Later times (2100) are typing errors. What is in the future now, the ledger takes for the present.
const LAST: i64 = 4_102_444_800;

/// Reads a time; `None` for anything that is none.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.len() < 6 || text.len() > 48 {
        return None;
    }
    let time = zoned(text)
        .or_else(|| {
            TIMES
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .map(|time| time.and_utc())
        })
        .or_else(|| {
            let day = DAYS
                .iter()
                .find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc())
        })
        .or_else(|| since_1970(text))?;
    (0..LAST).contains(&time.timestamp()).then_some(time)
}

fn zoned(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    ZONED.iter().find_map(|form| {
        if form.ends_with("UTC") {
            let time = NaiveDateTime::parse_from_str(text, form).ok()?;
            Some(time.and_utc())
        } else {
            let time = DateTime::parse_from_str(text, form).ok()?;
            Some(time.to_utc())
        }
    })
}

fn since_1970(text: &str) -> Option<DateTime<Utc>> {
    let number: i64 = text.parse().ok()?;
    if SECONDS.contains(&number) {
        DateTime::from_timestamp(number, 0)
    } else if SECONDS.contains(&(number / 1000)) {
        DateTime::from_timestamp_millis(number)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_exports_write_them() {
        for text in [
            "2024-03-05T14:07:00Z",
            "2024-03-05T09:07:00-05:00",
            "2024-03-05 14:07:00",
            "2024-03-05 14:07",
            "2024-03-05 14:07:00 UTC",
            "2024-03-05 14:07:00 +0000",
            "2024-03-05 14:07:00+00:00",
            "2024-03-05 14:07:00.000000+00",
            "3/5/2024 14:07",
            "03/05/2024 02:07 PM",
            "3/5/2024 2:07:00 PM",
            "Mar 5, 2024 2:07 PM",
            "1709647620",
            "1709647620000",
        ] {
            let time = parse(text).map(|time| time.to_rfc3339());
            assert_eq!(time.as_deref(), Some("2024-03-05T14:07:00+00:00"), "{text}");
        }
        for text in ["2024-03-05", "3/5/2024", "03/05/2024", "Mar 5, 2024"] {
            let time = parse(text).map(|time| time.to_rfc3339());
            assert_eq!(time.as_deref(), Some("2024-03-05T00:00:00+00:00"), "{text}");
        }
        for text in [
            "",
            "yes",
            "4155552671",
            "14155552671",
            "2125552368",
            "2999-01-01",
            "0000-00-00 00:00:00",
            "25/12/2024",
            "yesterday",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
