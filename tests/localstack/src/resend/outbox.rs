//! The outbox: mails that would have been sent, for browsers and tests.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::mailbox::Mail;
use super::state::Shared;

const STYLE: &str = "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem;color:#1a1a1a}table{border-collapse:collapse;width:100%}th,td{text-align:left;\
padding:.5rem;border-bottom:1px solid #ddd;vertical-align:top}iframe{width:100%;height:36rem;\
border:1px solid #ddd}pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem}</style>";

#[derive(Deserialize)]
pub(super) struct OutboxQuery {
    to: Option<String>,
    limit: Option<usize>,
}

/// All mails as JSON, newest first; `?to=` for one recipient, `?limit=`.
pub(super) async fn list_outbox(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<OutboxQuery>,
) -> Json<Value> {
    let inner = shared.inner();
    let mails: Vec<&Mail> = inner
        .mailbox
        .newest()
        .filter(|mail| query.to.as_ref().is_none_or(|to| mail.to.contains(to)))
        .take(query.limit.unwrap_or(usize::MAX))
        .collect();
    Json(json!({ "emails": mails }))
}

/// Deletes all mails; idempotency keys stay.
pub(super) async fn empty_outbox(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.inner().mailbox.empty();
    StatusCode::NO_CONTENT
}

/// The list, for a browser.
pub(super) async fn show_outbox(State(shared): State<Arc<Shared>>) -> Html<String> {
    let inner = shared.inner();
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Outbox</title>{STYLE}\
         <h1>Outbox</h1><p>Nothing here was really mailed. As JSON: \
         <a href=/outbox.json>/outbox.json</a></p>\
         <table><tr><th>When<th>To<th>Subject<th>Event</tr>"
    );
    for mail in inner.mailbox.newest().take(500) {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td><a href=\"/outbox/{}\">{}</a><td>{}</tr>",
            mail.created_at.format("%Y-%m-%d %H:%M:%S"),
            escape(&mail.to.join(", ")),
            mail.id,
            escape(&mail.subject),
            mail.last_event,
        );
    }
    page.push_str("</table></html>");
    Html(page)
}

/// One mail, for a browser. Its HTML is sandboxed so that scripts can't run.
pub(super) async fn show_mail(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let inner = shared.inner();
    let Some(mail) = id.parse::<Uuid>().ok().and_then(|id| inner.mailbox.get(id)) else {
        return (StatusCode::NOT_FOUND, "no such mail").into_response();
    };
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{subject}</title>{STYLE}\
         <p><a href=/outbox>Outbox</a></p><h1>{subject}</h1><table>\
         <tr><th>From<td>{from}</tr><tr><th>To<td>{to}</tr><tr><th>When<td>{when}</tr>\
         <tr><th>Idempotency key<td>{key}</tr>",
        subject = escape(&mail.subject),
        from = escape(&mail.from),
        to = escape(&mail.to.join(", ")),
        when = mail.created_at,
        key = escape(mail.idempotency_key.as_deref().unwrap_or("none")),
    );
    for (name, value) in &mail.headers {
        let _ = write!(page, "<tr><th>{}<td>{}</tr>", escape(name), escape(value));
    }
    page.push_str("</table>");
    if let Some(html) = &mail.html {
        // Links may open a new tab, so that a reset or an invitation can be followed from here.
        let _ = write!(
            page,
            "<h2>HTML</h2><iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" \
             title=\"The mail\" srcdoc=\"<base target=_blank>{}\"></iframe>",
            escape(html)
        );
    }
    if let Some(text) = &mail.text {
        let _ = write!(page, "<h2>Text</h2><pre>{}</pre>", escape(text));
    }
    page.push_str("</html>");
    ([(header::REFERRER_POLICY, "no-referrer")], Html(page)).into_response()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
