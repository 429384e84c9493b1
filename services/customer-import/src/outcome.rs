//! What an import came to, before it is told.

use rows_as_service::imports::{Overfull, PreviewRow, SavedImport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::findings::Findings;

/// What looking up new phones came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VerificationCounts {
    /// Phones that can be texted.
    pub textable: u64,
    /// Phones that were rejected: not assigned, or landlines.
    pub rejected: u64,
    /// Phones that were imported without being looked up: today's lookups are spent.
    pub limit_reached: u64,
    /// Phones that were imported without an answer: Twilio gave none.
    pub unanswered: u64,
}

/// What looking up new phones came to, and the rows that were rejected for it: row, code, reason.
pub(crate) struct Verified {
    pub(crate) rejects: Vec<(i32, &'static str, &'static str)>,
    pub(crate) counts: VerificationCounts,
}

/// What an import came to.
pub(crate) struct Outcome {
    pub(crate) findings: Findings,
    pub(crate) saved: SavedImport,
    pub(crate) preview: Option<Vec<PreviewRow>>,
    pub(crate) verified: Option<Verified>,
    /// Rows that were rejected because a customer would have too much afterwards.
    pub(crate) overfull: Vec<(i32, Overfull)>,
}
