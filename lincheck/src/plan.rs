//! A partition of a history, prepared for the search: numbers instead of times.
//!
//! All that the search needs of time is which operations may come next. Returns are ranked; the
//! *frontier* is the rank of the first return whose operation is not yet placed. An operation may
//! be placed as soon as every return before its invocation has been passed, so each carries the
//! least frontier at which it *opens*, and comparing two numbers replaces walking over events.

use crate::{Call, History, Model, Moment};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

/// An operation that certainly took effect.
pub(crate) struct Definite {
    /// The rank of its return.
    pub returns: u32,
    /// Which bit stands for it while it is pending; unique among operations pending together.
    pub slot: u32,
    /// Whether it can never change the state.
    pub reads: bool,
    /// Its input, as a number that equal inputs share.
    pub input: u32,
    /// The operations with equal input and output that return before it: a range of `Plan::twins`,
    /// in order of return.
    pub twins: Range<u32>,
}

/// An operation of unknown outcome.
pub(crate) struct Optional {
    /// The latest earlier one with the same input.
    pub before: Option<u32>,
    pub input: u32,
    /// Whether a definite operation with the same input changes the state.
    pub has_rival: bool,
}

/// A partition, prepared.
pub(crate) struct Plan<'a, M: Model> {
    /// In order of invocation.
    pub definite: Vec<Definite>,
    /// In order of invocation.
    pub optional: Vec<Optional>,
    /// By operation, definite ones first: the number in the history.
    pub numbers: Vec<u32>,
    /// By operation, definite ones first.
    pub calls: Vec<Call<'a, M>>,
    /// By operation, definite ones first: the least frontier at which it may be placed.
    pub opens: Vec<u32>,
    /// By rank of return: the operation that returns.
    pub by_return: Vec<u32>,
    pub twins: Vec<u32>,
    /// How many operations are pending together at most.
    pub slots: usize,
}

impl<'a, M: Model> Plan<'a, M> {
    /// Prepares the operations of `history` with these numbers. Those for which `relaxed` holds
    /// lose their return and their answer: they become operations of unknown outcome.
    pub fn new(
        model: &M,
        history: &'a History<M::Input, M::Output>,
        numbers: impl Iterator<Item = u32>,
        relaxed: impl Fn(u32) -> bool,
    ) -> Plan<'a, M> {
        let mut definite = Vec::new();
        let mut optional = Vec::new();
        for number in numbers {
            let operation = &history.operations()[number as usize];
            match operation.returned_at() {
                Some(at) if !relaxed(number) => definite.push((operation.invoked, at, number)),
                _ => optional.push((operation.invoked, number)),
            }
        }
        definite.sort_unstable_by_key(|&(invoked, _, number)| (invoked, number));
        optional.sort_unstable();

        let numbers: Vec<u32> = (definite.iter().map(|&(_, _, number)| number))
            .chain(optional.iter().map(|&(_, number)| number))
            .collect();
        let known = definite.len();
        let calls: Vec<Call<'a, M>> = (numbers.iter().enumerate())
            .map(|(index, &number)| {
                let operation = &history.operations()[number as usize];
                let output = if index < known { operation.output() } else { None };
                Call { input: &operation.input, output }
            })
            .collect();

        let mut by_return: Vec<u32> = (0..known as u32).collect();
        by_return.sort_unstable_by_key(|&index| (definite[index as usize].1, index));
        let returns: Vec<Moment> =
            by_return.iter().map(|&index| definite[index as usize].1).collect();
        let invocations = definite.iter().map(|&(invoked, ..)| invoked);
        let opens: Vec<u32> = ranks(&returns, invocations)
            .chain(ranks(&returns, optional.iter().map(|&(invoked, _)| invoked)))
            .collect();

        let mut plan = Plan {
            definite: Vec::with_capacity(known),
            optional: Vec::with_capacity(optional.len()),
            numbers,
            calls,
            opens,
            by_return,
            twins: Vec::with_capacity(known),
            slots: 0,
        };
        plan.classify(model, known);
        plan.assign_slots();
        plan
    }

    /// Fills in what depends on which operations are alike.
    fn classify(&mut self, model: &M, known: usize) {
        let inputs = number_equals(self.calls.iter().map(|call| call.input));
        let kinds = number_equals(self.calls[..known].iter().map(|call| (call.input, call.output)));
        let mut returns = vec![0; known];
        for (rank, &index) in self.by_return.iter().enumerate() {
            returns[index as usize] = rank as u32;
        }
        self.twins.extend(0..known as u32);
        self.twins.sort_unstable_by_key(|&index| (kinds[index as usize], returns[index as usize]));

        let mut changed_by_definite = vec![false; self.calls.len()];
        for (index, call) in self.calls[..known].iter().enumerate() {
            let reads = model.is_read_only(call.input, call.output);
            changed_by_definite[inputs[index] as usize] |= !reads;
            let (returns, input) = (returns[index], inputs[index]);
            self.definite.push(Definite { returns, slot: 0, reads, input, twins: 0..0 });
        }
        let mut start = 0;
        for place in 0..known {
            let index = self.twins[place] as usize;
            if kinds[self.twins[start] as usize] != kinds[index] {
                start = place;
            }
            self.definite[index].twins = start as u32..place as u32;
        }

        let mut latest = vec![None; self.calls.len()];
        for (index, &input) in inputs[known..].iter().enumerate() {
            let before = latest[input as usize].replace(index as u32);
            let has_rival = changed_by_definite[input as usize];
            self.optional.push(Optional { before, input, has_rival });
        }
    }

    /// Gives each definite operation the least slot free at its invocation, until its return.
    fn assign_slots(&mut self) {
        let mut free = std::collections::BinaryHeap::new();
        let mut returned = 0;
        for index in 0..self.definite.len() {
            while returned < self.opens[index] {
                let done = self.by_return[returned as usize] as usize;
                free.push(std::cmp::Reverse(self.definite[done].slot));
                returned += 1;
            }
            self.definite[index].slot = match free.pop() {
                Some(std::cmp::Reverse(slot)) => slot,
                None => {
                    self.slots += 1;
                    self.slots as u32 - 1
                }
            };
        }
    }
}

/// For each invocation, in order, how many of the `returns`, in order, come before it.
fn ranks(
    returns: &[Moment],
    invocations: impl Iterator<Item = Moment>,
) -> impl Iterator<Item = u32> {
    let mut passed = 0;
    invocations.map(move |invoked| {
        while returns.get(passed).is_some_and(|&returned| returned < invoked) {
            passed += 1;
        }
        passed as u32
    })
}

/// Numbers values from 0 so that equal ones share a number.
fn number_equals<T: Eq + Hash>(values: impl ExactSizeIterator<Item = T>) -> Vec<u32> {
    let mut table: HashTable<(T, u32)> = HashTable::with_capacity(values.len());
    let hash = |value: &T| FxBuildHasher.hash_one(value);
    values
        .map(|value| {
            let fresh = table.len() as u32;
            let same = |other: &(T, u32)| other.0 == value;
            let found = table.find(hash(&value), same).map(|&(_, number)| number);
            found.unwrap_or_else(|| {
                table.insert_unique(hash(&value), (value, fresh), |entry| hash(&entry.0));
                fresh
            })
        })
        .collect()
}
