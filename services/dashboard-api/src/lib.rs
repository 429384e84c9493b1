//! Customers, campaigns, conversations, templates and analytics: every route acts as the caller.
//!
//! A handler extracts, makes one call through PostgREST with the caller's own token, and answers.
//! What people may do is decided by row level security and triggers; here it is made convenient
//! and the errors clear. Rows pass through as PostgREST wrote them.

mod analytics;
mod answers;
mod audit;
mod broken_check;
mod campaigns;
mod consent;
mod conversations;
mod csv_answer;
mod customers;
mod event_tokens;
mod fields;
mod idempotency_key;
mod imports;
mod labels;
mod messages;
mod needed;
mod patience;
mod phone_lookup;
mod queries;
mod recipient;
mod rendered_text;
mod rows_failure;
mod senders;
mod settings;
mod shapes;
mod sorting;
mod state;
mod stopping;
mod streams;
mod suppressions;
mod templates;
#[cfg(test)]
mod validated;
mod warning;

use std::time::Duration;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use self::{
    settings::Settings,
    state::{DashboardState, SetupError},
};

/// A handler that takes longer than this is given up: PostgREST itself is waited for 10 s.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Every route of this service, under `/api`.
pub fn router(state: DashboardState) -> Router {
    let quick = web::bounded(web::described_routes(quick_routes()), TIMEOUT);
    quick
        .merge(web::described_routes(long_routes()))
        .with_state(state)
}

/// What the routes say of themselves.
#[must_use]
pub fn description() -> OpenApi {
    quick_routes().merge(long_routes()).into_openapi()
}

fn quick_routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .merge(analytics::routes())
        .merge(customers::routes())
        .merge(imports::routes())
        .merge(phone_lookup::routes())
        .merge(audit::routes())
        .merge(campaigns::routes())
        .merge(consent::routes())
        .merge(conversations::routes())
        .merge(senders::routes())
        .merge(suppressions::routes())
        .merge(templates::routes())
}

/// What may touch a million rows has its own bound: launching, previewing, testing, deleting, undoing.
fn long_routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .merge(campaigns::long_routes())
        .merge(customers::bulk_routes())
        .merge(imports::undo_route())
}
