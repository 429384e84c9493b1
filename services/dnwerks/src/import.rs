//! `dnwerks import FILE --user …`: the same import as through the API, from a terminal.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use customer_import::{
    Courtesy, ImportFailure, ImportOptions, ImportParameters, ImportReport, PhoneVerifier,
    Progress, Upload, UploadLimits,
};
use domain::{CustomerImportId, ImportReject, ProfileId, spreadsheet};
use rows_as_service::{
    DatabaseError, Profiles,
    imports::{Imports, ImportsSent},
    phone_lookups,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
};
use tokio_util::io::ReaderStream;
use url::form_urlencoded;

use crate::{
    operator,
    terminal::{self, Bar, Interrupted},
};

/// Rejects per read.
const REJECTS_AT_ONCE: i64 = 5_000;
/// Bytes per read of the file.
const PIECE: usize = 256 * 1024;

/// How often the record of an import is asked to stop, until it has.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(500);

/// What `dnwerks import --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks import customers.csv --user ann@example.com --dry-run
  dnwerks import customers.csv --user ann@example.com --map phone=Mobile --map attributes.plan=Plan
  dnwerks import customers.csv --user ann@example.com --rejects rejects.csv

Ctrl-C cancels: of a file either all is imported or nothing. A second Ctrl-C doesn't wait for the database's word.";

/// What to import, for whom, and how.
#[derive(Debug, Args)]
#[group(skip)]
pub struct ImportFile {
    /// The CSV file.
    file: PathBuf,

    /// The account that gets the customers: an e-mail address, or the id of a profile.
    #[arg(long)]
    user: String,

    /// Only shows what would be imported.
    #[arg(long)]
    dry_run: bool,

    /// Maps a column by header or number, such as phone=Mobile or attributes.plan=5; repeatable.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    map: Vec<String>,

    /// What to do with existing customers.
    #[arg(long, default_value = "update", value_parser = ["update", "skip"])]
    on_conflict: String,

    /// What to do with unmapped columns.
    #[arg(long, default_value = "ignore", value_parser = ["ignore", "attributes"])]
    unmapped: String,

    /// Whether the first row is a header; detected if absent.
    #[arg(long, value_parser = ["true", "false"])]
    header: Option<String>,

    /// The file's encoding; detected if absent.
    #[arg(long, value_parser = ["utf-8", "utf-16le", "utf-16be", "windows-1252"])]
    encoding: Option<String>,

    /// The delimiter; detected if absent.
    #[arg(long, value_parser = ["comma", "semicolon", "tab", "pipe"])]
    delimiter: Option<String>,

    /// States that everybody in the file agreed to be texted, except where a row says no; needs --consent-source.
    #[arg(long, value_parser = ["given"], requires = "consent_source")]
    consent: Option<String>,

    /// Where or how they agreed, as evidence.
    #[arg(long, value_name = "TEXT", requires = "consent")]
    consent_source: Option<String>,

    /// When they agreed, such as 2025-01-31.
    #[arg(long, value_name = "TIME", requires = "consent")]
    consent_at: Option<String>,

    /// What a word of a column about consent means: maybe=no (yes, no, ignore); * is any other; repeatable.
    #[arg(long, value_name = "WORD=MEANING")]
    consent_values: Vec<String>,

    /// What a status means: Lead=active (active, inactive, unsubscribed, ignore, reject); * is any other; repeatable.
    #[arg(long, value_name = "WORD=MEANING")]
    status_values: Vec<String>,

    /// Looks up new phone numbers at Twilio.
    #[arg(long)]
    verify: bool,

    /// Writes the rejected rows to this file, to fix and import again.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    #[command(flatten)]
    limits: customer_import::Settings,
    #[command(flatten)]
    lookups: twilio::LookupSettings,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Imports the file with a progress bar; Ctrl-C cancels and changes nothing.
pub async fn import(settings: ImportFile) -> Result<()> {
    let file = tokio::fs::File::open(&settings.file)
        .await
        .with_context(|| format!("{} can't be read", settings.file.display()))?;
    let bytes = file.metadata().await?.len();
    let id = CustomerImportId::new_v7();
    let parameters = ImportParameters::from_query(&settings.query(id)?)
        .map_err(|_| anyhow::anyhow!("--map needs a known field: phone, first_name, last_name, email, state, status, tags, consent, opt_out, consent_at, consent_source or attributes.NAME; --consent-at a time in the past; --consent-values and --status-values one of the meanings that --help names"))?;
    let database = operator::connect(&settings.database, "dnwerks import").await?;
    let owner = owner(&Profiles::new(database.clone()), &settings.user).await?;
    let imports = Imports::new(database.clone());
    let progress = Arc::new(Progress::default());
    let courtesy = Arc::new(Courtesy::default());
    let options = ImportOptions {
        owner,
        file_bytes: Some(bytes),
        // An operator's file, which counts for the account but is not limited by what it has sent.
        limits: UploadLimits {
            bytes_left: u64::MAX,
            rows_left: u64::MAX,
            ..settings.limits.limits(ImportsSent::default())
        },
        checkers: std::thread::available_parallelism().map_or(1, usize::from),
        verifier: twilio::Lookups::new(&settings.lookups)?.map(|lookups| PhoneVerifier {
            lookups,
            cache: phone_lookups::Lookups::new(database),
        }),
        upload: Arc::new(Upload::new(Arc::clone(&progress))),
        progress: Arc::clone(&progress),
        courtesy: Arc::clone(&courtesy),
    };
    let body = ReaderStream::with_capacity(file, PIECE);
    let work = Box::pin(customer_import::import(
        imports.clone(),
        options,
        parameters,
        body,
    ));
    let bar = Bar::new(bytes);
    // From here on Ctrl-C ends nothing by itself.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let report = tokio::select! {
        report = watched(work, &imports, id, &bar, &progress, &mut interrupts) => report,
        never = courtesy.watch(&imports) => match never {},
    };
    bar.inner().finish_and_clear();
    let report = report?;
    print(&report);
    if let Some(path) = &settings.rejects {
        let kept = tokio::select! {
            kept = write_rejects(&imports, id, path) => kept?,
            _ = interrupts.recv() => {
                let path = path.display();
                return Err(Interrupted(format!("interrupted: the customers are imported, but {path} is not complete")).into());
            }
        };
        println!("{kept} rejected rows are in {}.", path.display());
    } else if report.rejected > 0 {
        println!("Use --rejects FILE to write the rejected rows to a file.");
    }
    Ok(())
}

impl ImportFile {
    /// The same parameters as in a request.
    fn query(&self, id: CustomerImportId) -> Result<String> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("id", &id.to_string());
        query.append_pair("on_conflict", &self.on_conflict);
        query.append_pair("unmapped", &self.unmapped);
        if let Some(name) = self.file.file_name() {
            query.append_pair("file_name", &name.to_string_lossy());
        }
        if self.dry_run {
            query.append_pair("dry_run", "true");
        }
        if self.verify {
            query.append_pair("verify", "twilio");
        }
        for (name, value) in [
            ("header", &self.header),
            ("encoding", &self.encoding),
            ("delimiter", &self.delimiter),
            ("consent", &self.consent),
            ("consent_source", &self.consent_source),
            ("consent_at", &self.consent_at),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        for map in &self.map {
            let Some((field, column)) = map.split_once('=') else {
                bail!("--map {map}: expected FIELD=COLUMN, such as phone=Mobile");
            };
            query.append_pair(&format!("mapping[{field}]"), column);
        }
        for (name, told) in [
            ("consent_values", &self.consent_values),
            ("status_values", &self.status_values),
        ] {
            for word in told {
                // A word may hold an equals sign, a meaning has none.
                let Some((word, meaning)) = word.rsplit_once('=') else {
                    bail!("{word}: expected WORD=MEANING, such as maybe=no");
                };
                query.append_pair(&format!("{name}[{word}]"), meaning);
            }
        }
        Ok(query.finish())
    }
}

async fn owner(profiles: &Profiles, user: &str) -> Result<ProfileId> {
    profiles
        .find_approved(user)
        .await?
        .with_context(|| format!("--user {user}: no approved account has this address or id"))
}

/// Waits for the import and shows its progress. The first Ctrl-C cancels it; the second ends this program, and
/// the database then drops what it has of the file.
async fn watched(
    mut work: impl Future<Output = Result<ImportReport, ImportFailure>> + Unpin,
    imports: &Imports,
    id: CustomerImportId,
    bar: &Bar,
    progress: &Progress,
    interrupts: &mut Signal,
) -> Result<ImportReport> {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let mut canceling = JoinSet::new();
    loop {
        tokio::select! {
            report = &mut work => return match report {
                Err(ImportFailure::Canceled) if !canceling.is_empty() => {
                    Err(Interrupted("canceled: nothing of the file was imported".to_owned()).into())
                }
                report => Ok(report?),
            },
            _ = interrupts.recv() => {
                if !canceling.is_empty() {
                    bar.inner().finish_and_clear();
                    terminal::note("Ended at once: nothing of the file will be imported.");
                    std::process::exit(130);
                }
                bar.say("Canceling: nothing of the file will be imported. Ctrl-C again doesn't wait.");
                canceling.spawn(request_cancel(imports.clone(), id));
            }
            Some(failed) = canceling.join_next() => failed??,
            _ = ticks.tick() => bar.show(
                progress.bytes.load(Ordering::Relaxed),
                said(bar, progress, !canceling.is_empty()),
            ),
        }
    }
}

/// Asks until the import has ended: its record may not be there yet.
async fn request_cancel(imports: Imports, id: CustomerImportId) -> Result<(), DatabaseError> {
    loop {
        imports.request_cancel(id).await?;
        tokio::time::sleep(BETWEEN_REQUESTS).await;
    }
}

fn said(bar: &Bar, progress: &Progress, is_canceled: bool) -> String {
    if is_canceled {
        return "canceling".to_owned();
    }
    let bar = bar.inner();
    let rows = progress.rows.load(Ordering::Relaxed);
    if Some(progress.bytes.load(Ordering::Relaxed)) == bar.length() {
        return format!("saving {rows} rows");
    }
    let seconds = bar.elapsed().as_secs().max(1);
    format!(
        "{rows} rows, {} a second, {} s left",
        rows / seconds,
        bar.eta().as_secs()
    )
}

fn print(report: &ImportReport) {
    let would = if report.dry_run { "would be " } else { "" };
    println!(
        "{} rows: {} {would}inserted, {} {would}updated, {} unchanged, {} duplicates, {} rejected, in {:.1} s.",
        report.total_rows,
        report.inserted,
        report.updated,
        report.unchanged,
        report.duplicates,
        report.rejected,
        Duration::from_millis(report.elapsed_ms).as_secs_f64(),
    );
    if report.consented + report.declined + report.suppressed > 0 {
        println!(
            "{} numbers may be texted by their holders' word, {} must not be by the file's, {} must not be already.",
            report.consented, report.declined, report.suppressed,
        );
    }
    for question in &report.questions {
        println!("{question}");
    }
    for (field, header) in &report.columns {
        println!("  {field} from \"{header}\"");
    }
    if !report.ignored_columns.is_empty() {
        println!("  nothing from {}", report.ignored_columns.join(", "));
    }
    for (code, count) in &report.rejected_by_code {
        println!("  rejected: {count} {code}");
    }
    if let Some(same) = &report.same_file_as {
        println!(
            "The same file was imported on {}.",
            same.created_at.format("%F %R UTC")
        );
    }
}

async fn write_rejects(imports: &Imports, id: CustomerImportId, path: &Path) -> Result<u64> {
    let mut file =
        File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
    // By its byte order mark Excel knows that the file is UTF-8.
    file.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
    let header = imports.header(id).await?;
    let columns = header.len();
    let first = header
        .into_iter()
        .chain(ImportReject::HEADERS.map(str::to_owned));
    // A cell may have been sent with its apostrophe: it gets none twice.
    let safe = |cell: String| spreadsheet::escape(&spreadsheet::unescape(&cell)).into_owned();
    writer.write_record(first.map(safe))?;
    let (mut after, mut written) = (0, 0);
    loop {
        let rejects = imports.rejects(id, after, REJECTS_AT_ONCE).await?;
        let Some(last) = rejects.last() else { break };
        after = last.row;
        for reject in rejects {
            writer.write_record(reject.into_cells(columns).into_iter().map(safe))?;
            written += 1;
        }
    }
    writer.flush()?;
    Ok(written)
}
