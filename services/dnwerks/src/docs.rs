//! The API's description, put together from what the services say of themselves: as JSON, as a page that needs no
//! internet, and a page about each error code.

mod error_pages;

use anyhow::Result;
use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::Response,
};
use clap::Args;
use serde_json::Value;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Server, tag::TagBuilder};
use utoipa_swagger_ui::{Config, SwaggerUi};

const DESCRIPTION_PATH: &str = "/api/openapi.json";

/// What holds for all routes.
const ABOUT: &str = "\
The backend of an SMS marketing dashboard.

**Who calls**: `Authorization: Bearer …` with the access token of a Supabase session. People reach what is theirs, admins everything.

**Problems** are `application/problem+json` with a stable `code`, a `detail` for people, the `request_id` and, for bad input, `errors` \
with all fields that are wrong. `type` leads to a page about the code.

**Lists** come in pages: `page` from 1, `per_page` up to 200; with `data`, `total`, `total_is_exact` and `total_pages`.

**Times** are UTC with microseconds, as `2026-11-23T09:00:00.000000Z`. **Phones** are E.164. Unknown fields and parameters are refused.

**Polling**: lists and rows have an `ETag`; with `If-None-Match` an unchanged one is 304 without a body.

**Limits**: where attempts are counted, `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) tell how many are left; \
429 has `Retry-After`.";

const TAGS: [(&str, &str); 12] = [
    (
        "Sign-in",
        "Sessions, registration by invitation, forgotten passwords.",
    ),
    ("Customers", "Who can be texted."),
    ("Imports", "Customers from CSV."),
    ("Consent", "What customers have agreed to."),
    ("Suppressions", "Numbers that must not be texted."),
    ("Campaigns", "Texts to many."),
    ("Templates", "Texts to start from."),
    ("Conversations", "What people text back."),
    ("Senders", "The numbers that texts come from."),
    ("Analytics", "What was sent, delivered, answered and spent."),
    ("Administration", "Users and invitations, for admins."),
    ("Webhooks", "What Twilio and Resend call."),
];

/// `dnwerks openapi`
#[derive(Debug, Args)]
#[group(skip)]
pub struct Describe {}

/// Below the help of `dnwerks openapi`.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks openapi > openapi.json
  dnwerks openapi | npx openapi-typescript > api.types.ts

A running dashboard-api serves the same at /api/openapi.json, and a page at /api/docs.";

/// The description of all routes, whichever process serves them.
///
/// # Errors
/// None: what is described always becomes JSON.
pub fn description() -> Result<Value> {
    let tags = TAGS.map(|(name, about)| {
        TagBuilder::new()
            .name(name)
            .description(Some(about))
            .build()
    });
    let info = InfoBuilder::new()
        .title("DNwerks")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    let mut api: OpenApi = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .tags(Some(tags))
        .build();
    for part in [
        accounts::description(),
        dashboard_api::description(),
        customer_import::description(),
        twilio_callbacks::description(),
        mail_worker::description(),
        web::Health::description(),
    ] {
        api.merge(part);
    }
    Ok(web::complete_description(&api)?)
}

/// Prints the description.
///
/// # Errors
/// Standard output that is closed.
pub fn print() -> Result<()> {
    use std::io::Write as _;
    let text = serde_json::to_string_pretty(&description()?)?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// `/api/openapi.json`, `/api/docs` and `/api/errors/{code}`.
///
/// # Errors
/// As [`description`].
pub fn router() -> Result<Router> {
    let description = description()?;
    let page = SwaggerUi::new("/api/docs")
        .external_url_unchecked(DESCRIPTION_PATH, description.clone())
        .config(Config::from(DESCRIPTION_PATH).validator_url("none"));
    Ok(Router::new()
        .merge(page)
        .layer(middleware::map_response(as_page))
        .merge(error_pages::routes()))
}

/// The page runs its own scripts and styles, and nobody else's.
async fn as_page(mut response: Response) -> Response {
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
