//! Reading rows: filters, pages, counts and forms of answers.

use axum::{body::Body, http::Method};
use serde_json::json;

use crate::library::Library;

#[tokio::test]
async fn a_plus_sign_in_a_query_is_a_space() {
    let library = Library::open().await;
    for (path, expected) in [
        ("/books?select=id&title=eq.Two+Years", json!([{ "id": 2 }])),
        (
            "/books?select=id&or=(title.eq.Two+Years,id.eq.4)&order=id",
            json!([{ "id": 2 }, { "id": 4 }]),
        ),
        (
            "/books?select=id&title=in.(%22Two+Years%22)",
            json!([{ "id": 2 }]),
        ),
        (
            "/books?select=id&tags=cs.{%22big+fish%22}",
            json!([{ "id": 1 }]),
        ),
        ("/shelves?select=id&name=eq.C%2BC", json!([{ "id": 2 }])),
    ] {
        assert_eq!(library.get(path).await.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn embedded_rows_are_counted_beyond_the_limit_of_an_answer() {
    let library = Library::open().await;
    library
        .run(
            "insert into public.books (id, shelf) select id, 1 from generate_series(1001, 1200) id",
        )
        .await;
    for (path, expected) in [
        (
            "books(count)",
            json!([{ "id": 1, "books": [{ "count": 203 }] }, { "id": 2, "books": [{ "count": 1 }] }]),
        ),
        (
            "all:books(n:count)&books.title=eq.Emma",
            json!([{ "id": 1, "all": [{ "n": 1 }] }, { "id": 2, "all": [{ "n": 0 }] }]),
        ),
    ] {
        let answer = library
            .get(&format!("/shelves?order=id&select=id,{path}"))
            .await;
        assert_eq!(answer.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn embedded_rows_have_the_columns_that_were_asked_for() {
    let library = Library::open().await;
    for (path, expected) in [
        (
            "/shelves?select=books(by:facts->>by,facts->by,first:tags->0)&id=eq.1&books.id=eq.1",
            json!([{ "books": [{ "by": "J, A", "first": "vip" }] }]),
        ),
        (
            "/shelves?select=books(facts->>by,on:added::date,added::date)&id=eq.1&books.id=eq.1",
            json!([{ "books": [{ "by": "J, A", "on": "2026-01-02", "added": "2026-01-02" }] }]),
        ),
        (
            "/books?select=id,at:shelves!inner(*,label:name)&id=eq.4",
            json!([{ "id": 4, "at": { "id": 2, "name": "C+C", "label": "C+C" } }]),
        ),
        (
            "/books?select=shelves(name,books(n:count)),title&id=eq.4",
            json!([{ "shelves": { "name": "C+C", "books": [{ "n": 1 }] }, "title": "Dune" }]),
        ),
        (
            "/books?select=title,...shelves(*)&id=eq.4",
            json!([{ "title": "Dune", "id": 2, "name": "C+C" }]),
        ),
        (
            "/books?select=id,...shelves(label:name,shelf:id::text)&id=eq.4",
            json!([{ "id": 4, "label": "C+C", "shelf": "2" }]),
        ),
    ] {
        let answer = library.get(&path.replace('>', "%3E")).await;
        assert_eq!(answer.json(), expected, "{path}: {}", answer.text);
    }
    // A column of the table around is not one of the embedded table.
    for path in [
        "/shelves?select=id,books(name)",
        "/books?select=id,shelves(title)",
        "/books?select=id,...shelves(title)",
        "/books?select=id,shelves(title->>a)",
    ] {
        let answer = library.get(&path.replace('>', "%3E")).await;
        assert_eq!(answer.error(), (400, "42703".into()), "{path}");
    }
}

#[tokio::test]
async fn pages_that_make_no_sense_are_ignored() {
    let library = Library::open().await;
    for path in [
        "/shelves?select=id&order=id&limit=x",
        "/shelves?select=id&order=id&offset=-1",
    ] {
        let answer = library.get(path).await;
        assert_eq!(answer.json(), json!([{ "id": 1 }, { "id": 2 }]), "{path}");
        assert_eq!(answer.header("content-range"), "0-1/*", "{path}");
    }
}

#[tokio::test]
async fn a_range_and_a_page_give_the_rows_that_both_name() {
    let library = Library::open().await;
    let request = library
        .asks(Method::GET, "/books?select=id&order=id&limit=5&offset=1")
        .header("range", "0-1")
        .header("prefer", "count=exact")
        .body(Body::empty());
    let answer = library.send(request.unwrap()).await;
    assert_eq!(answer.json(), json!([{ "id": 2 }]));
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (206, "1-1/4")
    );
}

#[tokio::test]
async fn a_head_past_the_end_says_how_many_rows_there_are() {
    let library = Library::open().await;
    let request = library
        .asks(Method::HEAD, "/books?offset=500")
        .header("prefer", "count=exact")
        .body(Body::empty());
    let answer = library.send(request.unwrap()).await;
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (416, "*/4")
    );
    assert_eq!(answer.header("preference-applied"), "count=exact");
}

#[tokio::test]
async fn csv_has_values_as_postgres_writes_them() {
    let library = Library::open().await;
    let csv = async |path| {
        let request = library.asks(Method::GET, path).header("accept", "text/csv");
        library.send(request.body(Body::empty()).unwrap()).await
    };
    let answer = csv("/books?select=id,title,tags,facts,added&order=id&limit=2").await;
    assert_eq!(
        answer.text,
        "id,title,tags,facts,added\n\
         1,Emma,\"{vip,\"\"big fish\"\"}\",\"{\"\"by\"\": \"\"J, A\"\"}\",\"2026-01-02 03:04:05+00\"\n\
         2,\"Two Years\",{},{},"
    );
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-range"), "0-1/*");
    let named = csv("/books?select=line:id,key:title&id=eq.1").await;
    assert_eq!(named.text, "line,key\n1,Emma");
    assert_eq!(csv("/books?id=eq.0").await.text, "");
    assert_eq!(csv("/books?id=eq.x").await.error(), (400, "22P02".into()));
}

#[tokio::test]
async fn an_answer_without_nulls_is_named_so() {
    let library = Library::open().await;
    let request = library
        .asks(Method::GET, "/books?select=id,title&id=eq.3")
        .header("accept", "application/vnd.pgrst.array+json;nulls=stripped")
        .body(Body::empty());
    let answer = library.send(request.unwrap()).await;
    assert_eq!(answer.json(), json!([{ "id": 3 }]));
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"
    );
}

#[tokio::test]
async fn a_schema_is_exposed_as_the_settings_say() {
    let library = Library::open().await;
    for (schema, expected) in [
        ("graphql_public", (404, "PGRST205")),
        ("auth", (406, "PGRST106")),
    ] {
        let request = library
            .asks(Method::GET, "/books")
            .header("accept-profile", schema)
            .body(Body::empty());
        let (status, code) = library.send(request.unwrap()).await.error();
        assert_eq!((status, code.as_str()), expected, "{schema}");
    }
}

#[tokio::test]
async fn a_column_that_is_not_there_has_postgres_s_code() {
    let library = Library::open().await;
    for path in [
        "/books?select=id,nope",
        "/books?select=nope-%3E%3Ea",
        "/books?nope=eq.1",
        "/books?order=nope",
    ] {
        let answer = library.get(path).await;
        assert_eq!(
            answer.error(),
            (400, "42703".into()),
            "{path} {}",
            answer.text
        );
    }
}
