//! Logs: one line per event, as text or JSON, always on stderr. And spans, where traces are made.

use std::io::IsTerminal as _;

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::dynamic_filter_fn, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::traces::Traces;

/// The format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Text for a terminal.
    #[default]
    Text,
}

/// Starts logging; `filter` is in `tracing`'s syntax, such as `info,send_worker=debug`.
///
/// # Errors
/// When the filter can't be read.
pub fn start(format: LogFormat, filter: &str, traces: Option<&Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)?;
    // Colours are for terminals: files and collectors would keep them as odd letters.
    let colours = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let Some(traces) = traces else {
        tracing_subscriber::registry()
            .with(lines)
            .with(filter)
            .init();
        return Ok(());
    };
    // Asked about each span anew: where a filter's answer is kept, the other layer's may be that to what was asked before, as
    // by sqlx for each statement, and a request would have no place in its own line.
    let ours = dynamic_filter_fn(|metadata, _| is_traced(metadata));
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer())
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(ours.with_max_level_hint(Level::DEBUG));
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .init();
    Ok(())
}

/// Spans of ours; those of libraries may hold addresses and statements.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    const OURS: [&str; 9] = [
        "web",
        "auth_admin",
        "rows_as_user",
        "twilio",
        "resend",
        "send_worker",
        "twilio_callbacks",
        "customer_import",
        "mail_worker",
    ];
    let module = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && *metadata.level() <= Level::DEBUG && OURS.contains(&module)
}
