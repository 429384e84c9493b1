//! Files of invented customers, the same ones every time.

use std::fmt::Write as _;

/// Area codes with the abbreviation and name of their state.
const AREAS: [(&str, &str, &str); 24] = [
    ("212", "NY", "New York"),
    ("718", "NY", "New York"),
    ("305", "FL", "Florida"),
    ("407", "FL", "Florida"),
    ("415", "CA", "California"),
    ("213", "CA", "California"),
    ("312", "IL", "Illinois"),
    ("617", "MA", "Massachusetts"),
    ("702", "NV", "Nevada"),
    ("206", "WA", "Washington"),
    ("303", "CO", "Colorado"),
    ("404", "GA", "Georgia"),
    ("512", "TX", "Texas"),
    ("214", "TX", "Texas"),
    ("713", "TX", "Texas"),
    ("602", "AZ", "Arizona"),
    ("503", "OR", "Oregon"),
    ("916", "CA", "California"),
    ("619", "CA", "California"),
    ("808", "HI", "Hawaii"),
    ("907", "AK", "Alaska"),
    ("801", "UT", "Utah"),
    ("505", "NM", "New Mexico"),
    ("615", "TN", "Tennessee"),
];
#[rustfmt::skip]
const FIRST_NAMES: [&str; 38] = [
    "Ann", "Ben", "Carla", "David", "Elena", "Frank", "Grace", "Héctor", "Irène", "Jürgen",
    "Kateřina", "Luis", "María", "Nguyễn", "Olga", "Priya", "Quentin", "Renée", "Søren", "Thaddeus",
    "Ursula", "Víctor", "Wendy", "Xiùlán", "Yusuf", "Zoë", "Łukasz", "Мария", "美咲", "Siobhán",
    "José", "Amélie", "Noël", "Björk", "D'Angelo", "Jean-Luc", "Mary", "Ann",
];
#[rustfmt::skip]
const LAST_NAMES: [&str; 24] = [
    "Smith", "Johnson", "O'Brien", "García", "Müller", "Nowak", "Nguyen", "Lefèvre", "Åström",
    "Çelik", "Ibrahim", "Kowalski", "Smith-Jones", "Patel", "Kim", "López", "Hernández", "Peña",
    "Dvořák", "Иванова", "山田", "Björnsdóttir", "MacDonald", "Washington",
];
const DOMAINS: [&str; 4] = [
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
];
/// `A` is the area, `E` the exchange and `L` the line of a phone number.
const FORMATS: [&str; 12] = [
    "(A) E-L",
    "A-E-L",
    "A.E.L",
    "+1AEL",
    "1-A-E-L",
    "AEL",
    "+1 (A) E-L",
    "A E L",
    "1 A E L",
    "+1.A.E.L",
    " A-E-L ",
    "(A)E-L",
];
const BAD_PHONES: [&str; 11] = [
    "555-0199",
    "n/a",
    "call the office",
    "(123) 456-7890",
    "41555501",
    "4155550100123",
    "",
    "unknown",
    "+999 12 345 678",
    "1.41556E+10",
    "415-555-0132 ext. 12",
];
const BAD_EMAILS: [&str; 5] = [
    "ann.example.com",
    "ben@",
    "@example.com",
    "two@at@example.com",
    "white space@example.com",
];
const NOTES: [&str; 7] = [
    "",
    "",
    "",
    "VIP",
    "prefers mornings, not evenings",
    "said \"maybe\"",
    "two\r\nlines",
];
const TITLES: [&str; 4] = ["Jr.", "Sr.", "III", "PhD"];
/// Lines of all exchanges of one area: 200 to 899, each with ten thousand.
const LINES: u64 = 700 * 10_000;
const NUMBERS: u64 = AREAS.len() as u64 * LINES;
/// Coprime to [`NUMBERS`], so that stepping by it visits each number once.
const STRIDE: u64 = 7_368_787;

/// A phone number, and its index in [`AREAS`].
#[derive(Debug, Clone, Copy)]
struct Phone {
    area: usize,
    exchange: u64,
    line: u64,
}

impl Phone {
    fn written(self, format: &str) -> String {
        let mut text = String::with_capacity(20);
        for part in format.chars() {
            let _ = match part {
                'A' => write!(text, "{}", AREAS[self.area].0),
                'E' => write!(text, "{:03}", self.exchange),
                'L' => write!(text, "{:04}", self.line),
                other => write!(text, "{other}"),
            };
        }
        text
    }
}

/// A deterministic random generator (splitmix64).
struct Dice(u64);

impl Dice {
    const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    const fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below the length of a slice"
        )]
        let index = self.below(from.len() as u64) as usize;
        from[index]
    }
}

/// An endless sequence of distinct numbers in real exchanges.
fn phones(dice: &mut Dice) -> impl Iterator<Item = Phone> + use<> {
    let mut at = dice.below(NUMBERS);
    std::iter::from_fn(move || {
        loop {
            at = (at + STRIDE) % NUMBERS;
            let exchange = 200 + at % LINES / 10_000;
            // 555 is reserved for fiction, and x11 is not an exchange.
            if exchange != 555 && exchange % 100 != 11 {
                return Some(Phone {
                    area: usize::try_from(at / LINES).ok()?,
                    exchange,
                    line: at % 10_000,
                });
            }
        }
    })
}

/// Fictional numbers, 555-0100 to 555-0199 of each area, in any order.
fn fictional_phones(dice: &mut Dice) -> Vec<Phone> {
    let all = (0..AREAS.len()).flat_map(|area| {
        (100..200).map(move |line| Phone {
            area,
            exchange: 555,
            line,
        })
    });
    let mut shuffled: Vec<_> = all.map(|phone| (dice.throw(), phone)).collect();
    shuffled.sort_by_key(|(throw, _)| *throw);
    shuffled.into_iter().map(|(_, phone)| phone).collect()
}

/// One row of [`clean`].
#[derive(Debug)]
pub struct Customer {
    /// Formatted for reading.
    pub phone: String,
    /// The same as digits: `+12125550100`.
    pub e164: String,
    /// A first name.
    pub first_name: &'static str,
    /// A last name.
    pub last_name: &'static str,
    /// A unique address.
    pub email: String,
    /// The abbreviation of a state.
    pub state: &'static str,
}

/// Valid customers with distinct phones.
pub fn clean(rows: u32) -> impl Iterator<Item = Customer> {
    let phones = phones(&mut Dice(20_261_123));
    (0..rows as usize).zip(phones).map(|(row, phone)| Customer {
        phone: phone.written(FORMATS[row % 3]),
        e164: phone.written("+1AEL"),
        first_name: FIRST_NAMES[row % FIRST_NAMES.len()],
        last_name: LAST_NAMES[row * 7 % LAST_NAMES.len()],
        email: format!("customer{row}@example.com"),
        state: AREAS[phone.area].1,
    })
}

/// [`clean`] as CSV.
#[must_use]
pub fn clean_csv(rows: u32) -> String {
    let mut csv = String::from("phone,first_name,last_name,email,state\n");
    for customer in clean(rows) {
        let Customer {
            phone,
            first_name,
            last_name,
            email,
            state,
            ..
        } = customer;
        let _ = writeln!(csv, "{phone},{first_name},{last_name},{email},{state}");
    }
    csv
}

/// A CSV like real files: many phone formats, quoted commas and line breaks, duplicates,
/// bad numbers, missing names, names from everywhere, bad e-mail addresses, full names of states.
#[must_use]
pub fn messy_csv(rows: u32) -> String {
    let mut dice = Dice(20_261_124);
    let fictional = fictional_phones(&mut dice);
    let mut source = fictional.into_iter().chain(phones(&mut dice));
    let mut csv = String::new();
    let header = "First Name,Last Name,Mobile Phone,E-mail,State,Status,Notes";
    write_row(&mut csv, header.split(','));
    let mut earlier: Vec<Phone> = Vec::new();
    for row in 0..rows {
        let (phone, written) = messy_phone(&mut dice, &mut source, &earlier);
        earlier.push(phone);
        let [first_name, last_name] = messy_name(&mut dice);
        let cells = [
            first_name,
            last_name,
            written,
            messy_email(&mut dice, row),
            messy_state(&mut dice, phone),
            if dice.below(100) < 2 {
                "inactive".to_owned()
            } else {
                dice.pick(&["active", "Active", ""]).to_owned()
            },
            dice.pick(&NOTES).to_owned(),
        ];
        write_row(&mut csv, cells.iter().map(String::as_str));
        if dice.below(1000) < 3 {
            csv.push_str("\r\n");
        }
        if dice.below(1000) < 2 {
            write_row(&mut csv, [""; 7].into_iter());
        }
    }
    csv
}

fn messy_phone(
    dice: &mut Dice,
    source: &mut impl Iterator<Item = Phone>,
    earlier: &[Phone],
) -> (Phone, String) {
    let chance = dice.below(100);
    let phone = match source.next() {
        Some(phone) if earlier.is_empty() || chance >= 3 => phone,
        _ => dice.pick(earlier),
    };
    let written = if (3..5).contains(&chance) {
        dice.pick(&BAD_PHONES).to_owned()
    } else {
        phone.written(dice.pick(&FORMATS))
    };
    (phone, written)
}

fn messy_name(dice: &mut Dice) -> [String; 2] {
    let first = dice.pick(&FIRST_NAMES);
    let last = dice.pick(&LAST_NAMES).to_owned();
    match dice.below(100) {
        0..6 => [String::new(), last],
        6..9 => [String::new(), String::new()],
        9..11 => [first.to_owned(), format!("{last}, {}", dice.pick(&TITLES))],
        11 => {
            let initial = first.chars().next().unwrap_or_default();
            [format!("{first} \"{initial}.\""), last]
        }
        12 => [format!("  {} ", first.to_uppercase()), last],
        _ => [first.to_owned(), last],
    }
}

fn messy_email(dice: &mut Dice, row: u32) -> String {
    let email = format!("customer{row}@{}", dice.pick(&DOMAINS));
    match dice.below(1000) {
        0..100 => String::new(),
        100..115 => dice.pick(&BAD_EMAILS).to_owned(),
        115..150 => email.to_uppercase(),
        _ => email,
    }
}

fn messy_state(dice: &mut Dice, phone: Phone) -> String {
    let (_, abbreviation, name) = AREAS[phone.area];
    match dice.below(1000) {
        0..150 => name.to_owned(),
        150..200 => abbreviation.to_lowercase(),
        200..260 => String::new(),
        260..265 => "Ontario".to_owned(),
        _ => abbreviation.to_owned(),
    }
}

fn write_row<'a>(csv: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            let _ = write!(csv, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            csv.push_str(cell);
        }
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{clean, messy_csv};

    #[test]
    fn the_demos_file_is_what_the_generator_writes() {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/customers.csv");
        let fixture = std::fs::read_to_string(fixture).unwrap();
        assert!(
            fixture == messy_csv(5_000),
            "write it anew: scripts/bench customers messy 5000 > tests/fixtures/customers.csv"
        );
    }

    #[test]
    fn no_two_clean_customers_share_a_phone() {
        let phones: HashSet<_> = clean(50_000).map(|customer| customer.e164).collect();
        assert_eq!(phones.len(), 50_000);
    }
}
