//! Placing operations, and taking that back.

use super::Search;
use crate::Model;
use crate::configurations::mix;

impl<M: Model> Search<'_, M> {
    /// Places an operation next in the order.
    pub(super) fn place(&mut self, operation: u32) {
        self.order.push(operation);
        self.candidates.remove(operation);
        let Some(definite) = self.plan.definite.get(operation as usize) else {
            return self.flip_optional(operation);
        };
        let (returns, slot) = (definite.returns, definite.slot);
        self.is_placed[operation as usize] = true;
        self.hash ^= number_of(operation);
        if returns != self.frontier {
            return self.flip_slot(slot);
        }
        self.frontier += 1;
        // Operations that return next and are placed already are pending no more.
        while let Some(&next) = self.plan.by_return.get(self.frontier as usize)
            && self.is_placed[next as usize]
        {
            self.flip_slot(self.plan.definite[next as usize].slot);
            self.frontier += 1;
        }
    }

    /// Takes the latest operation off the order again.
    pub(super) fn displace(&mut self, operation: u32) {
        self.candidates.restore(operation);
        let Some(definite) = self.plan.definite.get(operation as usize) else {
            return self.flip_optional(operation);
        };
        let (returns, slot) = (definite.returns, definite.slot);
        self.is_placed[operation as usize] = false;
        self.hash ^= number_of(operation);
        if returns > self.frontier {
            return self.flip_slot(slot);
        }
        for rank in returns + 1..self.frontier {
            let passed = self.plan.by_return[rank as usize];
            self.flip_slot(self.plan.definite[passed as usize].slot);
        }
        self.frontier = returns;
    }

    fn flip_slot(&mut self, slot: u32) {
        self.words[slot as usize / 64] ^= 1 << (slot % 64);
    }

    fn flip_optional(&mut self, operation: u32) {
        let bit = operation as usize - self.plan.definite.len();
        self.words[self.pending_words + bit / 64] ^= 1 << (bit % 64);
    }
}

/// What a definite operation adds to the hash of a set; fixed, so that runs repeat.
pub(super) fn number_of(operation: u32) -> u64 {
    mix(u64::from(operation) + 0x9e37_79b9_7f4a_7c15)
}
