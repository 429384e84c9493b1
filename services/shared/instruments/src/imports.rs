//! Uploads of customers.

use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

use crate::registrar::{CounterBy, Registrar};

const SECONDS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1200.0, 3600.0];

/// Uploads of customers.
#[derive(Debug)]
pub struct CustomerImports {
    /// Uploads that were answered with a problem, by its code.
    pub rejected_uploads: CounterBy,
    /// Imports that have ended: `saved`, `dry_run`, `failed`, `canceled`.
    pub ended: CounterBy,
    /// Rows of the files that were read to their end.
    pub rows: Counter,
    /// Rows that were not imported.
    pub rejected_rows: Counter,
    /// From the first byte to the commit.
    pub seconds: Histogram,
    /// Imports under way.
    pub running: Gauge,
}

impl CustomerImports {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            rejected_uploads: registrar.counter_by(
                "rejected_uploads_total",
                "Uploads of customers that were answered with a problem, by its code",
                &["code"],
                &["imports_busy", "database_unavailable", "interrupted"],
            ),
            ended: registrar.counter_by(
                "imports_total",
                "Imports that have ended",
                &["result"],
                &["saved", "dry_run", "failed", "canceled"],
            ),
            rows: registrar.counter("import_rows_total", "Rows of files that were read whole"),
            rejected_rows: registrar
                .counter("import_rejected_rows_total", "Rows that were not imported"),
            seconds: registrar.seconds(
                "import_seconds",
                "Imports, from the first byte to the commit",
                &SECONDS,
            ),
            running: registrar.gauge("imports_running", "Imports under way"),
        }
    }
}
