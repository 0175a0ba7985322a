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
        numbers: impl Iterator<Item = u32>,
        relaxed: impl Fn(u32) -> bool,
    ) -> Plan<'a, M> {
        let mut definite = Vec::with_capacity(numbers.size_hint().0);
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

        let mut returns: Vec<(Moment, u32)> = (definite.iter().zip(0..))
            .map(|(&(_, returned, _), index)| (returned, index))
            .collect();
        sort_nearly_sorted(&mut returns);
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
            by_return: returns.into_iter().map(|(_, index)| index).collect(),
            twins: Vec::new(),
            slots: 0,
        };
        plan.describe_definite(model, known);
        plan.find_twins();
        plan.describe_optional();
        plan.assign_slots();
        plan
    }

    fn describe_definite(&mut self, model: &M, known: usize) {
        self.definite.extend(self.calls[..known].iter().map(|call| {
            let reads = model.is_read_only(call.input, call.output);
            Definite { returns: 0, slot: 0, reads, input: NO_INPUT, twins: 0..0 }
        }));
        for (rank, &index) in self.by_return.iter().enumerate() {
            self.definite[index as usize].returns = rank as u32;
        }
    }

    /// Groups the writes that are alike, each group in order of return.
    fn find_twins(&mut self) {
        let call = |&index: &u32| self.calls[index as usize];
        let is_write = |index: &&u32| !self.definite[**index as usize].reads;
        let writes: Vec<u32> = self.by_return.iter().filter(is_write).copied().collect();
        let first = first_equals(&writes, |index| (call(index).input, call(index).output));
        // Where each group goes, by its first operation.
        let mut ends = vec![0; writes.len()];
        for &group in &first {
            ends[group as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            let size = std::mem::replace(end, total);
            total += size;
        }
        let starts = ends.clone();
        self.twins.resize(writes.len(), 0);
        for (&index, &group) in writes.iter().zip(&first) {
            let (start, end) = (starts[group as usize], &mut ends[group as usize]);
            self.definite[index as usize].twins = start..*end;
            self.twins[*end as usize] = index;
            *end += 1;
        }
    }

    /// Relates the operations of unknown outcome to those with the same input.
    fn describe_optional(&mut self) {
        let known = self.definite.len() as u32;
        let all = self.calls.len() as u32;
        if known == all {
            return;
        }
        let is_of_interest = |&index: &u32| index >= known || !self.definite[index as usize].reads;
        let changing: Vec<u32> = (0..all).filter(is_of_interest).collect();
        let first = first_equals(&changing, |&index| self.calls[index as usize].input);
        let mut is_written = vec![false; changing.len()];
        let mut latest = vec![None; changing.len()];
        for (&index, &input) in changing.iter().zip(&first) {
            if index < known {
                self.definite[index as usize].input = input;
                is_written[input as usize] = true;
            } else {
                let before = latest[input as usize].replace(index - known);
                let has_rival = is_written[input as usize];
                self.optional.push(Optional { before, input, has_rival });
            }
        }
    }

    /// Gives each definite operation a slot of its own from its invocation until its return.
    fn assign_slots(&mut self) {
        let mut free = Vec::new();
        let mut returned = 0;
        for index in 0..self.definite.len() {
            while returned < self.opens[index] {
                let done = self.by_return[returned as usize] as usize;
                free.push(self.definite[done].slot);
                returned += 1;
            }
            self.definite[index].slot = free.pop().unwrap_or_else(|| {
                self.slots += 1;
                self.slots as u32 - 1
            });
        }
    }
}

/// For each invocation, in order, how many of the `returns`, in order, come before it.
fn ranks(
    returns: &[(Moment, u32)],
    invocations: impl Iterator<Item = Moment>,
) -> impl Iterator<Item = u32> {
    let mut passed = 0;
    invocations.map(move |invoked| {
        while returns.get(passed).is_some_and(|&(returned, _)| returned < invoked) {
            passed += 1;
        }
        passed as u32
    })
}

/// Sorts what is nearly in order: operations return much as they were invoked.
fn sort_nearly_sorted<T: Ord>(values: &mut [T]) {
    let mut moves_left = 16 * values.len();
    for end in 1..values.len() {
        let mut place = end;
        while place > 0 && values[place - 1] > values[place] {
            if moves_left == 0 {
                return values.sort_unstable();
            }
            moves_left -= 1;
            values.swap(place - 1, place);
            place -= 1;
        }
    }
}

/// For each value the place of the first whose key is the same.
fn first_equals<'v, T, K: Eq + Hash>(values: &'v [T], key: impl Fn(&'v T) -> K) -> Vec<u32> {
    let hash = |place: u32| FxBuildHasher.hash_one(key(&values[place as usize]));
    let mut table: HashTable<u32> = HashTable::with_capacity(values.len());
    (0..values.len() as u32)
        .map(|place| {
            let this = key(&values[place as usize]);
            let same = |other: &u32| key(&values[*other as usize]) == this;
            *table.entry(hash(place), same, |&other| hash(other)).or_insert(place).get()
        })
        .collect()
}
