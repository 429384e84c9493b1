//! Hooks and triggers: what the project's own SQL has to say.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;

use crate::project::{PASSWORD, Project};

const ONLY_WITH_TICKET: &str = "
    create schema project;
    create table project.seen (event jsonb, called_as text);
    grant usage on schema project to supabase_auth_admin;
    create function project.only_with_ticket(event jsonb) returns jsonb language plpgsql security definer
    set search_path = '' as $$
    begin
      insert into project.seen values (event, session_user);
      if event -> 'user' -> 'user_metadata' ->> 'ticket' = 'WELCOME' then return '{}'; end if;
      return '{\"error\": {\"http_code\": 403, \"message\": \"A ticket is needed\"}}';
    end $$;
    revoke execute on function project.only_with_ticket from public;
    grant execute on function project.only_with_ticket to supabase_auth_admin;";

#[tokio::test]
async fn the_hook_decides_who_may_sign_up() {
    let project = Project::with(|options| {
        options.before_user_created = Some("project.only_with_ticket".into());
    })
    .await;
    project.run(ONLY_WITH_TICKET).await;
    let refused = project.sign_up("ann@example.com").await;
    assert_eq!(
        (refused.status, refused.text("/msg")),
        (403, "A ticket is needed".into())
    );
    assert_eq!(project.count("select count(*) from auth.users").await, 0);

    let request = Request::post("/signup").header("x-forwarded-for", "203.0.113.7, 10.0.0.1").body(Body::from(
        json!({ "email": "ann@example.com", "password": PASSWORD, "data": { "ticket": "WELCOME" } }).to_string(),
    ));
    assert_eq!(project.send(request.unwrap()).await.status, 200);
    let seen = "select count(*) from project.seen where called_as = 'supabase_auth_admin' \
                and event -> 'metadata' ->> 'name' = 'before-user-created' \
                and event -> 'metadata' ->> 'ip_address' = '203.0.113.7' \
                and event -> 'user' ->> 'email' = 'ann@example.com' and event -> 'user' ->> 'id' <> ''";
    assert_eq!(project.count(seen).await, 1);
}

#[tokio::test]
async fn administrators_create_users_without_asking_the_hook() {
    let project = Project::with(|options| {
        options.before_user_created = Some("project.only_with_ticket".into());
    })
    .await;
    project.run(ONLY_WITH_TICKET).await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "email_confirm": true });
    assert_eq!(
        project
            .admin(Method::POST, "/admin/users", body)
            .await
            .status,
        200
    );
    let invited = project
        .admin(
            Method::POST,
            "/invite",
            json!({ "email": "bob@example.com" }),
        )
        .await;
    assert_eq!(invited.status, 403, "an invitation asks the hook");
}

#[tokio::test]
async fn a_hook_that_is_missing_lets_nobody_in_and_a_slow_one_gives_no_token() {
    let missing =
        Project::with(|options| options.before_user_created = Some("project.nothing".into())).await;
    let answer = missing.sign_up("ann@example.com").await;
    assert_eq!(answer.error(), (500, "unexpected_failure".into()));
    assert_eq!(
        answer.text("/msg"),
        "Error running hook URI: pg-functions://postgres/project/nothing"
    );

    let slow =
        Project::with(|options| options.custom_access_token = Some("public.slow".into())).await;
    slow.run(
        "create function public.slow(event jsonb) returns jsonb language sql as \
         $$ select '{}'::jsonb from pg_sleep(30) $$",
    )
    .await;
    assert_eq!(
        slow.sign_up("ann@example.com").await.error(),
        (500, "unexpected_failure".into())
    );
    assert_eq!(slow.count("select count(*) from auth.users").await, 1);
    assert_eq!(slow.count("select count(*) from auth.sessions").await, 0);
}

#[tokio::test]
async fn the_token_hook_writes_the_claims() {
    let project =
        Project::with(|options| options.custom_access_token = Some("public.claims".into())).await;
    project
        .run(
            "create function public.claims(event jsonb) returns jsonb language sql as $$ \
             select jsonb_build_object('claims', event -> 'claims' || jsonb_build_object( \
               'user_role', 'admin', 'method', event -> 'authentication_method')) $$",
        )
        .await;
    let answer = project.sign_up("ann@example.com").await;
    let claims = project.keys.verify(&answer.text("/access_token")).unwrap();
    assert_eq!(
        (&claims["user_role"], &claims["method"]),
        (&json!("admin"), &json!("password"))
    );
    let refreshed = project.refresh(&answer.text("/refresh_token")).await;
    let claims = project
        .keys
        .verify(&refreshed.text("/access_token"))
        .unwrap();
    assert_eq!(claims["method"], "token_refresh");
}

#[tokio::test]
async fn a_token_hook_can_not_leave_out_what_every_token_has() {
    let project =
        Project::with(|options| options.custom_access_token = Some("public.claims".into())).await;
    project
        .run(
            "create function public.claims(event jsonb) returns jsonb language sql as $$ \
             select jsonb_build_object('claims', (event -> 'claims') - 'sub') $$",
        )
        .await;
    let answer = project.sign_up("ann@example.com").await;
    assert_eq!(answer.status, 500);
    assert!(
        answer.text("/msg").contains("sub is required"),
        "{:?}",
        answer.body
    );
    assert_eq!(project.count("select count(*) from auth.sessions").await, 0);
}

#[tokio::test]
async fn a_trigger_that_raises_leaves_no_user_behind() {
    let project = Project::new().await;
    project
        .run(
            "create function public.refuse() returns trigger language plpgsql as \
             $$ begin raise exception 'no more seats'; end $$; \
             create trigger refuse after insert on auth.users for each row execute function public.refuse()",
        )
        .await;
    let dated = Request::post("/signup")
        .header("x-supabase-api-version", "2024-01-01")
        .body(Body::from(
            json!({ "email": "ann@example.com", "password": PASSWORD }).to_string(),
        ))
        .unwrap();
    let answer = project.send(dated).await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.body,
        json!({ "code": "unexpected_failure", "message": "Database error saving new user" })
    );
    let undated = project.sign_up("ann@example.com").await;
    assert_eq!(
        (undated.status, undated.body),
        (500, json!({ "code": "P0001", "message": "no more seats" }))
    );
    assert_eq!(project.count("select count(*) from auth.users").await, 0);
}
