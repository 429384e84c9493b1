//! Cuts an SQL file into its statements, as the Supabase CLI records them.

/// A statement of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// Its text, without the semicolon.
    pub(crate) text: &'a str,
    /// The line it begins on, from 1.
    pub(crate) line: usize,
}

/// The statements of `sql`. Semicolons within quotes, dollar quotes, comments and the bodies of
/// SQL-standard functions (`begin atomic … end`) end none.
pub(crate) fn split(sql: &str) -> Vec<Statement<'_>> {
    let bytes = sql.as_bytes();
    let mut statements = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut atomic = false;
    while at < bytes.len() {
        let rest = &sql[at..];
        match bytes[at] {
            b'\'' => at += quoted(rest, b'\'', is_escape_string(bytes, at)),
            b'"' => at += quoted(rest, b'"', false),
            b'-' if rest.starts_with("--") => at += rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => at += comment(rest.as_bytes()),
            b'$' if !follows_a_word(bytes, at) => at += dollar_quoted(rest),
            b';' if !atomic => {
                push(sql, start, at, &mut statements);
                at += 1;
                start = at;
            }
            first if first.is_ascii_alphabetic() && !follows_a_word(bytes, at) => {
                let length = word(rest);
                let name = &rest[..length];
                if name.eq_ignore_ascii_case("atomic") {
                    atomic = true;
                } else if atomic && name.eq_ignore_ascii_case("end") {
                    atomic = false;
                }
                at += length;
            }
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    push(sql, start, sql.len(), &mut statements);
    statements
}

/// Leading white space and comments belong to no statement; what is left may be nothing.
fn push<'a>(sql: &'a str, start: usize, end: usize, statements: &mut Vec<Statement<'a>>) {
    let mut at = start;
    loop {
        let rest = &sql[at..end];
        let blank = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        at += blank;
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += comment(rest.as_bytes());
        } else {
            break;
        }
    }
    let text = sql[at..end].trim_end();
    if !text.is_empty() {
        let line = 1 + sql[..at].bytes().filter(|byte| *byte == b'\n').count();
        statements.push(Statement { text, line });
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn follows_a_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (is_word(bytes[at - 1]) || bytes[at - 1] == b'$')
}

/// `e'…'`, in which a backslash escapes.
fn is_escape_string(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1].eq_ignore_ascii_case(&b'e') && !follows_a_word(bytes, at - 1)
}

fn word(rest: &str) -> usize {
    rest.bytes()
        .position(|byte| !is_word(byte))
        .unwrap_or(rest.len())
}

/// A doubled quote ends one string and begins the next, which comes to the same.
fn quoted(rest: &str, quote: u8, escapes: bool) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Comments of this kind nest in Postgres.
fn comment(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn dollar_quoted(rest: &str) -> usize {
    let tag = 1 + word(&rest[1..]);
    if rest.as_bytes().get(tag) != Some(&b'$')
        || rest[1..].starts_with(|first: char| first.is_ascii_digit())
    {
        return 1;
    }
    let tag = &rest[..=tag];
    rest[tag.len()..]
        .find(tag)
        .map_or(rest.len(), |end| end + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::split;

    fn texts(sql: &str) -> Vec<&str> {
        split(sql)
            .into_iter()
            .map(|statement| statement.text)
            .collect()
    }

    #[test]
    fn quotes_comments_and_bodies_keep_their_semicolons() {
        let sql =
            "select ';', e'\\';', \";\" -- ;\n; /* ; /* ; */ ; */ select $$;$$ || $a$ $$;$$ $a$;";
        assert_eq!(
            texts(sql),
            [
                "select ';', e'\\';', \";\" -- ;",
                "select $$;$$ || $a$ $$;$$ $a$"
            ]
        );
        let atomic =
            "create function f() returns int begin atomic select 1; select 2; end; select 3";
        assert_eq!(texts(atomic).len(), 2);
    }

    #[test]
    fn a_statement_knows_its_line_and_comments_alone_are_none() {
        let statements = split("-- only words\n\n-- more\nselect 1;\nselect 2;\n-- the end\n");
        let lines: Vec<_> = statements.iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [4, 5]);
    }

    #[test]
    fn parameters_and_letters_beyond_ascii_are_no_quotes() {
        assert_eq!(
            texts("select $1, 'ä;ö', é$1$; select 2"),
            ["select $1, 'ä;ö', é$1$", "select 2"]
        );
    }
}
