//! What leaders have said that their logs have.

use super::known::Append;
use crate::api::vocabulary::Position;
use std::collections::BTreeMap;

/// The terms of the entries that leaders have said they have, by the leader's term and the index.
#[derive(Debug, Default)]
pub(super) struct Sent(BTreeMap<(u64, u64), u64>);

impl Sent {
    pub(super) fn add(&mut self, append: &Append) {
        let Append { term, prev, entries } = append;
        self.0.insert((*term, prev.index), prev.term);
        for (index, entry) in (prev.index.saturating_add(1)..).zip(entries) {
            self.0.insert((*term, index), entry.term);
        }
    }

    /// Whether `is_it` holds for one of `count` places from `first` on, as a leader of these terms has it.
    pub(super) fn any(
        &self,
        (from, to): (u64, u64),
        first: u64,
        count: u64,
        is_it: impl Fn(Position) -> bool,
    ) -> bool {
        let last = first.saturating_add(count);
        (from..=to).any(|term| {
            let mut places = self.0.range((term, first)..(term, last));
            places.any(|((_, index), entry_term)| {
                is_it(Position { index: *index, term: *entry_term })
            })
        })
    }
}
