//! Connections to Postgres.

use prometheus_client::metrics::{gauge::Gauge, histogram::Histogram};

use crate::registrar::{GaugeBy, Registrar};

/// Up to the 10 s after which the database counts as unavailable.
const SECONDS: [f64; 7] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 10.0];

/// Connections to Postgres.
#[derive(Debug)]
pub struct Connections {
    /// Open connections: `used`, `idle`.
    pub open: GaugeBy,
    /// Most connections.
    pub max: Gauge,
    /// How long a probe waited for one.
    pub wait: Histogram,
}

impl Connections {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            open: registrar.gauge_by(
                "database_connections",
                "Open connections to Postgres",
                &["state"],
            ),
            max: registrar.gauge(
                "database_connections_max",
                "Connections that this process may open",
            ),
            wait: registrar.seconds(
                "database_connection_wait_seconds",
                "How long a probe waited for a connection, every few seconds",
                &SECONDS,
            ),
        }
    }
}
