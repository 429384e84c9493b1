//! Regular expressions that are part of the program.

use regex::Regex;

#[expect(clippy::expect_used, reason = "what it is called with are expressions")]
pub(super) fn expression(text: &str) -> Regex {
    Regex::new(text).expect("an expression")
}
