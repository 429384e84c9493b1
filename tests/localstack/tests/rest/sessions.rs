//! Who asks: tokens, and the check that the project makes before each request.

use axum::{body::Body, http::Request};
use domain::{Clock as _, SystemClock};
use serde_json::json;

use crate::library::{Answer, Library};

const ENDED: &str = "
    create schema checks;
    create function checks.refuse_ended() returns void language plpgsql as $$
    begin
      if current_setting('request.jwt.claims', true)::jsonb ->> 'session' = 'ended' then
        raise sqlstate 'PT401' using message = 'session_ended', hint = current_user::text;
      end if;
    end $$;
    grant usage on schema checks to anon, authenticated;
    set role postgres;
    do $$ begin
      execute format(
        'alter role authenticator in database %I set pgrst.db_pre_request = ''checks.refuse_ended''',
        current_database());
    end $$;
    reset role;";

async fn books(library: &Library, token: &str) -> Answer {
    let request =
        Request::get("/books?select=id&id=eq.1").header("authorization", format!("Bearer {token}"));
    library.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_configured_check_runs_before_each_request_as_its_role() {
    let library = Library::with(ENDED).await;
    let answer = books(&library, &library.token(&json!({ "session": "ended" }))).await;
    assert_eq!(answer.error(), (401, "PT401".into()));
    assert_eq!(
        answer.json(),
        json!({ "code": "PT401", "message": "session_ended", "details": null, "hint": "authenticated" })
    );
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let answer = books(&library, &library.token(&json!({ "session": "open" }))).await;
    assert_eq!(answer.json(), json!([{ "id": 1 }]));
    let anonymous = Request::get("/books?select=id&id=eq.1").body(Body::empty());
    assert_eq!(library.send(anonymous.unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_token_holds_half_a_minute_longer_than_it_says() {
    let library = Library::open().await;
    let ended =
        |seconds: i64| library.token(&json!({ "exp": SystemClock.now().timestamp() - seconds }));
    assert_eq!(
        books(&library, &ended(5)).await.json(),
        json!([{ "id": 1 }])
    );
    assert_eq!(
        books(&library, &ended(60)).await.error(),
        (401, "PGRST303".into())
    );
    let forged = ended(5).rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    assert_eq!(
        books(&library, &forged).await.error(),
        (401, "PGRST301".into())
    );
}

#[tokio::test]
async fn a_refused_token_is_told_what_is_wrong_with_it() {
    let library = Library::open().await;
    let forged = library
        .token(&json!({}))
        .rsplit_once('.')
        .unwrap()
        .0
        .to_owned()
        + ".AAAA";
    // {"alg":"none"}.{}
    for (token, message, details) in [
        ("junk", "Expected 3 parts in JWT; got 1", json!(null)),
        (
            "eyJhbGciOiJub25lIn0.e30.",
            "Wrong or unsupported encoding algorithm",
            json!("JWT is unsecured but expected 'alg' was not 'none'"),
        ),
        (
            forged.as_str(),
            "No suitable key or wrong key type",
            json!("None of the keys was able to decode the JWT"),
        ),
    ] {
        let answer = books(&library, token).await;
        let expected =
            json!({ "code": "PGRST301", "message": message, "details": details, "hint": null });
        assert_eq!((answer.status, answer.json()), (401, expected));
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
}
