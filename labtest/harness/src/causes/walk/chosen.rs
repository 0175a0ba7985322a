//! Which facts a chain has room for.

use std::collections::BTreeMap;

/// How much a fact matters; the first matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The cause.
    Cause,
    /// Without it the chain has a gap.
    Link,
    /// Another wrong.
    Wrong,
    /// The result.
    Result,
    /// What else happened to those concerned.
    Beside,
}

/// The facts of a chain, by their places in the record.
#[derive(Default)]
pub(super) struct Chosen(pub(super) BTreeMap<usize, Weight>);

impl Chosen {
    pub(super) fn add(&mut self, place: usize, weight: Weight) {
        let known = self.0.entry(place).or_insert(weight);
        *known = weight.min(*known);
    }

    pub(super) fn add_all(&mut self, places: impl IntoIterator<Item = usize>, weight: Weight) {
        places.into_iter().for_each(|place| self.add(place, weight));
    }
}
