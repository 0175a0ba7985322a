//! What a server counts and times, for operators: Prometheus' text, and what `INFO` answers.
//!
//! A [`Metrics`] is recorded into wherever something happens. What is read only on demand is in [`Gauges`].
//! None of it holds a secret, a key or a value.

pub mod endpoint;
mod errors;
mod gauges;
mod info;
mod labelled;
mod memory;
mod text;
mod timed_persister;

pub use gauges::{Gauges, PeerLag};
pub use info::REDIS_VERSION;
pub use memory::resident_bytes;
pub use timed_persister::TimedPersister;

use errors::ErrorCounts;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::Arc;
use std::time::Duration;

/// Upper bounds of the buckets of all times, in seconds.
const BUCKETS: [f64; 17] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0,
];

/// Which way a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Through the log.
    Write,
    /// To the store of a leader that has made sure it leads.
    Read,
    /// Nowhere: any server answers it by itself.
    Local,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Write, Kind::Read, Kind::Local];

    fn name(self) -> &'static str {
        match self {
            Kind::Write => "write",
            Kind::Read => "read",
            Kind::Local => "local",
        }
    }
}

/// The counters and histograms of a server. Clones count together.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Recorded>);

struct Recorded {
    /// By [`Kind`].
    commands: [Counter; Kind::ALL.len()],
    errors: ErrorCounts,
    connections: Gauge,
    accepted: Counter,
    refused: Counter,
    received_bytes: Counter,
    sent_bytes: Counter,
    writes: Histogram,
    reads: Histogram,
    syncs: Histogram,
}

impl Default for Recorded {
    fn default() -> Recorded {
        Recorded {
            commands: Default::default(),
            errors: ErrorCounts::default(),
            connections: Gauge::default(),
            accepted: Counter::default(),
            refused: Counter::default(),
            received_bytes: Counter::default(),
            sent_bytes: Counter::default(),
            writes: Histogram::new(BUCKETS),
            reads: Histogram::new(BUCKETS),
            syncs: Histogram::new(BUCKETS),
        }
    }
}

/// A client's connection, which is counted until this is dropped.
#[must_use = "the connection is counted for as long as this lives"]
pub struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Metrics {
        Metrics::default()
    }

    /// A command was taken up.
    pub fn command(&self, kind: Kind) {
        self.0.commands[kind as usize].inc();
    }

    /// A client was answered with that error: a code in capitals, a blank and a sentence.
    pub fn error(&self, error: &str) {
        self.0.errors.count(error);
    }

    /// A client has connected, and stays until the value is dropped.
    pub fn connected(&self) -> Connected {
        self.0.accepted.inc();
        self.0.connections.inc();
        Connected(self.0.connections.clone())
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.0.connections.get().try_into().unwrap_or(0)
    }

    /// A connection was refused, because there were too many.
    pub fn refused(&self) {
        self.0.refused.inc();
    }

    /// Clients sent that many bytes.
    pub fn received(&self, bytes: usize) {
        self.0.received_bytes.inc_by(bytes as u64);
    }

    /// Clients were sent that many bytes.
    pub fn sent(&self, bytes: usize) {
        self.0.sent_bytes.inc_by(bytes as u64);
    }

    /// A write was answered that long after it came.
    pub fn write_took(&self, time: Duration) {
        self.0.writes.observe(time.as_secs_f64());
    }

    /// A read was answered that long after it came.
    pub fn read_took(&self, time: Duration) {
        self.0.reads.observe(time.as_secs_f64());
    }

    /// What was handed to the disk was durable that long after it was asked to be.
    pub fn sync_took(&self, time: Duration) {
        self.0.syncs.observe(time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
