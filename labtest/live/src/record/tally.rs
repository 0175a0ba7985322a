//! What clients did, in numbers; in the same memory for any number of operations.

use crate::clients::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What clients did and were told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// How many clients asked for something.
    pub clients: u64,
    /// How many operations they began.
    pub operations: u64,
    /// How many have taken effect, and were answered so.
    pub ok: u64,
    /// How many certainly have no effect.
    pub failed: u64,
    /// Of how many nobody knows; those that never ended too.
    pub unknown: u64,
    /// Operations that were answered `ok`, a second of the run.
    pub ok_per_s: f64,
    /// How long half of those took at most, in microseconds.
    pub p50_us: u64,
    /// How long 99 of 100 of those took at most, in microseconds.
    pub p99_us: u64,
}

/// Counts operations as they begin and end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    clients: BTreeSet<u64>,
    begun: u64,
    ok: u64,
    failed: u64,
    latencies: Latencies,
}

impl Tally {
    pub(super) fn begin(&mut self, client: u64) {
        self.clients.insert(client);
        self.begun += 1;
    }

    pub(super) fn end(&mut self, outcome: &Outcome, took_ns: u64) {
        match outcome {
            Outcome::Ok(_) => {
                self.ok += 1;
                self.latencies.add(took_ns / 1_000);
            }
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Unknown(_) => {}
        }
    }

    /// All of it, after a run of that length.
    pub(super) fn load(&self, length_ns: u64) -> Load {
        let seconds = length_ns as f64 / 1e9;
        let ok_per_s = if seconds > 0.0 { self.ok as f64 / seconds } else { 0.0 };
        Load {
            clients: self.clients.len() as u64,
            operations: self.begun,
            ok: self.ok,
            failed: self.failed,
            unknown: self.begun.saturating_sub(self.ok + self.failed),
            ok_per_s: (ok_per_s * 10.0).round() / 10.0,
            p50_us: self.latencies.percentile(50),
            p99_us: self.latencies.percentile(99),
        }
    }
}

/// How many parts each doubling of a time has: a percentile is accurate to 1/16.
const PARTS: u64 = 16;

/// How often what was how long, in buckets.
#[derive(Debug, Default)]
struct Latencies {
    counts: Vec<u64>,
}

impl Latencies {
    fn add(&mut self, latency: u64) {
        let bucket = bucket(latency);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
    }

    /// The time that `percent` of a hundred do not exceed; 0 if there are none.
    fn percentile(&self, percent: u64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let wanted = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return longest_of(bucket);
            }
        }
        0
    }
}

/// Numbers below 16 have buckets of their own, and then each doubling has 16.
fn bucket(latency: u64) -> usize {
    let doublings = u64::from(latency.max(PARTS).ilog2() - PARTS.ilog2());
    (doublings * PARTS + (latency >> doublings)) as usize
}

fn longest_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * PARTS {
        return bucket;
    }
    let doublings = bucket / PARTS - 1;
    let part = bucket % PARTS + PARTS;
    ((part + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Answer;

    #[test]
    fn a_bucket_has_what_is_alike() {
        for latency in (0..5_000).chain([1_000_000, u64::from(u32::MAX)]) {
            let longest = longest_of(bucket(latency));
            assert!(
                longest >= latency && longest <= latency + latency / PARTS,
                "{latency} {longest}"
            );
            assert_eq!(bucket(longest), bucket(latency));
            assert_eq!(bucket(longest + 1), bucket(latency) + 1);
        }
    }

    #[test]
    fn operations_are_counted_by_how_they_ended() {
        let mut tally = Tally::default();
        for number in 0..100 {
            tally.begin(number % 7);
            tally.end(&Outcome::Ok(Answer::Done), number * 1_000);
        }
        for outcome in [Outcome::Failed(String::new()), Outcome::Unknown(String::new())] {
            tally.begin(0);
            tally.end(&outcome, 1);
        }
        tally.begin(0);
        let load = tally.load(10_000_000_000);
        assert_eq!((load.clients, load.operations), (7, 103));
        assert_eq!((load.ok, load.failed, load.unknown), (100, 1, 2));
        assert_eq!((load.ok_per_s, load.p50_us, load.p99_us), (10.0, 49, 99));
        assert_eq!(Tally::default().load(0), Load::default());
    }
}
