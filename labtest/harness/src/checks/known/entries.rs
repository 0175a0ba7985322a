//! Every entry that has been seen in the run, wherever it turned up: in a log, in a message, on a
//! disk.

use crate::api::vocabulary::{EntryId, Position};
use std::collections::BTreeMap;

/// What is known of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) entry: EntryId,
    pub(crate) previous_term: u64,
    /// The server at which it was seen first.
    pub(crate) server: usize,
}

/// Two entries, or the same one after two others, at one index in one term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) index: u64,
    pub(crate) known: Placed,
    pub(crate) seen: Placed,
}

/// Every entry that has been seen in the run.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// The entry seen last at each index.
    latest: Vec<Placed>,
    /// Those of other terms, which are few, by index and term.
    others: BTreeMap<(u64, u64), Placed>,
}

impl Entries {
    /// Server `server` has or sends `entry` at `index`, after one of `previous_term`.
    ///
    /// # Errors
    /// The place is known to hold something else.
    pub(crate) fn observe(
        &mut self,
        server: usize,
        index: u64,
        entry: EntryId,
        previous_term: u64,
    ) -> Result<(), Conflict> {
        let seen = Placed { entry, previous_term, server };
        let at = usize::try_from(index.saturating_sub(1)).unwrap_or(usize::MAX);
        if at == self.latest.len() {
            self.latest.push(seen);
            return Ok(());
        }
        let known = match self.latest.get_mut(at) {
            Some(known) if known.entry.term == entry.term => *known,
            // The term that was seen last is the one that comes next, from other servers.
            Some(latest) => {
                let known = self.others.remove(&(index, entry.term)).unwrap_or(seen);
                self.others.insert((index, latest.entry.term), *latest);
                *latest = known;
                known
            }
            None => *self.others.entry((index, entry.term)).or_insert(seen),
        };
        if (known.entry, known.previous_term) == (entry, previous_term) {
            return Ok(());
        }
        Err(Conflict { index, known, seen })
    }

    /// Whether an entry of that place has been seen.
    pub(crate) fn has(&self, place: Position) -> bool {
        let at = place.index.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let latest = at.and_then(|at| self.latest.get(at));
        latest.is_some_and(|known| known.entry.term == place.term)
            || self.others.contains_key(&(place.index, place.term))
    }
}

/// Of the entries of one log, the first that conflicts. All are observed, for others to be compared
/// with.
pub(crate) fn keep_first(first: &mut Result<(), Conflict>, next: Result<(), Conflict>) {
    if first.is_ok() && next.is_err() {
        *first = next;
    }
}
