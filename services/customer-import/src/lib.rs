//! CSV in, rows out: reading, mapping, checking, copying, the report of rejects.
//!
//! An upload flows through bounded channels: the request's body, the reader that splits it into
//! records, the checkers that turn records into customers or rejects, and COPY. Nothing holds the
//! whole file, and a slow database slows the upload down.

mod background;
mod batch;
mod check;
mod columns;
mod crew;
mod failure;
mod file;
#[doc(hidden)]
pub mod fuzzing;
mod import;
mod parameters;
mod phone_cell;
mod reader;
mod report;
mod route;
mod text;
mod upload;
mod verify;
mod watch;

pub use failure::ImportFailure;
pub use file::Progress;
pub use import::{ImportOptions, import};
pub use parameters::ImportParameters;
pub use report::{ImportReport, Reject};
pub use route::{CustomerImportState, Settings, router};
pub use upload::UploadLimits;
pub use verify::{PhoneVerifier, Verification};
