//! A history in words: what reports and pages show of it, whatever its model is.

use crate::{History, Model, Moment, Step};

/// A history whose operations and states are told in words.
pub(crate) trait Described {
    /// How many operations it has.
    fn count(&self) -> usize;

    /// The frame of an operation; nothing for a number that none has.
    fn frame(&self, number: usize) -> Option<Frame>;

    /// What an operation did, and what it was answered.
    fn text(&self, number: usize) -> String;

    /// The state at first, and after each operation of that order.
    fn states(&self, order: &[usize]) -> Vec<String>;
}

/// Who an operation was, and when.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub client: u64,
    pub invoked: Moment,
    pub returned: Option<Moment>,
    pub is_answered: bool,
}

/// The history of a model's operations.
pub(crate) struct InWordsOf<'a, M: Model> {
    pub model: &'a M,
    pub history: &'a History<M::Input, M::Output>,
}

impl<M: Model> Described for InWordsOf<'_, M> {
    fn count(&self) -> usize {
        self.history.operations().len()
    }

    fn frame(&self, number: usize) -> Option<Frame> {
        let operation = self.history.operations().get(number)?;
        Some(Frame {
            client: operation.client,
            invoked: operation.invoked,
            returned: operation.returned_at(),
            is_answered: operation.output().is_some(),
        })
    }

    fn text(&self, number: usize) -> String {
        let operation = &self.history.operations()[number];
        self.model.describe(&operation.input, operation.output())
    }

    fn states(&self, order: &[usize]) -> Vec<String> {
        let mut state = self.model.init();
        let mut states = vec![self.model.describe_state(&state)];
        for &number in order {
            let operation = &self.history.operations()[number];
            match self.model.step(&state, &operation.input, operation.output()) {
                Step::Illegal | Step::Same => {}
                Step::To(next) => state = next,
            }
            states.push(self.model.describe_state(&state));
        }
        states
    }
}
