//! A bag: a queue that promises no order.

use super::{Queue, QueueInput, QueueOutput};
use crate::{BranchingModel, Model};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A queue of `V` that gives away any of its elements. If an answer is lost, nobody knows which, so it
/// may go several ways: [`Branching`](crate::Branching) makes a model of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bag<V>(PhantomData<fn() -> V>);

impl<V> Bag<V> {
    /// The model.
    pub const fn new() -> Bag<V> {
        Bag(PhantomData)
    }
}

impl<V> Default for Bag<V> {
    fn default() -> Bag<V> {
        Bag::new()
    }
}

impl<V: Clone + Ord + Hash + Debug> BranchingModel for Bag<V> {
    /// How often it has each element.
    type State = BTreeMap<V, u32>;
    type Input = QueueInput<V>;
    type Output = QueueOutput<V>;

    fn init(&self) -> Vec<BTreeMap<V, u32>> {
        vec![BTreeMap::new()]
    }

    fn step(
        &self,
        state: &BTreeMap<V, u32>,
        input: &QueueInput<V>,
        output: Option<&QueueOutput<V>>,
    ) -> Vec<BTreeMap<V, u32>> {
        match (input, output) {
            (QueueInput::Enqueue(value), None | Some(QueueOutput::Enqueued)) => {
                let mut more = state.clone();
                *more.entry(value.clone()).or_default() += 1;
                vec![more]
            }
            (QueueInput::Dequeue, None | Some(QueueOutput::Dequeued(None))) if state.is_empty() => {
                vec![state.clone()]
            }
            (QueueInput::Dequeue, None) => {
                state.keys().filter_map(|value| without(state, value)).collect()
            }
            (QueueInput::Dequeue, Some(QueueOutput::Dequeued(Some(value)))) => {
                without(state, value).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn describe(&self, input: &QueueInput<V>, output: Option<&QueueOutput<V>>) -> String {
        Queue::new().describe(input, output)
    }
}

fn without<V: Clone + Ord>(state: &BTreeMap<V, u32>, value: &V) -> Option<BTreeMap<V, u32>> {
    let mut fewer = state.clone();
    let count = fewer.get_mut(value)?;
    *count -= 1;
    if *count == 0 {
        fewer.remove(value);
    }
    Some(fewer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Branching, History, Operation, Verdict, check};
    use QueueInput::{Dequeue, Enqueue};
    use QueueOutput::{Dequeued, Enqueued};

    /// Two elements go in, the answer to the first dequeue is lost, the others are these.
    fn verdict(answers: &[Option<u8>]) -> Verdict {
        let mut history = History::new();
        for value in [1, 2] {
            let at = u64::from(value) * 10;
            history.push(Operation::new(0, at, Enqueue(value)).returned(at + 5, Enqueued)).unwrap();
        }
        history.push(Operation::new(1, 30, Dequeue).applied(35)).unwrap();
        for (place, &answer) in (4..).zip(answers) {
            let at = place * 10;
            history
                .push(Operation::new(2, at, Dequeue).returned(at + 5, Dequeued(answer)))
                .unwrap();
        }
        check(&Branching(Bag::new()), &history).verdict
    }

    #[test]
    fn a_lost_answer_may_have_been_any_element() {
        assert_eq!(verdict(&[Some(1), None]), Verdict::Linearizable);
        assert_eq!(verdict(&[Some(2), None]), Verdict::Linearizable);
        assert_eq!(verdict(&[Some(1), Some(2)]), Verdict::NotLinearizable);
        assert_eq!(verdict(&[None]), Verdict::NotLinearizable);
    }
}
