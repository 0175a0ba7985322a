//! The terms of what is applied, which the lab's ApplyMsg does not say.
//!
//! A command has the term in which a leader promised it its place. One that was promised several times has the lowest of
//! these that its predecessors leave: then no term is higher than the true one, and none goes down.

use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Terms {
    /// What was promised, by index: commands and terms.
    promised: BTreeMap<u64, Vec<(Bytes, u64)>>,
    /// What was applied first, by index.
    applied: BTreeMap<u64, u64>,
}

impl Terms {
    pub(super) fn promise(&mut self, index: u64, term: u64, command: &Bytes) {
        self.promised.entry(index).or_default().push((command.clone(), term));
    }

    /// The term of an entry that is applied. The same for all servers.
    pub(super) fn of(&mut self, index: u64, command: &Bytes) -> u64 {
        if let Some(term) = self.applied.get(&index) {
            return *term;
        }
        let before = self.applied.range(..index).next_back().map_or(1, |(_, term)| *term);
        let promises = self.promised.get(&index).into_iter().flatten();
        let terms = promises.filter(|(promised, _)| promised == command).map(|(_, term)| *term);
        let term = terms.filter(|term| *term >= before).min().unwrap_or(before);
        self.applied.insert(index, term);
        term
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_that_of_the_promise_and_never_goes_down() {
        let (x, y) = (Bytes::from_static(b"x"), Bytes::from_static(b"y"));
        let mut terms = Terms::default();
        terms.promise(1, 2, &x);
        terms.promise(2, 1, &y);
        terms.promise(2, 3, &y);
        terms.promise(2, 5, &y);
        terms.promise(2, 2, &x);
        assert_eq!((terms.of(1, &x), terms.of(2, &y)), (2, 3));
        // Nobody promised this one.
        assert_eq!((terms.of(3, &x), terms.of(2, &y)), (3, 3));
    }
}
