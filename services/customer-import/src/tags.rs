//! A customer's tags in one cell.

/// Most tags of one customer.
const MOST_TAGS: usize = 50;
/// Longest tag, in characters.
const LONGEST_TAG: usize = 64;

/// Splits a cell at commas, semicolons and bars; empty ones and repetitions are dropped.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn split(cell: &str) -> Result<Vec<&str>, String> {
    let mut tags = Vec::new();
    for tag in cell.split([',', ';', '|']).map(str::trim) {
        if tag.is_empty() || tags.contains(&tag) {
            continue;
        }
        if tag.chars().count() > LONGEST_TAG || tag.chars().any(char::is_control) {
            return Err(format!(
                "a tag may have {LONGEST_TAG} characters and no control characters"
            ));
        }
        tags.push(tag);
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("a customer may have {MOST_TAGS} tags"));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_and_counted_once() {
        assert_eq!(
            split("vip, gold;;vip | 2026 spring "),
            Ok(vec!["vip", "gold", "2026 spring"])
        );
        assert!(split(&"x".repeat(65)).is_err());
        let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
        assert!(split(&many.join(",")).is_err());
    }
}
