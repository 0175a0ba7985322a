//! The scenarios that came to something new.

use crate::Scenario;
use crate::novelty::{FEATURES, Feature, Sketch};
use runtime::Rng;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A scenario that came to something new.
struct Entry {
    /// With a seed of its own.
    scenario: Arc<Scenario>,
    /// All that its run showed.
    features: Vec<Feature>,
    /// What of that was new, and when it came, in microseconds.
    claims: Vec<(Feature, u64)>,
    /// How many steps of the simulation its run takes.
    steps: u64,
    /// How often it was chosen.
    chosen: u64,
}

#[derive(Default)]
pub(super) struct Corpus {
    entries: Vec<Entry>,
    /// In how many runs each feature was seen.
    counts: Vec<u32>,
    features: u64,
}

/// A scenario that is to be changed.
pub(super) struct Chosen {
    pub(super) scenario: Arc<Scenario>,
    /// In how many runs each of its features was seen, and when it came in its own, in microseconds.
    claims: Vec<(u32, u64)>,
}

/// Out of how many the best is chosen: what is best at the moment should not be all.
const ROUND: usize = 6;

impl Corpus {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn features(&self) -> u64 {
        self.features
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Arc<Scenario>> {
        self.entries.iter().map(|entry| Arc::clone(&entry.scenario))
    }

    /// Returns how many features were new.
    pub(super) fn learn(&mut self, scenario: Arc<Scenario>, sketch: &Sketch, steps: u64) -> u64 {
        self.counts.resize(FEATURES, 0);
        let mut claims = Vec::new();
        for &(feature, at_us) in &sketch.features {
            let count = &mut self.counts[feature as usize];
            if *count == 0 {
                claims.push((feature, at_us));
            }
            *count = count.saturating_add(1);
        }
        let new = claims.len() as u64;
        self.features += new;
        if new > 0 {
            let features = sketch.features.iter().map(|(feature, _)| *feature).collect();
            self.entries.push(Entry { scenario, features, claims, steps, chosen: 0 });
        }
        new
    }

    /// One of those that showed what is rare, in a short run, and that were not chosen often.
    pub(super) fn choose(&mut self, rng: &mut Rng) -> Option<Chosen> {
        if self.entries.is_empty() {
            return None;
        }
        let places = (0..ROUND).map(|_| rng.below(self.entries.len() as u64) as usize);
        let (_, place) = places.map(|place| (self.energy(&self.entries[place]), place)).max()?;
        let entry = &mut self.entries[place];
        entry.chosen += 1;
        let claims = entry.claims.iter().map(|&(feature, at)| (self.counts[feature as usize], at));
        Some(Chosen { scenario: Arc::clone(&entry.scenario), claims: claims.collect() })
    }

    /// How rare is what it brought, for what its run costs and how often it had its turn.
    fn energy(&self, entry: &Entry) -> u64 {
        let rarity = |(feature, _): &(Feature, u64)| {
            (1 << 32) / u64::from(self.counts[*feature as usize].max(1))
        };
        let rarity: u64 = entry.claims.iter().map(rarity).sum();
        rarity / (1 + entry.steps / 1000) / (1 + entry.chosen)
    }

    /// Goes through them from the one that shows most, and takes each that shows something that none of those
    /// taken before it does.
    pub(super) fn smallest(&self) -> Vec<Arc<Scenario>> {
        let mut order: Vec<&Entry> = self.entries.iter().collect();
        order.sort_by_key(|entry| (Reverse(entry.features.len()), entry.steps));
        let mut shown: BTreeSet<Feature> = BTreeSet::new();
        let mut taken = Vec::new();
        for entry in order {
            let before = shown.len();
            shown.extend(&entry.features);
            if shown.len() > before {
                taken.push(Arc::clone(&entry.scenario));
            }
        }
        taken
    }
}

impl Chosen {
    /// The moment of something rare, in microseconds: the rarest of three.
    pub(super) fn moment_us(&self, rng: &mut Rng) -> u64 {
        (0..3).map(|_| *rng.pick(&self.claims)).min().map_or(0, |(_, at)| at)
    }
}
