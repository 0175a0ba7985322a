//! A model without its hints.

use crate::model::{Model, Step};
use std::borrow::Cow;

/// Another model as most people write theirs: what every model must have, and its partition. To find out
/// what the hints save, and that they change no verdict.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain<M>(pub M);

impl<M: Model> Model for Plain<M> {
    type State = M::State;
    type Input = M::Input;
    type Output = M::Output;

    fn init(&self) -> M::State {
        self.0.init()
    }

    fn step(
        &self,
        state: &M::State,
        input: &M::Input,
        output: Option<&M::Output>,
    ) -> Step<M::State> {
        self.0.step(state, input, output)
    }

    fn partition<'a>(&self, input: &'a M::Input) -> Cow<'a, str> {
        self.0.partition(input)
    }
}
