//! A page about each error code, from the table in `services/error-codes.md`: what a problem's `type` leads to.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

const CODES: &str = include_str!("../../../error-codes.md");

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}";
/// Of the page itself nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(super) fn routes() -> Router {
    Router::new()
        .route("/api/errors", get(all))
        .route("/api/errors/{code}", get(one))
}

/// A code, where it stands, and what it means, as the table has them.
fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    CODES.lines().filter_map(|line| {
        let mut cells = line
            .strip_prefix("| `")?
            .strip_suffix(" |")?
            .splitn(3, " | ");
        let code = cells.next()?.strip_suffix('`')?;
        Some([code, cells.next()?, cells.next()?])
    })
}

async fn one(Path(wanted): Path<String>) -> Response {
    match rows().find(|[code, ..]| *code == wanted) {
        Some([code, place, meaning]) => {
            let body = format!(
                "<h1><code>{code}</code></h1><p>{}</p><p>Where: {}</p><p><a href=\"/api/errors\">All codes</a></p>",
                marked_up(meaning),
                marked_up(place)
            );
            page(StatusCode::OK, code, &body)
        }
        None => page(
            StatusCode::NOT_FOUND,
            "No such code",
            "<h1>There is no such code</h1><p><a href=\"/api/errors\">All codes</a></p>",
        ),
    }
}

async fn all() -> Response {
    let items: Vec<String> = rows()
        .map(|[code, _, meaning]| {
            format!(
                "<dt><a href=\"/api/errors/{code}\"><code>{code}</code></a></dt><dd>{}</dd>",
                marked_up(meaning)
            )
        })
        .collect();
    page(
        StatusCode::OK,
        "Error codes",
        &format!("<h1>Error codes</h1><dl>{}</dl>", items.concat()),
    )
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style>{body}</html>"
    );
    (
        status,
        [(header::CONTENT_SECURITY_POLICY, POLICY)],
        Html(html),
    )
        .into_response()
}

/// The table's words as HTML: what stands between backticks is code.
fn marked_up(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    escaped
        .split('`')
        .enumerate()
        .map(|(place, part)| match place % 2 {
            1 => format!("<code>{part}</code>"),
            _ => part.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_code_with_its_place_and_meaning() {
        let lines = CODES.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(rows().count(), lines.count());
        assert!(rows().any(|[code, place, _]| code == "phone_taken" && place.starts_with("409")));
    }

    #[test]
    fn words_are_shown_as_words() {
        assert_eq!(marked_up("`a<b` & c"), "<code>a&lt;b</code> &amp; c");
    }
}
