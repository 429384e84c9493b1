//! Bulk import of customers: COPY into a staging table, then set-based statements; and the
//! record of the result.

mod allowance;
mod apply;
mod consents;
mod handle;
mod plan;
mod record;
mod saved;
mod stage;
mod staged_import;
mod staged_row;
mod turn;

pub use allowance::ImportsSent;
pub use consents::{FileConsents, StatedConsent, Unwanted};
pub use handle::Imports;
pub use plan::{CustomerImport, ImportError, MOST_REJECTS_KEPT, MOST_ROWS_NAMED, OnConflict, Rest};
pub use record::{ImportEnd, ImportPhase, ImportProgress, ImportSign, NewImport};
pub use saved::{
    Completion, DuplicateRow, ImportCounts, Overfull, PreviewAction, PreviewRow, RejectedPhone,
    SameFile, SavedImport,
};
pub use staged_import::StagedImport;
pub use staged_row::{StagedCustomer, StagedReject, encode_declined};
