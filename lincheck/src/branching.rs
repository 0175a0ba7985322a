//! Objects that may go several ways.

use crate::{Model, Step};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;

/// A sequential object that may go several ways: for one operation in one state there may be several next
/// states, and nobody learns which. [`Branching`] makes a [`Model`] of it.
///
/// ```
/// use lincheck::{Branching, BranchingModel, History, Operation, Verdict, check};
///
/// /// A coin that lies somewhere, until somebody looks.
/// struct Coin;
///
/// impl BranchingModel for Coin {
///     type State = bool;
///     type Input = &'static str; // "toss" or "look"
///     type Output = Option<bool>; // what a look shows
///
///     fn init(&self) -> Vec<bool> {
///         vec![true]
///     }
///
///     fn step(&self, lies: &bool, what: &&'static str, seen: Option<&Option<bool>>) -> Vec<bool> {
///         match (*what, seen.copied().flatten()) {
///             ("toss", _) => vec![true, false],
///             (_, Some(seen)) if seen != *lies => vec![],
///             _ => vec![*lies],
///         }
///     }
/// }
///
/// let mut history = History::new();
/// history.push(Operation::new(0, 0, "toss").returned(10, None))?;
/// history.push(Operation::new(0, 20, "look").returned(30, Some(false)))?;
/// assert_eq!(check(&Branching(Coin), &history).verdict, Verdict::Linearizable);
/// history.push(Operation::new(1, 40, "look").returned(50, Some(true)))?; // it did not move
/// assert_eq!(check(&Branching(Coin), &history).verdict, Verdict::NotLinearizable);
/// # Ok::<(), lincheck::HistoryError>(())
/// ```
pub trait BranchingModel {
    /// The state of one partition of the object.
    type State: Clone + Ord + Hash + Debug;
    /// What a client asks for.
    type Input: Eq + Hash + Debug;
    /// What it is answered.
    type Output: Eq + Hash + Debug;

    /// The states in which it may be before the first operation.
    fn init(&self) -> Vec<Self::State>;

    /// The states in which it may be after the operation in `state`, answered so: none if it can't be
    /// answered so. Without an `output`, those after any answer.
    fn step(
        &self,
        state: &Self::State,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> Vec<Self::State>;

    /// See [`Model::partition`].
    fn partition<'a>(&self, input: &'a Self::Input) -> Cow<'a, str> {
        let _ = input;
        Cow::Borrowed("")
    }

    /// See [`Model::describe`].
    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        match output {
            Some(output) => format!("{input:?} -> {output:?}"),
            None => format!("{input:?} -> ?"),
        }
    }

    /// See [`Model::describe_state`].
    fn describe_state(&self, state: &Self::State) -> String {
        format!("{state:?}")
    }
}

/// The model of an object that may go several ways: its state is the set of all states in which the
/// object may be, so the search decides as if each of them were tried.
///
/// What a [`Model`] promises for the sake of speed is not true of such sets. An answer tells some of the
/// states apart from the others, so not even a read leaves the set as it is, and there are no hints; and
/// each step costs as many steps of the object as there are states. Where there is but one next state,
/// implement [`Model`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Branching<M>(pub M);

impl<M: BranchingModel> Model for Branching<M> {
    type State = BTreeSet<M::State>;
    type Input = M::Input;
    type Output = M::Output;

    fn init(&self) -> Self::State {
        self.0.init().into_iter().collect()
    }

    fn step(
        &self,
        states: &Self::State,
        input: &M::Input,
        output: Option<&M::Output>,
    ) -> Step<Self::State> {
        let after = |state| self.0.step(state, input, output);
        let next: Self::State = states.iter().flat_map(after).collect();
        match next {
            next if next.is_empty() => Step::Illegal,
            next if next == *states => Step::Same,
            next => Step::To(next),
        }
    }

    fn partition<'a>(&self, input: &'a M::Input) -> Cow<'a, str> {
        self.0.partition(input)
    }

    fn describe(&self, input: &M::Input, output: Option<&M::Output>) -> String {
        self.0.describe(input, output)
    }

    fn describe_state(&self, states: &Self::State) -> String {
        let all: Vec<String> = states.iter().map(|state| self.0.describe_state(state)).collect();
        all.join(" or ")
    }
}
