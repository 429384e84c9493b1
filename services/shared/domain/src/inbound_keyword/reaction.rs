//! Reactions of phones to a text, which arrive as texts that quote it: `Liked “20% off! Reply STOP to opt out”`.

use super::folding::fold;

/// Before the quotation, as [`fold`] leaves it; what is no letter, such as an emoji, is gone.
#[rustfmt::skip]
const REACTIONS: &[&str] = &[
    "liked", "loved", "disliked", "laughed at", "emphasized", "emphasised", "questioned", "reacted to", "to",
    "removed from", "removed a like from", "removed a heart from", "removed a dislike from", "removed a laugh from",
    "removed an exclamation from", "removed an exclamation mark from", "removed a question mark from",
    "le gusto", "me gusta", "le encanto", "me encanta", "no le gusto", "se rio de", "puso enfasis en", "enfatizo",
    "cuestiono", "reacciono con a", "reacciono a",
    "a aime", "a adore", "n a pas aime", "a ri a", "a insiste sur", "a mis en question", "a reagi a", "a reagi avec a",
];

/// Whether a text is nothing but a reaction to one of ours.
pub(super) fn is_reaction(body: &str) -> bool {
    let body =
        body.trim_matches(|c: char| c.is_whitespace() || ('\u{200a}'..='\u{200f}').contains(&c));
    let Some((before, quoted)) = body.split_once(['“', '«', '„', '"']) else {
        return false;
    };
    let words = fold(before);
    let words: Vec<&str> = words.split_whitespace().collect();
    quoted.ends_with(['”', '»', '“', '"']) && REACTIONS.contains(&words.join(" ").as_str())
}
