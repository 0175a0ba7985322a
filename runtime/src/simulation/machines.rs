//! The state of the simulated nodes: alive, paused, their clocks, and what waits for them.

use super::queue::TimerKey;
use super::tasks::TaskKey;
use crate::clock::Clock;
use std::cell::RefCell;

struct Machine {
    name: String,
    alive: bool,
    paused: bool,
    clock: Clock,
    parked: Vec<Parked>,
}

/// Something that became ready or due while its node was paused.
pub(crate) enum Parked {
    Task(TaskKey),
    Timer(TimerKey),
    Event { sink: u16, token: u64 },
}

/// All nodes of a run, by number.
#[derive(Default)]
pub(crate) struct Machines(RefCell<Vec<Machine>>);

impl Machines {
    pub(crate) fn add(&self, name: &str) -> u32 {
        let mut machines = self.0.borrow_mut();
        machines.push(Machine {
            name: name.to_owned(),
            alive: true,
            paused: false,
            clock: Clock::default(),
            parked: Vec::new(),
        });
        (machines.len() - 1) as u32
    }

    pub(crate) fn name(&self, node: u32) -> String {
        self.0.borrow()[node as usize].name.clone()
    }

    pub(crate) fn is_alive(&self, node: u32) -> bool {
        self.0.borrow()[node as usize].alive
    }

    pub(crate) fn is_paused(&self, node: u32) -> bool {
        self.0.borrow()[node as usize].paused
    }

    #[inline]
    pub(crate) fn clock(&self, node: u32) -> Clock {
        self.0.borrow()[node as usize].clock
    }

    pub(crate) fn change_clock(&self, node: u32, change: impl FnOnce(&mut Clock)) -> Clock {
        let clock = &mut self.0.borrow_mut()[node as usize].clock;
        change(clock);
        *clock
    }

    /// Marks the node as dead and returns what waited for it.
    pub(crate) fn kill(&self, node: u32) -> Vec<Parked> {
        self.0.borrow_mut()[node as usize].alive = false;
        self.resume(node)
    }

    pub(crate) fn pause(&self, node: u32) {
        let machine = &mut self.0.borrow_mut()[node as usize];
        machine.paused = machine.alive;
    }

    /// Returns what became ready or due during the pause, in that order.
    pub(crate) fn resume(&self, node: u32) -> Vec<Parked> {
        let machine = &mut self.0.borrow_mut()[node as usize];
        machine.paused = false;
        std::mem::take(&mut machine.parked)
    }

    /// Keeps it until the node is resumed, if it is paused.
    #[inline]
    pub(crate) fn park_if_paused(&self, node: u32, entry: impl FnOnce() -> Parked) -> bool {
        let machine = &mut self.0.borrow_mut()[node as usize];
        if machine.paused {
            machine.parked.push(entry());
        }
        machine.paused
    }
}
