//! Requests to us.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
};

use crate::{
    interned::interned,
    registrar::{CounterBy, Kind, Registrar},
};

/// Up to the 13 s that a body may take; uploads and event streams have measures of their own.
const SECONDS: [f64; 8] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    method: &'static str,
    status: u16,
}

/// Requests to us.
#[derive(Debug)]
pub struct Http {
    requests: Family<Answered, Histogram, fn() -> Histogram>,
    /// Requests that were refused because there were too many, by the code of the answer.
    pub rate_limited: CounterBy,
}

impl Http {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let buckets: fn() -> Histogram = || Histogram::new(SECONDS);
        Self {
            requests: registrar.register(
                "http_request_seconds",
                "Requests, until their answer begins",
                Kind::Histogram,
                &["route", "method", "status"],
                Family::new_with_constructor(buckets),
            ),
            rate_limited: registrar.counter_by(
                "rate_limit_refusals_total",
                "Requests refused with 429, by the code of the answer",
                &["code"],
                &["too_many_attempts"],
            ),
        }
    }

    /// A request to `route`, as the router writes it, was answered.
    pub fn answered(&self, route: Option<&str>, method: &str, status: u16, took: Duration) {
        let method = match method {
            "GET" => "GET",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            "HEAD" => "HEAD",
            // A stranger's word would be a series of its own.
            _ => "other",
        };
        let labels = Answered {
            route: route.map_or("none", interned),
            method,
            status,
        };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }
}
