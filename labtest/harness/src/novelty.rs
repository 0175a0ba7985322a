//! What a run came to that others did not: a sketch of it, in the terms of Raft's own model.
//!
//! A *feature* is a small abstract fact of a run: a server went from that role, with its log so far behind what
//! is committed, to another; all servers together, whoever is who, are in such roles and terms; a message came
//! that is older than its receiver's term; an entry was committed with no more copies on disks than it needs.
//! Numbers count as none, one, few, many. Facts are hashed to [`FEATURES`] numbers, and a run is sketched by
//! those that it showed and when each came first.
//!
//! The sketch is made from what the checks know, from messages and disks where servers show nothing else. It
//! only looks: a run has the same hash with it and without.

mod drawing;
mod message;
mod server;

pub(crate) use drawing::Drawing;

use parking_lot::Mutex;
use runtime::Instant;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// How many features there can be. Two facts may be the same feature, rarely.
pub(crate) const FEATURES: usize = 1 << 18;

/// A feature, by its number.
pub(crate) type Feature = u32;

/// What a run showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// Each feature once, and when it came first, in microseconds from the start.
    pub(crate) features: Vec<(Feature, u64)>,
}

/// Where the sketch of a run that is under way is to be found when it is over.
pub(crate) type Sheet = Arc<Mutex<Sketch>>;

/// The features that were seen so far.
struct Seen {
    bits: Vec<u64>,
    sketch: Sketch,
    now: Instant,
}

impl Seen {
    fn new() -> Seen {
        Seen { bits: vec![0; FEATURES / 64], sketch: Sketch::default(), now: Instant::START }
    }

    /// A fact, in small numbers. The first one says of what kind it is.
    fn note(&mut self, fact: &[u8]) {
        let feature = xxh3_64(fact) as usize % FEATURES;
        let (word, bit) = (&mut self.bits[feature / 64], 1 << (feature % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.sketch.features.push((feature as Feature, self.now.as_nanos() / 1000));
        }
    }
}

/// None, one, few, many.
fn amount(number: u64) -> u8 {
    match number {
        0 => 0,
        1 => 1,
        2..=7 => 2,
        _ => 3,
    }
}
