//! CSV in, rows out: reading, mapping, checking, copying, the report of rejects.
//!
//! An upload flows through bounded channels: the request's body, the reader that splits it into
//! records, the checkers that turn records into customers or rejects, and COPY. Nothing holds the
//! whole file, and a slow database slows the upload down.

mod background;
mod batch;
mod check;
mod columns;
mod consent;
mod courtesy;
mod crew;
mod described;
mod failure;
mod field;
mod file;
mod findings;
#[doc(hidden)]
pub mod fuzzing;
mod glued_rows;
mod import;
mod outcome;
mod parameters;
mod phone_cell;
mod progress;
mod questions;
mod reader;
mod rejects;
mod report;
mod room;
mod route;
mod row;
mod row_consent;
mod said;
mod text;
mod upload;
mod uploads;
mod verify;
mod watch;
mod when;
mod words;

pub use courtesy::Courtesy;
pub use failure::ImportFailure;
pub use import::{ImportOptions, import};
pub use parameters::ImportParameters;
pub use progress::Progress;
pub use questions::{Question, Questions, Subject, UnknownWord};
pub use rejects::Reject;
pub use report::ImportReport;
pub use route::{CustomerImportState, Settings, description, router};
pub use upload::UploadLimits;
pub use uploads::Upload;
pub use verify::{PhoneVerifier, Verification};
