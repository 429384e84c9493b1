//! What every HTTP service shares: the error answer, the verified user, validated bodies, health, limits.
//!
//! A service's `router` uses the extractors and answers [`ApiError`]; whoever starts the process
//! puts [`stack`] around the merged routers and hands the result to [`serve`].

mod api_error;
mod auth;
mod body;
mod connection;
mod cors;
mod description;
mod health;
mod limits;
mod misfits;
mod paging;
mod places;
mod request_scope;
mod server;
mod stack;
mod trace;
mod uniform;
mod validate;

pub use api_error::{ApiError, FieldError, FieldErrors};
pub use auth::{
    ApprovedAdmin, ApprovedUser, Auth, AuthSettings, AuthSetupError, KnownUser, TokenError,
    TokenVerifier, VerifiedUser,
};
pub use body::{Path, ValidJson, ValidQuery, unreadable};
pub use connection::Unhurried;
pub use cors::{AllowedOrigin, NoOrigin};
pub use description::{complete as complete_description, routes as described_routes};
pub use health::Health;
pub use limits::{DRAIN, Limits};
pub use paging::{Listing, Page, PageTotals};
pub use places::{NoPlace, Place, Places};
pub use request_scope::{ProblemCode, RateLimit, Routine, note_rate_limit, request_id};
pub use server::serve;
pub use stack::{HttpSettings, bounded, stack, webhooks};
pub use uniform::uniform_times;
pub use validate::Validate;
