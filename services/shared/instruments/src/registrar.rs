//! Makes instruments, and notes which there are.

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

use crate::interned::interned;

/// One label with its value.
type Label = [(&'static str, &'static str); 1];

/// What kind of instrument something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often, and how long.
    Histogram,
}

impl Kind {
    /// Prometheus's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// An instrument that there is.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As Prometheus shows it.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
}

/// A counter for each value of one label.
#[derive(Debug)]
pub struct CounterBy {
    label: &'static str,
    family: Family<Label, Counter>,
}

impl CounterBy {
    /// One more.
    pub fn inc(&self, value: &'static str) {
        self.family.get_or_create(&[(self.label, value)]).inc();
    }

    /// One more of a code that is ours, and not known when this was compiled.
    pub fn inc_named(&self, value: &str) {
        self.inc(interned(value));
    }
}

/// A number for each value of one label.
#[derive(Debug)]
pub struct GaugeBy {
    label: &'static str,
    family: Family<Label, Gauge>,
}

impl GaugeBy {
    /// It is so much now.
    pub fn set(&self, value: &str, number: i64) {
        self.family
            .get_or_create(&[(self.label, interned(value))])
            .set(number);
    }

    /// Nothing is known any more.
    pub fn clear(&self) {
        self.family.clear();
    }
}

/// Something under way, until it is dropped.
#[derive(Debug)]
pub struct Under(&'static Gauge);

/// Counts something in `gauge` for as long as it is under way.
#[must_use]
pub fn under_way(gauge: &'static Gauge) -> Under {
    gauge.inc();
    Under(gauge)
}

impl Drop for Under {
    fn drop(&mut self) {
        self.0.dec();
    }
}

pub(crate) struct Registrar {
    registry: Registry,
    listed: Vec<Listed>,
}

impl Registrar {
    pub(crate) fn new() -> Self {
        Self {
            registry: Registry::with_prefix("dnwerks"),
            listed: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> (Registry, Vec<Listed>) {
        (self.registry, self.listed)
    }

    /// Notes an instrument. A counter's name ends with `_total`, which the library appends itself.
    pub(crate) fn register<M: Metric + Clone>(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: Kind,
        labels: &'static [&'static str],
        metric: M,
    ) -> M {
        self.registry
            .register(name.trim_end_matches("_total"), help, metric.clone());
        self.listed.push(Listed {
            name: format!("dnwerks_{name}"),
            kind,
            labels,
        });
        metric
    }

    pub(crate) fn counter(&mut self, name: &'static str, help: &'static str) -> Counter {
        self.register(name, help, Kind::Counter, &[], Counter::default())
    }

    /// `known` are values that are shown before they occur, so that an alarm sees their first step.
    pub(crate) fn counter_by(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str; 1],
        known: &[&'static str],
    ) -> CounterBy {
        let family = Family::<Label, Counter>::default();
        let family = self.register(name, help, Kind::Counter, labels, family);
        let [label] = *labels;
        for value in known {
            drop(family.get_or_create(&[(label, value)]));
        }
        CounterBy { label, family }
    }

    pub(crate) fn gauge(&mut self, name: &'static str, help: &'static str) -> Gauge {
        self.register(name, help, Kind::Gauge, &[], Gauge::default())
    }

    pub(crate) fn gauge_by(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str; 1],
    ) -> GaugeBy {
        let family = Family::<Label, Gauge>::default();
        let family = self.register(name, help, Kind::Gauge, labels, family);
        let [label] = *labels;
        GaugeBy { label, family }
    }

    pub(crate) fn seconds(
        &mut self,
        name: &'static str,
        help: &'static str,
        buckets: &[f64],
    ) -> Histogram {
        let histogram = Histogram::new(buckets.iter().copied());
        self.register(name, help, Kind::Histogram, &[], histogram)
    }
}
