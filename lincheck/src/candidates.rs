//! The operations that are still to be placed.

use crate::Model;
use crate::plan::Plan;

/// Three linked lists of operations that are not placed, each by invocation: writes, those of
/// unknown outcome, and reads. An operation leaves its list when it is placed and comes back when
/// that is taken back, both at once (the "dancing links" of Knuth 2000).
///
/// Nodes are operations; after them come the heads of the lists, which never open and so end every
/// walk.
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Candidates {
    next: Vec<u32>,
    previous: Vec<u32>,
    opens: Vec<u32>,
    writes: u32,
    optionals: u32,
    reads: u32,
    known: u32,
}

impl Candidates {
    pub fn new<M: Model>(plan: &Plan<'_, M>) -> Candidates {
        let (known, all) = (plan.definite.len() as u32, plan.calls.len() as u32);
        let mut opens = plan.opens.clone();
        opens.extend([u32::MAX; 3]);
        let mut candidates = Candidates {
            next: (0..all + 3).collect(),
            previous: (0..all + 3).collect(),
            opens,
            writes: all,
            optionals: all + 1,
            reads: all + 2,
            known,
        };
        for operation in 0..all {
            let list = if operation >= known {
                candidates.optionals
            } else if plan.definite[operation as usize].reads {
                candidates.reads
            } else {
                candidates.writes
            };
            let last = candidates.previous[list as usize];
            candidates.previous[operation as usize] = last;
            candidates.next[operation as usize] = list;
            candidates.restore(operation);
        }
        candidates
    }

    /// The first write, or where the writes end.
    pub fn first_write(&self) -> u32 {
        self.next[self.writes as usize]
    }

    /// The first operation of unknown outcome, or where they end.
    pub fn first_optional(&self) -> u32 {
        self.next[self.optionals as usize]
    }

    /// The first read, or where the reads end.
    pub fn first_read(&self) -> u32 {
        self.next[self.reads as usize]
    }

    /// The one after `node` in its list.
    pub fn after(&self, node: u32) -> u32 {
        self.next[node as usize]
    }

    /// Whether `node` is an operation that may be placed at that frontier. If it is not, none after
    /// it in its list is.
    pub fn is_open(&self, node: u32, frontier: u32) -> bool {
        self.opens[node as usize] <= frontier
    }

    /// Whether `node` is an operation, and not where a list ends.
    pub fn is_operation(&self, node: u32) -> bool {
        node < self.writes
    }

    /// Whether `node` is in the list of writes.
    pub fn is_among_writes(&self, node: u32) -> bool {
        node < self.known || node == self.writes
    }

    /// Takes an operation out of its list.
    pub fn remove(&mut self, node: u32) {
        let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
        self.next[previous as usize] = next;
        self.previous[next as usize] = previous;
    }

    /// Puts back an operation; of those removed, the latest comes first.
    pub fn restore(&mut self, node: u32) {
        let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
        self.next[previous as usize] = node;
        self.previous[next as usize] = node;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Register, RegisterInput, RegisterOutput};
    use crate::{History, Operation};

    #[test]
    fn operations_leave_and_come_back_in_their_place() {
        let mut history = History::new();
        for number in 0..4 {
            let write = Operation::new(number, number, RegisterInput::Write(number));
            history.push(write.returned(10 + number, RegisterOutput::Written)).unwrap();
        }
        let plan = Plan::new(&Register::new(), &history, 0..4, |_| false);
        let mut candidates = Candidates::new(&plan);
        let walk = |candidates: &Candidates| {
            let mut nodes = vec![candidates.first_write()];
            while candidates.is_operation(*nodes.last().unwrap()) {
                nodes.push(candidates.after(*nodes.last().unwrap()));
            }
            nodes.pop();
            nodes
        };
        candidates.remove(1);
        candidates.remove(2);
        assert_eq!(walk(&candidates), [0, 3]);
        candidates.restore(2);
        candidates.restore(1);
        assert_eq!(walk(&candidates), [0, 1, 2, 3]);
    }
}
