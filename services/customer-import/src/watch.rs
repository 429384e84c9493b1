//! What an import tells of itself while it runs, and hears: to stop.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use domain::CustomerImportId;
use rows_as_service::imports::{ImportPhase, ImportProgress, ImportSign, Imports};
use tokio_util::sync::CancellationToken;

use crate::{failure::ImportFailure, progress::Progress};

/// Time between two signs of life; a record that gave none for 15 s is taken for dead.
const BETWEEN_SIGNS: Duration = Duration::from_millis(500);

/// One import's link to its record.
pub(crate) struct Watch {
    imports: Imports,
    id: CustomerImportId,
    progress: Arc<Progress>,
    phase: Mutex<ImportPhase>,
    /// Postgres's process that holds the import's transaction, or 0.
    backend: AtomicI32,
    stop: CancellationToken,
    sign: Mutex<ImportSign>,
}

impl Watch {
    pub(crate) fn new(imports: Imports, id: CustomerImportId, progress: Arc<Progress>) -> Self {
        Self {
            imports,
            id,
            progress,
            phase: Mutex::new(ImportPhase::Reading),
            backend: AtomicI32::new(0),
            stop: CancellationToken::new(),
            sign: Mutex::new(ImportSign::Running),
        }
    }

    /// Says what the import does from now on.
    pub(crate) fn enter(&self, phase: ImportPhase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Says which of Postgres's processes works for the import; 0: none any more.
    pub(crate) fn saves_by(&self, backend: i32) {
        self.backend.store(backend, Ordering::Relaxed);
    }

    /// Waits until the import has to stop.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Why the import has to stop, if it has to.
    pub(crate) fn stopped_for(&self) -> Option<ImportFailure> {
        match *self.sign.lock().unwrap_or_else(PoisonError::into_inner) {
            ImportSign::Running => None,
            ImportSign::CancelRequested => Some(ImportFailure::Canceled),
            ImportSign::Ended => Some(ImportFailure::Interrupted),
        }
    }

    /// Writes signs of life until it is dropped. Once the record asks to stop, it stops the statement
    /// that is under way, too.
    pub(crate) async fn give_signs(&self) -> Infallible {
        let mut ticks = tokio::time::interval(BETWEEN_SIGNS);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.give_sign().await {
                tracing::warn!(error = %error, import.id = %self.id, "an import could not tell of itself");
            }
        }
    }

    /// Writes how far the import came that is about to end.
    pub(crate) async fn give_last_sign(&self) {
        // Its connection may be working for others by now.
        self.saves_by(0);
        if let Err(error) = self.give_sign().await {
            tracing::warn!(error = %error, import.id = %self.id, "an import could not tell how far it came");
        }
    }

    async fn give_sign(&self) -> Result<(), rows_as_service::DatabaseError> {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = ImportProgress {
            phase,
            bytes_read: self.progress.bytes.load(Ordering::Relaxed),
            rows_read: self.progress.rows.load(Ordering::Relaxed),
        };
        let sign = self.imports.report_progress(self.id, progress).await?;
        if sign == ImportSign::Running {
            return Ok(());
        }
        *self.sign.lock().unwrap_or_else(PoisonError::into_inner) = sign;
        self.stop.cancel();
        // Once the record has ended, the connection may be working for others already.
        match (sign, self.backend.load(Ordering::Relaxed)) {
            (ImportSign::Ended, _) | (_, 0) => Ok(()),
            (_, backend) => self.imports.cancel_statement(backend).await,
        }
    }
}
