//! Writing rows: counts, preferences, and what doesn't apply to writes.

use axum::{body::Body, http::Method};
use serde_json::json;

use crate::library::Library;

#[tokio::test]
async fn a_count_of_what_was_written_comes_without_the_rows() {
    let library = Library::open().await;
    for (method, path, body, expected) in [
        (
            Method::POST,
            "/books",
            r#"[{"id":10},{"id":11}]"#,
            (201, "*/2"),
        ),
        (
            Method::PATCH,
            "/books?id=gte.10",
            r#"{"title":"x"}"#,
            (204, "0-1/2"),
        ),
        (
            Method::PATCH,
            "/books?id=eq.99",
            r#"{"title":"x"}"#,
            (204, "*/0"),
        ),
        (Method::DELETE, "/books?id=gte.10", "", (204, "*/2")),
    ] {
        let request = library
            .asks(method, path)
            .header("content-type", "application/json")
            .header("prefer", "count=exact")
            .body(Body::from(body));
        let answer = library.send(request.unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("content-range")),
            expected,
            "{path}"
        );
        assert_eq!(answer.header("preference-applied"), "count=exact", "{path}");
        assert_eq!(answer.text, "", "{path}");
    }
}

#[tokio::test]
async fn who_may_not_read_a_table_may_still_count_what_they_write() {
    let library = Library::with(
        "create table public.votes (vote text);
         grant insert on public.votes to authenticated;",
    )
    .await;
    let request = library
        .asks(Method::POST, "/votes")
        .header("content-type", "application/json")
        .header("prefer", "return=minimal,count=exact")
        .body(Body::from(r#"{"vote":"a"}"#));
    let answer = library.send(request.unwrap()).await;
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (201, "*/1")
    );
    assert_eq!(
        answer.header("preference-applied"),
        "return=minimal, count=exact"
    );
}

#[tokio::test]
async fn a_page_does_not_limit_a_deletion() {
    let library = Library::open().await;
    let request = library
        .asks(
            Method::DELETE,
            "/books?id=in.(1,2,3)&select=id&order=id&limit=1&offset=1",
        )
        .header("prefer", "return=representation")
        .body(Body::empty());
    let answer = library.send(request.unwrap()).await;
    assert_eq!(
        answer.json(),
        json!([{ "id": 1 }, { "id": 2 }, { "id": 3 }])
    );
    assert_eq!(
        library.get("/books?select=id").await.json(),
        json!([{ "id": 4 }])
    );
}

#[tokio::test]
async fn a_written_row_comes_with_the_embedded_columns_that_were_asked_for() {
    let library = Library::open().await;
    let request = library
        .asks(
            Method::PATCH,
            "/books?id=eq.4&select=id,shelves(*,label:name)",
        )
        .header("content-type", "application/json")
        .header("prefer", "return=representation")
        .body(Body::from(r#"{"shelf":1}"#));
    let answer = library.send(request.unwrap()).await;
    let shelf = json!({ "id": 1, "name": "By the door", "label": "By the door" });
    assert_eq!(answer.json(), json!([{ "id": 4, "shelves": shelf }]));
}

#[tokio::test]
async fn a_refused_method_lists_no_others() {
    let library = Library::open().await;
    let request = library.asks(Method::PUT, "/rpc/any").body(Body::from("{}"));
    let answer = library.send(request.unwrap()).await;
    assert_eq!((answer.status, answer.header("allow")), (405, ""));
}
