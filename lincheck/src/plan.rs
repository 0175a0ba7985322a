//! A partition of a history, prepared for the search: numbers instead of times.
//!
//! All that the search needs of time is which operations may come next. Returns are ranked; the
//! *frontier* is the rank of the first return whose operation is not yet placed. An operation may
//! be placed as soon as every return before its invocation has been passed, so each carries the
//! least frontier at which it *opens*, and comparing two numbers replaces walking over events.

use crate::schedule::Schedule;
use crate::{Call, History, Model};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;
use std::ops::Range;

/// An operation that certainly took effect.
pub(crate) struct Definite {
    /// The rank of its return.
    pub returns: u32,
    /// Which bit stands for it while it is pending; unique among operations pending together.
    pub slot: u32,
    /// Whether it can never change the state.
    pub reads: bool,
    /// Its input, as a number that equal inputs share; only of writes, and only where there are
    /// operations of unknown outcome to compare them with.
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

/// The number of no input.
const NO_INPUT: u32 = u32::MAX;

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
    /// The writes, by input and output, then by return.
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
        numbers: &mut dyn Iterator<Item = u32>,
        relaxed: &dyn Fn(u32) -> bool,
    ) -> Plan<'a, M> {
        let mut schedule = Schedule::default();
        for number in numbers {
            let operation = &history.operations()[number as usize];
            let returned = operation.returned_at().filter(|_| !relaxed(number));
            schedule.push(number, operation.invoked, returned);
        }
        let known = schedule.definite();
        let arranged = schedule.arrange();
        let mut calls = Vec::with_capacity(arranged.numbers.len());
        for &number in &arranged.numbers {
            let operation = &history.operations()[number as usize];
            let output = if calls.len() < known { operation.output() } else { None };
            calls.push(Call { input: &operation.input, output });
        }
        let mut plan = Plan {
            definite: Vec::with_capacity(known),
            optional: Vec::with_capacity(calls.len() - known),
            numbers: arranged.numbers,
            calls,
            opens: arranged.opens,
            by_return: arranged.by_return,
            twins: Vec::new(),
            slots: 0,
        };
        plan.describe_definite(model, known);
        plan.find_twins();
        plan.describe_optional();
        plan.slots = assign_slots(&mut plan.definite, &plan.opens, &plan.by_return);
        plan
    }

    fn describe_definite(&mut self, model: &M, known: usize) {
        for call in &self.calls[..known] {
            let reads = model.is_read_only(call.input, call.output);
            let definite = Definite { returns: 0, slot: 0, reads, input: NO_INPUT, twins: 0..0 };
            self.definite.push(definite);
        }
        for (rank, &index) in self.by_return.iter().enumerate() {
            self.definite[index as usize].returns = rank as u32;
        }
    }

    /// Groups the writes that are alike, each group in order of return.
    fn find_twins(&mut self) {
        let writes = writes(&self.definite, &self.by_return);
        let call = |place: u32| {
            let Call { input, output } = self.calls[writes[place as usize] as usize];
            (input, output)
        };
        let hash = |place| FxBuildHasher.hash_one(call(place));
        let first = first_equals(writes.len(), &hash, &|one, other| call(one) == call(other));
        self.twins = group(&mut self.definite, &writes, &first);
    }

    /// Relates the operations of unknown outcome to those with the same input.
    fn describe_optional(&mut self) {
        let all = self.calls.len() as u32;
        if self.definite.len() as u32 == all {
            return;
        }
        let changing = changing(&self.definite, all);
        let input = |place: u32| self.calls[changing[place as usize] as usize].input;
        let hash = |place| FxBuildHasher.hash_one(input(place));
        let first = first_equals(changing.len(), &hash, &|one, other| input(one) == input(other));
        self.optional = relate(&mut self.definite, &changing, &first);
    }
}

// None of these knows the model, so that each is compiled once and not for every model.

/// The operations that may change the state, in order of return.
fn writes(definite: &[Definite], by_return: &[u32]) -> Vec<u32> {
    let is_write = |index: &&u32| !definite[**index as usize].reads;
    by_return.iter().filter(is_write).copied().collect()
}

/// Tells the writes which are their twins; `first` says for each the place of the first that is alike.
/// Returns the writes by group.
fn group(definite: &mut [Definite], writes: &[u32], first: &[u32]) -> Vec<u32> {
    // Where each group goes, by its first operation.
    let mut ends = vec![0; writes.len()];
    for &group in first {
        ends[group as usize] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        let size = std::mem::replace(end, total);
        total += size;
    }
    let starts = ends.clone();
    let mut twins = vec![0; writes.len()];
    for (&index, &group) in writes.iter().zip(first) {
        let (start, end) = (starts[group as usize], &mut ends[group as usize]);
        definite[index as usize].twins = start..*end;
        twins[*end as usize] = index;
        *end += 1;
    }
    twins
}

/// The operations of unknown outcome, and of the others those that may change the state.
fn changing(definite: &[Definite], all: u32) -> Vec<u32> {
    let known = definite.len() as u32;
    let is_of_interest = |&index: &u32| index >= known || !definite[index as usize].reads;
    (0..all).filter(is_of_interest).collect()
}

/// Relates the operations of unknown outcome among `changing` to those with the same input; `first` says
/// for each the place of the first with its input.
fn relate(definite: &mut [Definite], changing: &[u32], first: &[u32]) -> Vec<Optional> {
    let known = definite.len() as u32;
    let mut optional = Vec::new();
    let mut is_written = vec![false; changing.len()];
    let mut latest = vec![None; changing.len()];
    for (&index, &input) in changing.iter().zip(first) {
        if index < known {
            definite[index as usize].input = input;
            is_written[input as usize] = true;
        } else {
            let before = latest[input as usize].replace(index - known);
            let has_rival = is_written[input as usize];
            optional.push(Optional { before, input, has_rival });
        }
    }
    optional
}

/// Gives each definite operation a slot of its own from its invocation until its return. Returns how many
/// slots there are.
fn assign_slots(definite: &mut [Definite], opens: &[u32], by_return: &[u32]) -> usize {
    let mut slots = 0;
    let mut free = Vec::new();
    let mut returned = 0;
    for index in 0..definite.len() {
        while returned < opens[index] {
            let done = by_return[returned as usize] as usize;
            free.push(definite[done].slot);
            returned += 1;
        }
        definite[index].slot = free.pop().unwrap_or_else(|| {
            slots += 1;
            slots as u32 - 1
        });
    }
    slots
}

/// For each of the values at these places the place of the first that is the same.
fn first_equals(
    places: usize,
    hash: &dyn Fn(u32) -> u64,
    is_same: &dyn Fn(u32, u32) -> bool,
) -> Vec<u32> {
    let hashes: Vec<u64> = (0..places as u32).map(hash).collect();
    let hash = |&place: &u32| hashes[place as usize];
    let mut table: HashTable<u32> = HashTable::with_capacity(places);
    (0..places as u32)
        .map(|place| {
            let same = |other: &u32| hash(other) == hash(&place) && is_same(*other, place);
            *table.entry(hash(&place), same, hash).or_insert(place).get()
        })
        .collect()
}
