//! What a server has acknowledged.

/// The last entry that a server has acknowledged in the term of `term`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Acknowledged {
    pub(crate) term: u64,
    pub(crate) index: u64,
}

impl Acknowledged {
    pub(crate) fn add(&mut self, term: u64, index: u64) {
        if term > self.term {
            *self = Acknowledged { term, index };
        } else if term == self.term {
            self.index = self.index.max(index);
        }
    }
}
