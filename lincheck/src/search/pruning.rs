//! What the search need not try; the reasons are in [`crate::search`].

use super::{READS_AHEAD, RETURNS_AHEAD, Search, TWINS_ASKED};
use crate::{Call, Model, Step};

impl<M: Model> Search<'_, M> {
    /// Whether another candidate serves as well as this one.
    pub(super) fn is_redundant(&self, candidate: u32) -> bool {
        match (candidate as usize).checked_sub(self.plan.definite.len()) {
            None => self.has_earlier_twin(candidate),
            Some(optional) => self.can_wait(optional),
        }
    }

    /// Whether an equal operation that returns earlier may be placed now.
    fn has_earlier_twin(&self, operation: u32) -> bool {
        let range = &self.plan.definite[operation as usize].twins;
        let twins = &self.plan.twins[range.start as usize..range.end as usize];
        let passed = twins
            .partition_point(|&twin| self.plan.definite[twin as usize].returns < self.frontier);
        twins[passed..].iter().take(TWINS_ASKED).any(|&twin| {
            !self.is_placed[twin as usize] && self.candidates.is_open(twin, self.frontier)
        })
    }

    /// Whether an operation with the same input serves as well as this one of unknown outcome.
    fn can_wait(&self, optional: usize) -> bool {
        let this = &self.plan.optional[optional];
        let is_placed = |optional: u32| {
            self.words[self.pending_words + optional as usize / 64] >> (optional % 64) & 1 == 1
        };
        this.before.is_some_and(|before| !is_placed(before))
            || this.has_rival && self.has_equal_rival(optional, this.input)
    }

    /// Whether a definite operation with that input may be placed now, and does the same as that one of
    /// unknown outcome. In a model with one next state it does whenever it is legal.
    fn has_equal_rival(&self, optional: usize, input: u32) -> bool {
        let mut rival = self.candidates.first_write();
        while self.candidates.is_open(rival, self.frontier) {
            self.count_step();
            if self.plan.definite[rival as usize].input == input {
                let call = self.plan.calls[rival as usize];
                let state = self.seen.state(self.state);
                let step = self.model.step(state, call.input, call.output);
                let own = self.plan.calls[self.plan.definite.len() + optional];
                if step != Step::Illegal && step == self.model.step(state, own.input, own.output) {
                    return true;
                }
            }
            rival = self.candidates.after(rival);
        }
        false
    }

    /// Whether the latest operation is one of unknown outcome that nobody has seen, and `call`,
    /// which gave `step`, would lead to the same state without it.
    pub(super) fn is_unseen_before(&self, call: Call<'_, M>, step: &Step<M::State>) -> bool {
        let Some(choice) = self.choices.last() else { return false };
        let [.., latest] = self.order[choice.placed as usize..] else { return false };
        if self.order.len() as u32 != choice.placed + 1 || self.is_definite(latest) {
            return false;
        }
        self.count_step();
        let (before, now) = (self.seen.state(choice.state), self.seen.state(self.state));
        let without = self.model.step(before, call.input, call.output);
        match (&without, step) {
            (Step::Illegal, _) | (_, Step::Illegal) => false,
            (Step::Same, Step::Same) => before == now,
            (Step::Same, Step::To(next)) => before == next,
            (Step::To(next), Step::Same) => next == now,
            (Step::To(one), Step::To(other)) => one == other,
        }
    }

    /// Whether the operation that returns next, and the next reads, can become legal.
    pub(super) fn is_promising(&self) -> bool {
        let Some(&waiting) = self.plan.by_return.get(self.frontier as usize) else { return true };
        if !self.can_become_legal(waiting) {
            return false;
        }
        let mut read = self.candidates.first_read();
        for _ in 0..READS_AHEAD {
            if !self.candidates.is_operation(read) {
                break;
            }
            let is_near =
                self.plan.definite[read as usize].returns - self.frontier <= RETURNS_AHEAD;
            if is_near && read != waiting && !self.can_become_legal(read) {
                return false;
            }
            read = self.candidates.after(read);
        }
        true
    }

    fn can_become_legal(&self, waiting: u32) -> bool {
        let returns = self.plan.definite[waiting as usize].returns;
        let others =
            Others { search: self, cursor: self.candidates.first_write(), waiting, returns };
        let call = self.plan.calls[waiting as usize];
        self.count_step();
        self.model.can_become_legal(self.seen.state(self.state), call, others)
    }
}

/// What may be placed before the operation that waits.
struct Others<'s, 'a, M: Model> {
    search: &'s Search<'a, M>,
    cursor: u32,
    waiting: u32,
    /// The rank of its return.
    returns: u32,
}

impl<'a, M: Model> Iterator for Others<'_, 'a, M> {
    type Item = Call<'a, M>;

    fn next(&mut self) -> Option<Call<'a, M>> {
        let candidates = &self.search.candidates;
        loop {
            let node = self.cursor;
            if candidates.is_open(node, self.returns) {
                self.cursor = candidates.after(node);
                if node != self.waiting {
                    self.search.count_step();
                    return Some(self.search.plan.calls[node as usize]);
                }
            } else if candidates.is_among_writes(node) {
                self.cursor = candidates.first_optional();
            } else {
                return None;
            }
        }
    }
}
