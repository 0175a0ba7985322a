//! Many independent objects of one kind.

use crate::{Bearing, Call, Model, Step};
use std::borrow::Cow;

/// An object for each key, all like the model inside. Each is judged by itself.
///
/// ```
/// use lincheck::models::{Keyed, KeyedInput, Register, RegisterInput::*, RegisterOutput::*};
/// use lincheck::{check, History, Operation, Verdict};
///
/// let mut history = History::new();
/// let on = |key: &str, input| KeyedInput { key: key.to_string(), input };
/// history.push(Operation::new(0, 0, on("x", Write(1))).returned(10, Written))?;
/// history.push(Operation::new(0, 20, on("y", Read)).returned(30, Value(None)))?;
/// assert_eq!(check(&Keyed(Register::new()), &history).verdict, Verdict::Linearizable);
/// # Ok::<(), lincheck::HistoryError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keyed<M>(pub M);

/// What the object of some key is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyedInput<I> {
    /// Which object.
    pub key: String,
    /// What.
    pub input: I,
}

impl<M: Model> Model for Keyed<M> {
    type State = M::State;
    type Input = KeyedInput<M::Input>;
    type Output = M::Output;

    fn init(&self) -> M::State {
        self.0.init()
    }

    fn step(
        &self,
        state: &M::State,
        input: &Self::Input,
        output: Option<&M::Output>,
    ) -> Step<M::State> {
        self.0.step(state, &input.input, output)
    }

    fn partition<'a>(&self, input: &'a Self::Input) -> Cow<'a, str> {
        Cow::Borrowed(&input.key)
    }

    fn describe(&self, input: &Self::Input, output: Option<&M::Output>) -> String {
        let what = self.0.describe(&input.input, output);
        if input.key.is_empty() { what } else { format!("{}: {what}", input.key) }
    }

    fn describe_state(&self, state: &M::State) -> String {
        self.0.describe_state(state)
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        self.0.bearing(inner(call), inner(other))
    }

    fn is_read_only(&self, input: &Self::Input, output: Option<&M::Output>) -> bool {
        self.0.is_read_only(&input.input, output)
    }

    fn can_become_legal<'a>(
        &self,
        state: &M::State,
        call: Call<'a, Self>,
        others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        self.0.can_become_legal(state, inner(call), others.map(inner))
    }

    fn advance(
        &self,
        state: &mut M::State,
        input: &Self::Input,
        output: Option<&M::Output>,
    ) -> bool {
        self.0.advance(state, &input.input, output)
    }
}

/// The call as the model inside sees it.
fn inner<M: Model>(call: Call<'_, Keyed<M>>) -> Call<'_, M> {
    Call { input: &call.input.input, output: call.output }
}
