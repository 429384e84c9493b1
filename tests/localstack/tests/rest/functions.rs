//! Calling functions: their arguments, and what their transaction may do.

use axum::{body::Body, http::Method};
use serde_json::json;

use crate::library::Library;

const ARGUMENTS: &str = "
    create function public.text_given(given text default 'nothing') returns text stable
        return coalesce('text ' || given, 'null');
    create function public.json_given(given jsonb default '1') returns text stable
        return coalesce(given::text, 'null');
    create function public.list_given(given text[]) returns text stable
        return array_to_string(given, ', ', 'null');
    create function public.dates_given(given date[], until date) returns text stable
        return cardinality(given) || coalesce(until::text, ' null');";

#[tokio::test]
async fn a_null_argument_is_null_and_not_a_text_of_it() {
    let library = Library::with(ARGUMENTS).await;
    for (function, given, expected) in [
        ("text_given", json!({ "given": null }), "null"),
        ("text_given", json!({ "given": "null" }), "text null"),
        ("text_given", json!({ "given": "" }), "text "),
        ("text_given", json!({}), "text nothing"),
        ("text_given", json!([]), "text nothing"),
        ("text_given", json!([{ "given": null }]), "null"),
        ("json_given", json!({ "given": null }), "null"),
        (
            "json_given",
            json!({ "given": [null, { "a": null }] }),
            r#"[null, {"a": null}]"#,
        ),
        (
            "list_given",
            json!({ "given": ["a b", "null", null, "c,\"d"] }),
            "a b, null, null, c,\"d",
        ),
        (
            "dates_given",
            json!({ "given": ["2026-01-01", null], "until": null }),
            "2 null",
        ),
    ] {
        let answer = library.call(function, &given, true).await;
        assert_eq!(answer.json(), json!(expected), "{function} {given}");
    }
}

#[tokio::test]
async fn a_function_that_says_it_writes_nothing_is_held_to_it() {
    let library = Library::with(
        "create function public.add_shelf(id int) returns void language sql
             as $$ insert into public.shelves values (id, 'x') $$;
         create function public.add_silently() returns void language plpgsql stable
             as $$ begin perform public.add_shelf(8); end $$;",
    )
    .await;
    let answer = library.call("add_shelf", &json!({ "id": 7 }), true).await;
    assert_eq!(answer.status, 204);
    let answer = library.call("add_silently", &json!({}), true).await;
    assert_eq!(answer.error(), (405, "25006".into()));
    let added = library.get("/shelves?select=id&name=eq.x").await;
    assert_eq!(added.json(), json!([{ "id": 7 }]));
}

#[tokio::test]
async fn each_role_has_its_own_timeout_and_a_function_its_own() {
    let library = Library::with(
        "create function public.timeout() returns text stable
             return current_setting('statement_timeout');
         create function public.long_timeout() returns text language sql stable set statement_timeout = '20s'
             as $$ select current_setting('statement_timeout') $$;",
    )
    .await;
    for (function, signed_in, expected) in [
        ("timeout", false, "3s"),
        ("timeout", true, "8s"),
        ("long_timeout", false, "20s"),
    ] {
        let answer = library.call(function, &json!({}), signed_in).await;
        assert_eq!(answer.json(), json!(expected), "{function}");
    }
}

#[tokio::test]
async fn who_may_not_call_a_function_learns_that_before_its_arguments_are_read() {
    let library = Library::with(
        "create function public.inner_things(id uuid) returns int stable return 1;
         revoke execute on function public.inner_things from public, anon;
         grant execute on function public.inner_things to authenticated;",
    )
    .await;
    let arguments = json!({ "id": "no uuid" });
    let answer = library.call("inner_things", &arguments, false).await;
    assert_eq!(answer.error(), (401, "42501".into()));
    assert_eq!(
        answer.json()["message"],
        "permission denied for function inner_things"
    );
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let answer = library.call("inner_things", &arguments, true).await;
    assert_eq!(answer.error(), (400, "22P02".into()));
}

#[tokio::test]
async fn a_function_is_called_once_however_its_rows_are_counted() {
    let library = Library::with(
        "create function public.fill() returns setof public.shelves language sql as $$
           insert into public.shelves select max(id) + n, 'x' from public.shelves, generate_series(1, 3) n group by n
           returning * $$;
         create function public.fill_one() returns int language sql as $$
           insert into public.shelves select max(id) + 1, 'x' from public.shelves returning id $$;",
    )
    .await;
    let call = async |path: &str, count: &str| {
        let request = library
            .asks(Method::POST, path)
            .header("content-type", "application/json")
            .header("prefer", format!("count={count}"));
        library.send(request.body(Body::from("{}")).unwrap()).await
    };
    for (path, count, expected) in [
        ("/rpc/fill", "exact", (200, "0-2/3", 5)),
        (
            "/rpc/fill?select=id&order=id&limit=1&offset=1",
            "exact",
            (206, "1-1/3", 8),
        ),
        ("/rpc/fill?id=gt.9&limit=1", "exact", (206, "0-0/2", 11)),
        (
            "/rpc/fill?select=id,books(id)&limit=2",
            "exact",
            (206, "0-1/3", 14),
        ),
        ("/rpc/fill?limit=1", "estimated", (206, "0-0/3", 17)),
        ("/rpc/fill_one", "exact", (200, "0-0/1", 18)),
        // Refused, so that nothing was added.
        ("/rpc/fill?offset=5", "exact", (416, "", 18)),
    ] {
        let answer = call(path, count).await;
        let shelves = library.get("/shelves?select=count").await.json()[0]["count"].clone();
        assert_eq!(
            (answer.status, answer.header("content-range"), shelves),
            (expected.0, expected.1, json!(expected.2)),
            "{path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn the_rows_of_a_function_that_declares_their_columns_are_selected_like_any() {
    let library = Library::with(
        "create function public.titles(first_id int default 0)
           returns table (id int, title text, tags text[], facts jsonb, added timestamptz) language sql stable
           as $$ select b.id, b.title, b.tags, b.facts, b.added from public.books b where b.id >= first_id $$;",
    )
    .await;
    for (query, expected) in [
        (
            "select=id&order=id.desc&limit=2",
            json!([{ "id": 4 }, { "id": 3 }]),
        ),
        (
            "select=name:title&title=eq.Dune",
            json!([{ "name": "Dune" }]),
        ),
        (
            "select=by:facts-%3E%3Eby&tags=cs.{vip}",
            json!([{ "by": "J, A" }]),
        ),
        ("select=id&title=is.null", json!([{ "id": 3 }])),
        (
            "select=id,added::date&added=gt.2026-01-01T00:00:00Z",
            json!([{ "id": 1, "added": "2026-01-02" }]),
        ),
        (
            "id=eq.4",
            json!([{ "id": 4, "title": "Dune", "tags": [], "facts": {}, "added": null }]),
        ),
    ] {
        let read = library.get(&format!("/rpc/titles?{query}")).await;
        assert_eq!(read.json(), expected, "{query}: {}", read.text);
        let called = library
            .call(&format!("titles?{query}"), &json!({ "first_id": 0 }), true)
            .await;
        assert_eq!(called.json(), expected, "{query}: {}", called.text);
    }
    let paged = library
        .get("/rpc/titles?first_id=2&select=id&order=id&limit=1")
        .await;
    assert_eq!(paged.json(), json!([{ "id": 2 }]));
    let embedding = library.get("/rpc/titles?select=id,shelves(id)").await;
    assert_eq!(embedding.error(), (400, "PGRST200".into()));
    let message =
        "Could not find a relationship between 'titles' and 'shelves' in the schema cache";
    assert_eq!(embedding.json()["message"], message);
}
