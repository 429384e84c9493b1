//! Phone numbers of test customers.

/// A valid number, unique in this run; it begins with `+1312`, and costs nobody more (exchange 976).
#[must_use]
pub fn new_phone() -> String {
    format!("+1312{:07}", 2_000_000 + rand::random::<u32>() % 7_000_000)
}

/// This many in a row.
#[must_use]
pub fn new_phones<const N: usize>() -> [String; N] {
    let first = 2_000_000 + rand::random::<u32>() as usize % 7_000_000;
    std::array::from_fn(|number| format!("+1213{:07}", first + number))
}
