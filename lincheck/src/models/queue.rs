//! A queue: first in, first out.

use crate::{Bearing, Call, Model, Step};
use std::collections::VecDeque;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A queue of `V`, empty at first. For many queues see [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue<V>(PhantomData<fn() -> V>);

/// What a queue is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum QueueInput<V> {
    /// To take this in, as the last.
    Enqueue(V),
    /// To give the first away.
    Dequeue,
}

/// What a queue answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum QueueOutput<V> {
    /// To an enqueue.
    Enqueued,
    /// To a dequeue: what was the first, or nothing if the queue was empty.
    Dequeued(Option<V>),
}

impl<V> Queue<V> {
    /// The model.
    pub const fn new() -> Queue<V> {
        Queue(PhantomData)
    }
}

impl<V> Default for Queue<V> {
    fn default() -> Queue<V> {
        Queue::new()
    }
}

impl<V: Clone + Eq + Hash + Debug> Model for Queue<V> {
    type State = VecDeque<V>;
    type Input = QueueInput<V>;
    type Output = QueueOutput<V>;

    fn init(&self) -> VecDeque<V> {
        VecDeque::new()
    }

    fn step(
        &self,
        state: &VecDeque<V>,
        input: &QueueInput<V>,
        output: Option<&QueueOutput<V>>,
    ) -> Step<VecDeque<V>> {
        match (input, output) {
            (QueueInput::Dequeue, Some(QueueOutput::Dequeued(value)))
                if value.as_ref() != state.front() =>
            {
                Step::Illegal
            }
            (QueueInput::Dequeue, None | Some(QueueOutput::Dequeued(_))) if state.is_empty() => {
                Step::Same
            }
            (QueueInput::Dequeue, None | Some(QueueOutput::Dequeued(_))) => {
                Step::To(state.iter().skip(1).cloned().collect())
            }
            (QueueInput::Enqueue(value), None | Some(QueueOutput::Enqueued)) => {
                Step::To(state.iter().chain([value]).cloned().collect())
            }
            _ => Step::Illegal,
        }
    }

    fn describe(&self, input: &QueueInput<V>, output: Option<&QueueOutput<V>>) -> String {
        let what = match input {
            QueueInput::Enqueue(value) => format!("enqueue {value:?}"),
            QueueInput::Dequeue => "dequeue".to_string(),
        };
        match output {
            Some(QueueOutput::Dequeued(Some(value))) => format!("{what} -> {value:?}"),
            Some(QueueOutput::Dequeued(None)) => format!("{what} -> nothing"),
            Some(QueueOutput::Enqueued) => what,
            None => format!("{what} -> ?"),
        }
    }

    fn is_read_only(&self, _: &QueueInput<V>, output: Option<&QueueOutput<V>>) -> bool {
        matches!(output, Some(QueueOutput::Dequeued(None)))
    }

    fn can_become_legal<'a>(
        &self,
        state: &VecDeque<V>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        match call.output {
            Some(QueueOutput::Dequeued(Some(value))) => {
                state.contains(value)
                    || others.any(|it| matches!(it.input, QueueInput::Enqueue(it) if it == value))
            }
            _ => true,
        }
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let Some(QueueOutput::Dequeued(Some(wanted))) = call.output else {
            return Bearing::Unclear;
        };
        match other.input {
            QueueInput::Enqueue(value) if value == wanted => Bearing::Gives,
            _ => Bearing::None,
        }
    }

    fn advance(
        &self,
        state: &mut VecDeque<V>,
        input: &QueueInput<V>,
        output: Option<&QueueOutput<V>>,
    ) -> bool {
        match (input, output) {
            (QueueInput::Enqueue(value), None | Some(QueueOutput::Enqueued)) => {
                state.push_back(value.clone());
                true
            }
            (QueueInput::Dequeue, Some(QueueOutput::Dequeued(value))) => {
                let is_legal = state.front() == value.as_ref();
                if is_legal {
                    state.pop_front();
                }
                is_legal
            }
            (QueueInput::Dequeue, None) => {
                state.pop_front();
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{QueueInput::*, QueueOutput::*, *};

    #[test]
    fn the_first_that_came_in_is_the_first_that_goes_out() {
        let queue = Queue::new();
        let of = |values: &[u8]| VecDeque::from(values.to_vec());
        assert_eq!(queue.step(&of(&[1]), &Enqueue(2), Some(&Enqueued)), Step::To(of(&[1, 2])));
        let dequeue =
            |state: &[u8], answer| queue.step(&of(state), &Dequeue, Some(&Dequeued(answer)));
        assert_eq!(dequeue(&[1, 2], Some(1)), Step::To(of(&[2])));
        assert_eq!(dequeue(&[1, 2], Some(2)), Step::Illegal);
        assert_eq!(dequeue(&[1], None), Step::Illegal);
        assert_eq!(dequeue(&[], None), Step::Same);
        assert_eq!(queue.step(&of(&[1, 2]), &Dequeue, None), Step::To(of(&[2])));
    }
}
