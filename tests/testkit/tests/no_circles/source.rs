//! What a Rust file names: the modules that it declares and the paths that it writes.

/// A module that is declared with a file of its own.
#[derive(Debug)]
pub struct Declared {
    /// The module's name.
    pub name: String,
    /// The file that a `#[path = "…"]` gives it.
    pub path: Option<String>,
}

/// A path that a file writes.
pub struct Written {
    /// Its parts.
    pub path: Vec<String>,
    /// Whether it stands in a `pub use`.
    pub is_re_export: bool,
}

/// The words, signs and texts of a file, without its comments. A text starts with its quote.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < chars.len() {
        let start = place;
        match at(place) {
            '/' if at(place + 1) == '/' => {
                while place < chars.len() && at(place) != '\n' {
                    place += 1;
                }
            }
            '/' if at(place + 1) == '*' => place = after_comment(&chars, place),
            '"' => {
                place += 1;
                while place < chars.len() && at(place) != '"' {
                    place += if at(place) == '\\' { 2 } else { 1 };
                }
                tokens.push(chars[start..place.min(chars.len())].iter().collect());
                place += 1;
            }
            '\'' if at(place + 1) == '\\' || at(place + 2) == '\'' => {
                place += if at(place + 1) == '\\' { 3 } else { 2 };
                while place < chars.len() && at(place) != '\'' {
                    place += 1;
                }
                place += 1;
            }
            letter if letter.is_alphanumeric() || letter == '_' => {
                while at(place).is_alphanumeric() || at(place) == '_' {
                    place += 1;
                }
                let word: String = chars[start..place].iter().collect();
                if matches!(word.as_str(), "r" | "br" | "cr")
                    && let Some(end) = after_raw_text(&chars, place)
                {
                    place = end;
                } else {
                    tokens.push(word);
                }
            }
            ':' if at(place + 1) == ':' => {
                tokens.push("::".to_owned());
                place += 2;
            }
            sign => {
                if !sign.is_whitespace() {
                    tokens.push(sign.to_string());
                }
                place += 1;
            }
        }
    }
    tokens
}

/// The place behind the comment `/* … */` that starts at `place`; they nest.
fn after_comment(chars: &[char], mut place: usize) -> usize {
    let mut depth = 0;
    while place < chars.len() {
        match chars[place..].get(..2) {
            Some(['/', '*']) => (depth, place) = (depth + 1, place + 2),
            Some(['*', '/']) => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            break;
        }
    }
    place
}

/// The place behind a raw text whose `#…"` starts at `place`.
fn after_raw_text(chars: &[char], place: usize) -> Option<usize> {
    let hashes = chars[place..]
        .iter()
        .take_while(|sign| **sign == '#')
        .count();
    let start = place + hashes + 1;
    if chars.get(start - 1) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    (start..chars.len())
        .find(|at| chars[*at..].starts_with(&end))
        .map(|at| at + end.len())
}

/// A file, ready to be asked.
pub struct Source(Vec<String>);

impl Source {
    /// Reads `text` and forgets what stands under `#[cfg(test)]`.
    pub fn new(text: &str) -> Self {
        let all = tokens(text);
        let mut kept = Vec::new();
        let mut place = 0;
        while place < all.len() {
            if is(&all[place..], &["#", "[", "cfg", "(", "test", ")", "]"]) {
                place = after_item(&all, place);
            } else {
                kept.push(all[place].clone());
                place += 1;
            }
        }
        Self(kept)
    }

    /// The modules that this file declares.
    pub fn declared(&self) -> Vec<Declared> {
        let declares = |tokens: &[String]| tokens[0] == "mod" && tokens[2] == ";";
        let places = self
            .0
            .windows(3)
            .enumerate()
            .filter(|(_, tokens)| declares(tokens));
        places
            .map(|(place, tokens)| Declared {
                name: tokens[1].clone(),
                path: match self.0[..place].last_chunk::<6>() {
                    Some([hash, open, path, equals, file, close])
                        if is(
                            &[hash, open, path, equals, close].map(Clone::clone),
                            &["#", "[", "path", "=", "]"],
                        ) =>
                    {
                        Some(file.trim_start_matches('"').to_owned())
                    }
                    _ => None,
                },
            })
            .collect()
    }

    /// Every path that starts at this crate, at a neighbour or at a declared module.
    pub fn paths(&self) -> Vec<Written> {
        let own: Vec<String> = self
            .declared()
            .into_iter()
            .map(|module| module.name)
            .collect();
        let mut paths = Vec::new();
        let mut place = 0;
        while place < self.0.len() {
            let (before, from) = self.0.split_at(place);
            place += 1;
            let starts =
                matches!(from[0].as_str(), "crate" | "super" | "self") || own.contains(&from[0]);
            // Inside `a::b` and `x.b`, `b` is no start.
            let goes_on = before
                .last()
                .is_some_and(|last| last == "::" || last == ".");
            if !starts || goes_on || from.get(1).is_none_or(|next| next != "::") {
                continue;
            }
            let mut found = Vec::new();
            place += branches(from, Vec::new(), &mut found) - 1;
            let is_re_export = is_public_use(before);
            paths.extend(found.into_iter().map(|path| Written { path, is_re_export }));
        }
        paths
    }
}

/// Whether `tokens` start with `words`.
fn is(tokens: &[String], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token == word)
}

/// Whether a path that follows `before` is a re-export: `pub use`, `pub(crate) use`, ….
fn is_public_use(before: &[String]) -> bool {
    let Some((last, rest)) = before.split_last() else {
        return false;
    };
    let visibility = if rest.last().is_some_and(|token| token == ")") {
        rest.iter()
            .rposition(|token| token == "(")
            .and_then(|open| rest.get(open.checked_sub(1)?))
    } else {
        rest.last()
    };
    last == "use" && visibility.is_some_and(|token| token == "pub")
}

/// The place behind the item that starts at `place`, with its attributes: behind its `;`, its
/// `,` or its closing brace.
fn after_item(tokens: &[String], mut place: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" if depth <= 1 => break,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            ";" | "," if depth == 0 => break,
            _ => {}
        }
    }
    place
}

/// Reads one path, `a::b` or `a::{b, c::d}`, and adds each of its branches to `found`. Gives the
/// number of tokens read.
fn branches(tokens: &[String], mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let mut place = 0;
    loop {
        match tokens.get(place).map(String::as_str) {
            Some("{") => {
                place += 1;
                while tokens.get(place).is_some_and(|token| token != "}") {
                    place += branches(&tokens[place..], path.clone(), found);
                    // `as Name` and the comma.
                    while tokens
                        .get(place)
                        .is_some_and(|token| token != "}" && token != ",")
                    {
                        place += 1;
                    }
                    place += usize::from(tokens.get(place).is_some_and(|token| token == ","));
                }
                return place + 1;
            }
            Some(word) if word.starts_with(|sign: char| sign.is_alphanumeric() || sign == '_') => {
                path.push(word.to_owned());
                place += 1;
            }
            _ => break,
        }
        if tokens.get(place).is_none_or(|token| token != "::") {
            break;
        }
        place += 1;
    }
    found.push(path);
    place
}
