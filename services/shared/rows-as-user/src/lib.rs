//! Rows through PostgREST, as the signed-in caller; the only crate that uses `postgrest`.
//!
//! Every call carries the caller's own token, so row level security decides what it can access.
//! Untrusted texts enter a request only as quoted values: see [`Filter`].

mod filter;
mod list;
mod profiles;
mod readiness;
mod rows;
mod rows_error;
mod writer;

pub use filter::{Direction, Filter, Selection};
pub use list::JsonRows;
pub use readiness::NotReady;
pub use rows::{JsonRow, RowsAsUser, Settings, SetupError};
pub use rows_error::RowsError;
