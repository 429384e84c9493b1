//! One upload from its first byte to its report.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use domain::{CustomerImportId, ProfileId};
use futures::{Stream, StreamExt as _, stream};
use rows_as_service::imports::{
    CustomerImport, ImportEnd, ImportError, ImportPhase, Imports, NewImport, RejectedPhone,
    StagedImport,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    courtesy::Courtesy,
    failure::ImportFailure,
    file::read_and_check,
    findings::Findings,
    outcome::{Outcome, VerificationCounts, Verified},
    parameters::ImportParameters,
    progress::Progress,
    report::{self, ImportReport},
    upload::{self, UploadLimits},
    uploads::Upload,
    verify::{PhoneVerifier, Verification},
    watch::Watch,
};

/// Pieces of the body that may wait for the reader.
const WAITING_PIECES: usize = 8;
/// Chunks of rows that may wait for COPY.
const WAITING_CHUNKS: usize = 4;

/// Who imports what, and within which limits.
#[derive(Clone)]
pub struct ImportOptions {
    /// Owner of the customers.
    pub owner: ProfileId,
    /// The file's length, where it is known.
    pub file_bytes: Option<u64>,
    /// Limits of the upload.
    pub limits: UploadLimits,
    /// Threads that check rows.
    pub checkers: usize,
    /// Where new phones are verified when the parameters ask for it.
    pub verifier: Option<PhoneVerifier>,
    /// Shows how far the reader is.
    pub progress: Arc<Progress>,
    /// The upload, which may have to give way to others.
    pub upload: Arc<Upload>,
    /// How far the import holds back while others use the database.
    pub courtesy: Arc<Courtesy>,
}

/// Imports a file that arrives as `body`, all of it or, on any error, nothing. Memory stays the
/// same however long the file is. The record in `customer_imports` says how far it is and what came of it.
///
/// # Errors
/// [`ImportFailure`]; a row that is not valid is no error, but a reject in the report.
pub async fn import<E: std::error::Error>(
    imports: Imports,
    options: ImportOptions,
    parameters: ImportParameters,
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<ImportReport, ImportFailure> {
    let started = Instant::now();
    if parameters.verify && options.verifier.is_none() {
        return Err(ImportFailure::LookupUnavailable);
    }
    let import = CustomerImport {
        id: parameters.id.unwrap_or_else(CustomerImportId::new_v7),
        owner: options.owner,
        on_conflict: parameters.on_conflict,
        dry_run: parameters.dry_run,
    };
    let begun = imports
        .begin(NewImport {
            id: import.id,
            owner: import.owner,
            dry_run: import.dry_run,
            file_name: parameters.file_name.clone(),
            file_bytes: options.file_bytes,
        })
        .await?;
    if !begun {
        return Err(ImportFailure::IdTaken);
    }
    let counted = instruments::customer_imports();
    let _running = instruments::under_way(&counted.running);
    let watch = Watch::new(imports.clone(), import.id, Arc::clone(&options.progress));
    let work = Work {
        imports: &imports,
        import,
        options,
        watch: &watch,
    };
    let done = tokio::select! {
        biased;
        done = work.run(parameters, body) => done,
        never = watch.give_signs() => match never {},
    };
    match done {
        Ok(outcome) => {
            let report = report::of(import, outcome, started.elapsed());
            let result = if report.dry_run { "dry_run" } else { "saved" };
            counted.ended.inc(result);
            counted.rows.inc_by(report.total_rows);
            counted.rejected_rows.inc_by(report.rejected);
            counted.seconds.observe(started.elapsed().as_secs_f64());
            tracing::info!(
                import.id = %report.id,
                import.dry_run = report.dry_run,
                import.total_rows = report.total_rows,
                import.inserted = report.inserted,
                import.updated = report.updated,
                import.unchanged = report.unchanged,
                import.duplicates = report.duplicates,
                import.rejected = report.rejected,
                import.consented = report.consented,
                import.declined = report.declined,
                import.suppressed = report.suppressed,
                import.elapsed_ms = report.elapsed_ms,
                "customers imported"
            );
            Ok(report)
        }
        Err(failure) => {
            // What was read counts for the day, also where nothing came of it. The record says, too, whether somebody has
            // asked for the end since the last sign.
            watch.give_last_sign().await;
            // Whatever stopped the import: if somebody asked for it, that is why.
            let failure = watch.stopped_for().unwrap_or(failure);
            let canceled = matches!(failure, ImportFailure::Canceled);
            counted
                .ended
                .inc(if canceled { "canceled" } else { "failed" });
            let end = ImportEnd {
                canceled,
                code: failure.code(),
                detail: &failure.to_string(),
            };
            if let Err(error) = imports.end(import.id, &end).await {
                tracing::warn!(error = %error, import.id = %import.id, "the record of an import could not be ended");
            }
            Err(failure)
        }
    }
}

struct Work<'a> {
    imports: &'a Imports,
    import: CustomerImport,
    options: ImportOptions,
    watch: &'a Watch,
}

impl Work<'_> {
    async fn run<E: std::error::Error>(
        &self,
        parameters: ImportParameters,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Outcome, ImportFailure> {
        let verify = parameters.verify;
        let whole_files_consent = parameters.stated_consent.clone();
        let (mut staged, findings) = self.stage(parameters, body).await?;
        self.watch.saves_by(staged.backend());
        let checked = &findings.checked;
        let questions = checked.unknown.questions(checked.total_rows);
        if !questions.0.is_empty() && !self.import.dry_run {
            return Err(ImportFailure::ValuesUnknown(questions));
        }
        let mut completion = report::completion(&findings, whole_files_consent);
        let verified = match &self.options.verifier {
            Some(verifier) if verify => {
                self.watch.enter(ImportPhase::Verifying);
                let rejected = self.verify(verifier, &mut staged).await?;
                let outcome = rejected.reject(&mut staged, &completion).await?;
                for (_, code, _) in &outcome.rejects {
                    *completion
                        .rejected_by_code
                        .entry((*code).to_owned())
                        .or_default() += 1;
                }
                Some(outcome)
            }
            _ => None,
        };
        self.watch.enter(ImportPhase::Saving);
        let overfull = staged.reject_overfull(&completion).await?;
        for (_, what) in &overfull {
            *completion
                .rejected_by_code
                .entry(what.code().to_owned())
                .or_default() += 1;
        }
        let preview = if self.import.dry_run {
            Some(staged.preview(&completion).await?)
        } else {
            None
        };
        let saved = staged
            .save(&completion, &|took| self.options.courtesy.after_work(took))
            .await;
        // Its connection is in the pool again, and works for others.
        self.watch.saves_by(0);
        let saved = saved?.ok_or(ImportFailure::Interrupted)?;
        if !self.import.dry_run {
            self.follow_up().await;
        }
        Ok(Outcome {
            findings,
            saved,
            preview,
            verified,
            overfull,
        })
    }

    /// What is done in transactions of its own, right after the import's. It can't fail the import any more.
    async fn follow_up(&self) {
        let id = self.import.id;
        // What is left waiting is recorded by the work after imports.
        let consents = self
            .options
            .courtesy
            .work_off(|| self.imports.record_some_consents(Some(id)));
        if let Err(error) = consents.await {
            tracing::warn!(error = %error, import.id = %id, "the consents of an import are recorded later");
        }
        // The customers are not texted in any case: sending asks for the number.
        if let Err(error) = self.imports.apply_new_suppressions(id).await {
            tracing::warn!(error = %error, import.id = %id, "new suppressions did not reach the customers of an import");
        }
    }

    /// Reads, checks and stages, each at its own pace and none ahead of the others.
    #[tracing::instrument(name = "import.stage", level = "debug", skip_all)]
    async fn stage<E: std::error::Error>(
        &self,
        parameters: ImportParameters,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(StagedImport, Findings), ImportFailure> {
        let (pieces, waiting_pieces) = mpsc::channel(WAITING_PIECES);
        let (chunks, waiting_chunks) = mpsc::channel(WAITING_CHUNKS);
        let checkers = self.options.checkers.max(1);
        let limits = self.options.limits;
        let progress = Arc::clone(&self.options.progress);
        let courtesy = Arc::clone(&self.options.courtesy);
        let threads = tokio::task::spawn_blocking(move || {
            read_and_check(
                waiting_pieces,
                &parameters,
                checkers,
                limits.rows_left,
                chunks,
                &progress,
                &courtesy,
            )
        });
        let findings = Mutex::new(Findings::default());
        // The channel ends also when a thread dies: only its own word makes the end an end.
        let end =
            stream::once(end_of(threads, &findings)).filter_map(|end| async { end.err().map(Err) });
        let rows = ReceiverStream::new(waiting_chunks).chain(end);
        let (staged, ()) = tokio::join!(
            self.imports.stage(self.import, Box::pin(rows)),
            upload::feed(body, limits, &self.options.upload, self.watch, pieces)
        );
        let staged = staged.map_err(|error| match error {
            ImportError::Rows(failure) => failure,
            ImportError::Postgres(error) => ImportFailure::Postgres(error),
        })?;
        let findings = findings
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok((staged, findings))
    }

    #[tracing::instrument(name = "import.verify", level = "debug", skip_all)]
    async fn verify(
        &self,
        verifier: &PhoneVerifier,
        staged: &mut StagedImport,
    ) -> Result<Rejections, ImportFailure> {
        let phones = staged.new_phones().await?;
        let answers = tokio::select! {
            answers = verifier.verify(self.import.owner, &phones) => answers?,
            () = self.watch.stopped() => return Err(ImportFailure::Canceled),
        };
        let count = |wanted: Verification| {
            answers.values().filter(|answer| **answer == wanted).count() as u64
        };
        let rejected = answers.iter().filter_map(|(phone, answer)| {
            let (code, detail) = match answer {
                Verification::Invalid => ("phone_invalid", "Twilio knows no such phone number"),
                Verification::Landline => (
                    "phone_landline",
                    "this is a landline, which can't be texted",
                ),
                _ => return None,
            };
            Some(RejectedPhone {
                phone: *phone,
                code,
                detail,
            })
        });
        let rejected: Vec<_> = rejected.collect();
        Ok(Rejections {
            counts: VerificationCounts {
                textable: count(Verification::Textable),
                rejected: rejected.len() as u64,
                limit_reached: count(Verification::LimitReached),
                unanswered: count(Verification::Unanswered),
            },
            rejected,
        })
    }
}

struct Rejections {
    rejected: Vec<RejectedPhone>,
    counts: VerificationCounts,
}

impl Rejections {
    async fn reject(
        self,
        staged: &mut StagedImport,
        completion: &rows_as_service::imports::Completion,
    ) -> Result<Verified, ImportFailure> {
        let rows = if self.rejected.is_empty() {
            Vec::new()
        } else {
            staged.reject_phones(&self.rejected, completion).await?
        };
        let why = |index: usize| (self.rejected[index].code, self.rejected[index].detail);
        Ok(Verified {
            rejects: rows
                .into_iter()
                .map(|(row, index)| (row, why(index).0, why(index).1))
                .collect(),
            counts: self.counts,
        })
    }
}

async fn end_of(
    threads: JoinHandle<Result<Findings, ImportFailure>>,
    findings: &Mutex<Findings>,
) -> Result<(), ImportFailure> {
    let found = threads.await.map_err(|_| ImportFailure::Interrupted)??;
    *findings.lock().unwrap_or_else(PoisonError::into_inner) = found;
    Ok(())
}
