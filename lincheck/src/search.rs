//! The search for a linearization: Wing and Gong's (1993), with Lowe's memory of configurations
//! (2017), and with less to try.
//!
//! Operations are placed one after another, each where the model allows it and no unplaced operation has
//! returned before it was invoked; at a dead end the latest choice is taken back. What must be placed are the
//! operations that certainly took effect; those of unknown outcome may be. Most choices need not be tried. In
//! each case below, if a solution follows from the choice that is left out, then one that is no longer follows
//! from what is tried:
//!
//! * **A legal read is placed at once**, without alternative. It stays legal where the solution
//!   has it later, and changes no state, so it can as well come first; nothing that the solution
//!   has before it returned before the read was invoked, else it would be placed already.
//! * **Of equal operations that may be placed now, only the one that returns first**: the other can
//!   take its place later. Of operations of unknown outcome with equal inputs, only the earliest;
//!   and none while a definite one with the same input is legal and does the same: they can wait, it
//!   cannot.
//! * **An operation of unknown outcome that changes nothing is left out**: the solution can do
//!   without it. So it can if the next operation leads to the same state with it and without.
//! * **A configuration is left where one was seen that covers it** ([`Configurations`]).
//! * **A configuration is left when the model says that an operation which must still be placed can
//!   no longer become legal** ([`Model::can_become_legal`]).
//!
//! So the search misses no verdict. Were there a solution although it ended without one, take, of
//! all configurations that it tried to the end and from which a solution follows, those from which
//! the shortest one does, and of these the one with the fewest operations of unknown outcome. The
//! first step of that solution was tried, or one in its place that leaves as short a rest. It led
//! to a configuration from which a shorter solution follows, and which was tried to the end too or
//! left because of one that was; or it was left out because an operation before it went unseen,
//! and then as short a solution follows without that one. Either contradicts the choice.

mod placing;
mod pruning;
#[cfg(test)]
mod tests;

use crate::candidates::Candidates;
use crate::configurations::{Configurations, Placed};
use crate::plan::Plan;
use crate::{Model, Step, Verdict};
use std::cell::Cell;

/// How many of the next reads are asked whether they can become legal.
const READS_AHEAD: usize = 4;

/// How many returns a read may be ahead to be asked: the question costs a look at each operation
/// until then.
const RETURNS_AHEAD: u32 = 64;

/// How many equal operations are looked at to find one that returns earlier.
const TWINS_ASKED: usize = 8;

/// Configurations are numbered with 32 bits, and none takes less than a step.
const STEPS_MAX: u64 = u32::MAX as u64 / 2;

/// The search over one partition; it can be stopped after any number of steps and taken up again.
pub(crate) struct Search<'a, M: Model> {
    model: &'a M,
    plan: Plan<'a, M>,
    seen: Configurations<M::State>,
    candidates: Candidates,
    /// The rank of the first return whose operation is not placed.
    frontier: u32,
    /// Which definite operations are placed.
    is_placed: Vec<bool>,
    /// Which of the pending operations are placed, by slot; after them, which of unknown outcome.
    words: Vec<u64>,
    pending_words: usize,
    /// The hash of the set of placed definite operations: the exclusive or of a number for each
    /// (Zobrist 1970), so that it costs the same to change whatever the size of the set.
    hash: u64,
    /// The state's number in `seen`.
    state: u32,
    /// The placed operations in order.
    order: Vec<u32>,
    choices: Vec<Choice>,
    /// The candidate to be tried next.
    cursor: u32,
    longest: Longest,
    steps: Cell<u64>,
    verdict: Verdict,
}

/// A decision that may have to be taken back.
struct Choice {
    /// How many operations were placed before it.
    placed: u32,
    /// The state before it.
    state: u32,
}

/// The furthest that the search got.
#[derive(Default)]
struct Longest {
    frontier: u32,
    order: Vec<u32>,
    /// How much of it the current order shares, so that only the rest is ever copied.
    shared: usize,
}

impl<'a, M: Model> Search<'a, M> {
    /// Ready for the first step.
    pub fn new(model: &'a M, plan: Plan<'a, M>) -> Self {
        let pending_words = plan.slots.div_ceil(64);
        let optional_words = plan.optional.len().div_ceil(64);
        let mut search = Search {
            model,
            seen: Configurations::new(model.init(), pending_words, optional_words),
            candidates: Candidates::new(&plan),
            frontier: 0,
            is_placed: vec![false; plan.definite.len()],
            words: vec![0; pending_words + optional_words],
            pending_words,
            hash: 0,
            state: 0,
            order: Vec::with_capacity(plan.definite.len()),
            choices: Vec::new(),
            cursor: 0,
            longest: Longest::default(),
            steps: Cell::new(0),
            verdict: Verdict::Unknown,
            plan,
        };
        search.settle();
        search.note_progress();
        search.cursor = search.candidates.first_write();
        search
    }

    /// How many steps were made so far. A step is a look at an operation or at a configuration;
    /// each configuration that is remembered cost at least one.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// How many configurations are remembered.
    pub fn configurations(&self) -> usize {
        self.seen.len()
    }

    /// The numbers in the history of the operations of the linearization, or of the partial one
    /// that got furthest.
    pub fn into_order(self) -> Vec<usize> {
        let order = self.longest.order;
        order.into_iter().map(|operation| self.plan.numbers[operation as usize] as usize).collect()
    }

    /// Goes on for `steps`, and as many more as the last one takes, or to the end.
    pub fn run(&mut self, steps: u64) -> Verdict {
        let end = self.steps().saturating_add(steps).min(STEPS_MAX);
        while self.verdict == Verdict::Unknown && self.steps() < end {
            if self.frontier as usize == self.plan.by_return.len() {
                self.verdict = Verdict::Linearizable;
            } else if !self.advance() && !self.retreat() {
                self.verdict = Verdict::NotLinearizable;
            }
        }
        self.verdict
    }

    /// Tries the candidate under the cursor. False if there is none left.
    fn advance(&mut self) -> bool {
        self.count_step();
        let candidate = self.cursor;
        if !self.candidates.is_open(candidate, self.frontier) {
            self.cursor = self.candidates.first_optional();
            return self.candidates.is_among_writes(candidate);
        }
        self.cursor = self.candidates.after(candidate);
        if !self.is_redundant(candidate)
            && let Some(state) = self.step(candidate)
        {
            self.choose(candidate, state);
        }
        true
    }

    /// The number of the state after the candidate, if that is legal and of use.
    fn step(&mut self, candidate: u32) -> Option<u32> {
        let call = self.plan.calls[candidate as usize];
        let state = self.seen.state(self.state);
        let is_definite = self.is_definite(candidate);
        let step = self.model.step(state, call.input, call.output);
        if step == Step::Illegal || self.is_unseen_before(call, &step) {
            return None;
        }
        match step {
            Step::To(next) if is_definite || next != *state => Some(self.seen.push_state(next)),
            _ => is_definite.then_some(self.state),
        }
    }

    /// Places the candidate, unless nothing new can come of it.
    fn choose(&mut self, candidate: u32, state: u32) {
        let before = self.state;
        self.choices.push(Choice { placed: self.order.len() as u32, state: before });
        self.state = state;
        self.place(candidate);
        self.settle();
        self.note_progress();
        if self.is_promising() && !self.was_seen() {
            self.cursor = self.candidates.first_write();
            return;
        }
        self.take_back();
        if state != before {
            self.seen.pop_state();
        }
        self.cursor = self.candidates.after(candidate);
    }

    /// Takes back the latest choice and turns to the candidate after it. False if there is none.
    fn retreat(&mut self) -> bool {
        let Some(choice) = self.choices.last() else { return false };
        let candidate = self.order[choice.placed as usize];
        self.take_back();
        self.cursor = self.candidates.after(candidate);
        true
    }

    fn take_back(&mut self) {
        let Some(choice) = self.choices.pop() else { return };
        while self.order.len() > choice.placed as usize {
            if let Some(operation) = self.order.pop() {
                self.displace(operation);
            }
        }
        self.state = choice.state;
        self.longest.shared = self.longest.shared.min(self.order.len());
    }

    /// Places every read that is legal. One pass will do: the state stays, so what was illegal
    /// remains so, and reads that open meanwhile come later in the list.
    fn settle(&mut self) {
        let mut read = self.candidates.first_read();
        while self.candidates.is_open(read, self.frontier) {
            self.count_step();
            let call = self.plan.calls[read as usize];
            let state = self.seen.state(self.state);
            if self.model.step(state, call.input, call.output) != Step::Illegal {
                self.place(read);
            }
            read = self.candidates.after(read);
        }
    }

    fn was_seen(&mut self) -> bool {
        let (pending, optional) = self.words.split_at(self.pending_words);
        let placed = Placed { frontier: self.frontier, pending, optional, hash: self.hash };
        let looked_at = self.seen.remember(placed, self.state);
        self.steps.update(|steps| steps + looked_at.compared);
        looked_at.was_seen
    }

    fn note_progress(&mut self) {
        let longest = &mut self.longest;
        if (self.frontier, self.order.len()) > (longest.frontier, longest.order.len()) {
            longest.frontier = self.frontier;
            longest.order.truncate(longest.shared);
            longest.order.extend_from_slice(&self.order[longest.shared..]);
            longest.shared = longest.order.len();
        }
    }

    fn is_definite(&self, operation: u32) -> bool {
        (operation as usize) < self.plan.definite.len()
    }

    fn count_step(&self) {
        self.steps.update(|steps| steps + 1);
    }
}
