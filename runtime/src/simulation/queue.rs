//! What is due and when: timers of tasks and events of the simulated world, in one queue.
//!
//! The queue is a heap ordered by (due time, sequence), so things due at the same nanosecond happen
//! in the order in which they were scheduled. A cancelled timer stays in the heap until it is due
//! and is passed over then: its slot has moved on to another sequence number.

use crate::clock::Clock;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::task::Waker;

/// Names a timer; the sequence tells a reused slot from the timer that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    sequence: u64,
}

impl TimerKey {
    pub(crate) fn new(slot: u32, sequence: u64) -> TimerKey {
        TimerKey { slot, sequence }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Timer {
        slot: u32,
    },
    /// The heap moves this about, and 16 bits for the sink make it 8 bytes shorter.
    Event {
        sink: u16,
        node: u32,
        token: u64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) at: u64,
    pub(crate) sequence: u64,
    pub(crate) what: What,
}

impl Due {
    /// Both in one number, which is compared without a branch.
    #[inline]
    fn order(&self) -> u128 {
        u128::from(self.at) << 64 | u128::from(self.sequence)
    }
}

/// The heap has the greatest on top, so what is due first is the greatest.
impl Ord for Due {
    #[inline]
    fn cmp(&self, other: &Due) -> Ordering {
        other.order().cmp(&self.order())
    }
}

impl PartialOrd for Due {
    #[inline]
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline]
    fn le(&self, other: &Due) -> bool {
        other.order() <= self.order()
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Due {}

struct Slot {
    /// Of the timer that lives here, `FREE` when none does.
    sequence: u64,
    node: u32,
    /// On the clock of its node.
    deadline: u64,
    waker: Option<Waker>,
}

const FREE: u64 = u64::MAX;

pub(crate) struct Queue {
    heap: BinaryHeap<Due>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    next_sequence: u64,
}

impl Queue {
    /// Sequence numbers count from `first_sequence`, which is another one in every run, so that a
    /// timer that outlived its run is not taken for a new one.
    pub(crate) fn new(first_sequence: u64) -> Queue {
        Queue {
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            next_sequence: first_sequence,
        }
    }

    fn push(&mut self, at: u64, what: What) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.heap.push(Due { at, sequence, what });
        sequence
    }

    pub(crate) fn add_event(&mut self, at: u64, sink: u16, node: u32, token: u64) {
        self.push(at, What::Event { sink, node, token });
    }

    /// `at` is the true time that belongs to the node's `deadline`.
    pub(crate) fn add_timer(
        &mut self,
        at: u64,
        node: u32,
        deadline: u64,
        waker: Waker,
    ) -> TimerKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { sequence: FREE, node: 0, deadline: 0, waker: None });
            (self.slots.len() - 1) as u32
        });
        let sequence = self.push(at, What::Timer { slot });
        self.slots[slot as usize] = Slot { sequence, node, deadline, waker: Some(waker) };
        TimerKey { slot, sequence }
    }

    /// The next thing to happen; skips timers that were cancelled.
    pub(crate) fn pop(&mut self) -> Option<Due> {
        loop {
            let due = self.heap.pop()?;
            match due.what {
                What::Timer { slot } if self.slots[slot as usize].sequence != due.sequence => {}
                _ => return Some(due),
            }
        }
    }

    /// When that will be.
    pub(crate) fn next_at(&mut self) -> Option<u64> {
        let due = self.pop()?;
        let at = due.at;
        self.heap.push(due);
        Some(at)
    }

    pub(crate) fn node_of(&self, slot: u32) -> u32 {
        self.slots[slot as usize].node
    }

    /// Takes the waker of a timer that is due. Its owner finds the deadline passed and frees it.
    pub(crate) fn fire(&mut self, key: TimerKey) -> Option<Waker> {
        let slot = &mut self.slots[key.slot as usize];
        if slot.sequence == key.sequence { slot.waker.take() } else { None }
    }

    /// Has the timer wake this task from now on; false when that timer is gone.
    pub(crate) fn rewake(&mut self, key: TimerKey, waker: &Waker) -> bool {
        match self.slots.get_mut(key.slot as usize) {
            Some(slot) if slot.sequence == key.sequence => {
                match &mut slot.waker {
                    Some(known) => known.clone_from(waker),
                    none => *none = Some(waker.clone()),
                }
                true
            }
            _ => false,
        }
    }

    pub(crate) fn cancel(&mut self, key: TimerKey) {
        if let Some(slot) = self.slots.get_mut(key.slot as usize)
            && slot.sequence == key.sequence
        {
            slot.sequence = FREE;
            slot.waker = None;
            self.free.push(key.slot);
        }
    }

    /// Puts a node's timers where its changed clock wants them. The keys stay as they are, so a
    /// timer's owner notices nothing; only the entry in the heap is a new one.
    pub(crate) fn reschedule(&mut self, node: u32, clock: &Clock, true_now: u64) {
        let old = std::mem::take(&mut self.heap).into_vec();
        let moved = old.into_iter().filter_map(|mut due| {
            if let What::Timer { slot } = due.what {
                let timer = &self.slots[slot as usize];
                if timer.sequence != due.sequence {
                    return None;
                }
                if timer.node == node {
                    due.at = clock.true_time(timer.deadline, true_now);
                }
            }
            Some(due)
        });
        self.heap = moved.collect();
    }

    pub(crate) fn clear(&mut self) {
        *self = Queue::new(self.next_sequence);
    }
}
