//! What is counted and measured, for Prometheus.
//!
//! Each instrument stands in the module of its slice and in `services/metrics.md`; a test compares the two. They
//! exist once in a process and are made at their first use, so counting is an atomic addition, and costs the same
//! whether somebody reads them or not. Labels are few and never hold ids or what came from outside.

mod accounts;
mod callbacks;
mod database;
mod http;
mod imports;
mod interned;
mod mails;
mod queues;
mod registrar;
mod sending;
mod twilio;

use std::sync::LazyLock;

use prometheus_client::registry::Registry;
use registrar::Registrar;

pub use accounts::Accounts;
pub use callbacks::Callbacks;
pub use database::Connections;
pub use http::Http;
pub use imports::CustomerImports;
pub use mails::Mails;
pub use queues::Queues;
pub use registrar::{CounterBy, GaugeBy, Kind, Listed, Under, under_way};
pub use sending::Sending;
pub use twilio::TwilioRequests;

/// The type of the text, for its `Content-Type`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

struct All {
    registry: Registry,
    listed: Vec<Listed>,
    http: Http,
    customer_imports: CustomerImports,
    sending: Sending,
    twilio: TwilioRequests,
    callbacks: Callbacks,
    mails: Mails,
    accounts: Accounts,
    connections: Connections,
    queues: Queues,
}

static ALL: LazyLock<All> = LazyLock::new(|| {
    let mut registrar = Registrar::new();
    let http = Http::new(&mut registrar);
    let customer_imports = CustomerImports::new(&mut registrar);
    let sending = Sending::new(&mut registrar);
    let twilio = TwilioRequests::new(&mut registrar);
    let callbacks = Callbacks::new(&mut registrar);
    let mails = Mails::new(&mut registrar);
    let accounts = Accounts::new(&mut registrar);
    let connections = Connections::new(&mut registrar);
    let queues = Queues::new(&mut registrar);
    let (registry, listed) = registrar.finish();
    All {
        registry,
        listed,
        http,
        customer_imports,
        sending,
        twilio,
        callbacks,
        mails,
        accounts,
        connections,
        queues,
    }
});

/// Requests to us.
#[must_use]
pub fn http() -> &'static Http {
    &ALL.http
}

/// Uploads of customers.
#[must_use]
pub fn customer_imports() -> &'static CustomerImports {
    &ALL.customer_imports
}

/// Messages on their way to Twilio.
#[must_use]
pub fn sending() -> &'static Sending {
    &ALL.sending
}

/// Requests to Twilio.
#[must_use]
pub fn twilio() -> &'static TwilioRequests {
    &ALL.twilio
}

/// What Twilio reports.
#[must_use]
pub fn callbacks() -> &'static Callbacks {
    &ALL.callbacks
}

/// E-mails.
#[must_use]
pub fn mails() -> &'static Mails {
    &ALL.mails
}

/// Password resets.
#[must_use]
pub fn accounts() -> &'static Accounts {
    &ALL.accounts
}

/// Connections to Postgres.
#[must_use]
pub fn connections() -> &'static Connections {
    &ALL.connections
}

/// What waits in the database.
#[must_use]
pub fn queues() -> &'static Queues {
    &ALL.queues
}

/// Every instrument, with its name as Prometheus shows it.
#[must_use]
pub fn list() -> &'static [Listed] {
    &ALL.listed
}

/// All values, as Prometheus reads them.
#[must_use]
pub fn text() -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = prometheus_client::encoding::text::encode(&mut text, &ALL.registry);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The rows of the table: name, and kind with labels.
    fn documented() -> BTreeMap<String, (String, String)> {
        include_str!("../../../metrics.md")
            .lines()
            .filter_map(|line| {
                let cells: Vec<_> = line.strip_prefix("| `")?.split(" | ").collect();
                let name = cells.first()?.trim_end_matches('`');
                let labels = cells.get(2)?.replace('`', "");
                Some((name.to_owned(), ((*cells.get(1)?).to_owned(), labels)))
            })
            .collect()
    }

    #[test]
    fn every_instrument_stands_in_the_table_and_nothing_else() {
        let listed: BTreeMap<_, _> = list()
            .iter()
            .map(|one| {
                let kind = one.kind.as_str().to_owned();
                (one.name.clone(), (kind, one.labels.join(", ")))
            })
            .collect();
        assert_eq!(listed, documented());
    }

    #[test]
    fn names_say_their_unit() {
        for one in list() {
            let units: &[&str] = match one.kind {
                Kind::Counter => &["_total"],
                Kind::Histogram => &["_seconds"],
                Kind::Gauge => &["_seconds", "_waiting", "_running", "_connections", "_max"],
            };
            let says = units.iter().any(|unit| one.name.ends_with(unit));
            assert!(one.name.starts_with("dnwerks_") && says, "{}", one.name);
        }
    }

    #[test]
    fn what_is_counted_can_be_read() {
        http().answered(
            Some("/api/campaigns"),
            "GET",
            200,
            std::time::Duration::ZERO,
        );
        http().answered(None, "BREW", 404, std::time::Duration::ZERO);
        http().rate_limited.inc_named("too_many_attempts");
        let text = text();
        for line in [
            r#"dnwerks_http_request_seconds_count{route="/api/campaigns",method="GET",status="200"} 1"#,
            r#"dnwerks_http_request_seconds_count{route="none",method="other",status="404"} 1"#,
            r#"dnwerks_rate_limit_refusals_total{code="too_many_attempts"} 1"#,
            "# EOF",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
