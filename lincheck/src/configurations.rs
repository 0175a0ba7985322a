//! The configurations that a search has seen, so that none is tried twice.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher, Hash};

/// Which operations are placed, apart from the state that they led to.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    /// The frontier: every operation that returns before it is placed.
    pub frontier: u32,
    /// The pending operations that are placed, by slot.
    pub pending: &'a [u64],
    /// The operations of unknown outcome that are placed.
    pub optional: &'a [u64],
    /// A hash of the placed definite operations.
    pub hash: u64,
}

/// What [`Configurations::remember`] found.
pub(crate) struct Found {
    /// Whether a configuration that covers this one was there; if not, this one is now.
    pub was_seen: bool,
    /// How many configurations were compared, beyond the first.
    pub compared: u64,
}

/// A set of configurations, compared exactly: two that share a hash are told apart by what is
/// placed and by the state.
///
/// One configuration covers another if both have placed the same definite operations and reached
/// the same state, and the first has placed no operation of unknown outcome that the other has not:
/// whatever can follow the other can follow it too.
///
/// One takes about 40 bytes, eight for each 64 operations pending together and for each 64 of unknown
/// outcome, and its state.
pub(crate) struct Configurations<S> {
    /// Of those that differ only in the placed operations of unknown outcome, the first.
    groups: HashTable<u32>,
    entries: Vec<Entry>,
    /// Bit sets of each entry: pending, then optional.
    words: Vec<u64>,
    pending_words: usize,
    optional_words: usize,
    /// States by number.
    states: Vec<S>,
}

struct Entry {
    hash: u64,
    frontier: u32,
    state: u32,
    /// The next of the group.
    next: u32,
}

const NONE: u32 = u32::MAX;

/// For how many there is room at first; most searches of short histories need no more.
const AT_FIRST: usize = 56;

impl<S: Eq + Hash> Configurations<S> {
    /// An empty set, and the state 0.
    pub fn new(initial: S, pending_words: usize, optional_words: usize) -> Configurations<S> {
        let mut states = Vec::with_capacity(AT_FIRST);
        states.push(initial);
        Configurations {
            groups: HashTable::with_capacity(AT_FIRST),
            entries: Vec::with_capacity(AT_FIRST),
            words: Vec::with_capacity(AT_FIRST * (pending_words + optional_words)),
            pending_words,
            optional_words,
            states,
        }
    }

    /// The state with that number.
    pub fn state(&self, number: u32) -> &S {
        &self.states[number as usize]
    }

    /// Keeps a state, for now, and gives its number.
    pub fn push_state(&mut self, state: S) -> u32 {
        self.states.push(state);
        self.states.len() as u32 - 1
    }

    /// Forgets the state that was kept last.
    pub fn pop_state(&mut self) {
        self.states.pop();
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Remembers what is placed, with the state with that number, unless it is covered already.
    pub fn remember(&mut self, placed: Placed<'_>, state: u32) -> Found {
        let hash = mix(placed.hash ^ FxBuildHasher.hash_one(self.state(state)).rotate_left(32));
        let same = |&first: &u32| {
            let entry = &self.entries[first as usize];
            entry.hash == hash
                && entry.frontier == placed.frontier
                && self.pending(first) == placed.pending
                && (entry.state == state || self.state(entry.state) == self.state(state))
        };
        let number = self.entries.len() as u32;
        let (mut state, mut compared) = (state, 0);
        match self.groups.find(hash, same).copied() {
            None => {
                let entries = &self.entries;
                self.groups.insert_unique(hash, number, |&first| entries[first as usize].hash);
            }
            Some(first) => {
                let mut last = first;
                let mut member = first;
                while member != NONE {
                    let covers = self.optional(member).iter().zip(placed.optional);
                    if covers.into_iter().all(|(theirs, ours)| theirs & !ours == 0) {
                        return Found { was_seen: true, compared };
                    }
                    compared += 1;
                    last = member;
                    member = self.entries[member as usize].next;
                }
                self.entries[last as usize].next = number;
                state = self.entries[first as usize].state;
            }
        }
        self.entries.push(Entry { hash, frontier: placed.frontier, state, next: NONE });
        self.words.extend_from_slice(placed.pending);
        self.words.extend_from_slice(placed.optional);
        Found { was_seen: false, compared }
    }

    fn pending(&self, entry: u32) -> &[u64] {
        let start = entry as usize * (self.pending_words + self.optional_words);
        &self.words[start..start + self.pending_words]
    }

    fn optional(&self, entry: u32) -> &[u64] {
        let start =
            entry as usize * (self.pending_words + self.optional_words) + self.pending_words;
        &self.words[start..start + self.optional_words]
    }
}

/// Spreads the bits of a number (the finalizer of SplitMix64).
pub(crate) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hasher;

    /// A state whose hash says nothing.
    #[derive(Debug, PartialEq, Eq)]
    struct Alike(u32);

    impl Hash for Alike {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u32(0);
        }
    }

    fn was_seen(
        seen: &mut Configurations<Alike>,
        state: u32,
        frontier: u32,
        pending: u64,
        optional: u64,
    ) -> bool {
        let placed = Placed { frontier, pending: &[pending], optional: &[optional], hash: 7 };
        let number = seen.push_state(Alike(state));
        seen.remember(placed, number).was_seen
    }

    #[test]
    fn what_only_shares_a_hash_is_told_apart() {
        let mut seen = Configurations::new(Alike(0), 1, 1);
        assert!(!was_seen(&mut seen, 1, 1, 1, 0));
        assert!(!was_seen(&mut seen, 2, 1, 1, 0), "another state");
        assert!(!was_seen(&mut seen, 1, 2, 1, 0), "another frontier");
        assert!(!was_seen(&mut seen, 1, 1, 2, 0), "other operations placed");
        assert!(was_seen(&mut seen, 1, 1, 1, 0), "the first again");
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn fewer_operations_of_unknown_outcome_cover_more() {
        let mut seen = Configurations::new(Alike(0), 1, 1);
        assert!(!was_seen(&mut seen, 1, 1, 1, 0b0110));
        assert!(was_seen(&mut seen, 1, 1, 1, 0b0111), "one more");
        assert!(!was_seen(&mut seen, 1, 1, 1, 0b0010), "one less");
        assert!(!was_seen(&mut seen, 1, 1, 1, 0b1001), "others");
        assert!(was_seen(&mut seen, 1, 1, 1, 0b1011), "more than the others");
        assert!(!was_seen(&mut seen, 2, 1, 1, 0b0111), "another state");
    }
}
