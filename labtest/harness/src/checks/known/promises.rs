//! What servers that said they lead have promised: the place in the log of each command they accepted.

use crate::api::life::Life;
use bytes::Bytes;
use raft::Started;
use std::collections::BTreeMap;

/// A command that was promised a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) by: Life,
    pub(crate) command: Bytes,
}

/// The promises for indices that nobody has applied yet.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// By index and term: the first that was made for the place.
    open: BTreeMap<(u64, u64), Promise>,
}

impl Promises {
    /// `by` promises `command` a place. Returns who was promised that place first.
    pub(crate) fn add(&mut self, by: Life, place: Started, command: &Bytes) -> &Promise {
        let promise = || Promise { by, command: command.clone() };
        self.open.entry((place.index, place.term)).or_insert_with(promise)
    }

    /// An entry of `term` was applied at `index`, the first there. Returns who was promised that
    /// place; all that others were promised at the index is void.
    pub(crate) fn take(&mut self, index: u64, term: u64) -> Option<Promise> {
        let mut kept = None;
        while let Some(first) = self.open.first_entry().filter(|first| first.key().0 <= index) {
            let (place, promise) = first.remove_entry();
            if place == (index, term) {
                kept = Some(promise);
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_open_until_its_index_is_applied() {
        let mut promises = Promises::default();
        let by = Life { server: 1, start: 1 };
        let commands = [b"a", b"b", b"c", b"d"].map(|it| Bytes::from_static(it));
        for (command, (index, term)) in commands.iter().zip([(1, 1), (1, 2), (1, 2), (2, 2)]) {
            promises.add(by, Started { index, term }, command);
        }
        assert_eq!(promises.take(1, 2).unwrap().command, commands[1]);
        assert_eq!((promises.take(1, 1), promises.open.len()), (None, 1));
        assert_eq!(promises.take(2, 9), None);
        assert!(promises.open.is_empty());
    }
}
