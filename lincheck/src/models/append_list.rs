//! A list that elements are appended to.

use crate::{Bearing, Call, Model, Step};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A list of `V`, empty at first, of which every read shows all: an append that is lost, doubled or
/// out of order cannot hide. For many lists see [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendList<V>(PhantomData<fn() -> V>);

/// What a list is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppendListInput<V> {
    /// For all that it holds.
    Read,
    /// To add this at the end.
    Append(V),
}

/// What a list answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppendListOutput<V> {
    /// All that it holds, to a read.
    List(Vec<V>),
    /// To an append.
    Appended,
}

impl<V> AppendList<V> {
    /// The model.
    pub const fn new() -> AppendList<V> {
        AppendList(PhantomData)
    }
}

impl<V> Default for AppendList<V> {
    fn default() -> AppendList<V> {
        AppendList::new()
    }
}

impl<V: Clone + Eq + Hash + Debug> Model for AppendList<V> {
    type State = Vec<V>;
    type Input = AppendListInput<V>;
    type Output = AppendListOutput<V>;

    fn init(&self) -> Vec<V> {
        Vec::new()
    }

    fn step(
        &self,
        state: &Vec<V>,
        input: &AppendListInput<V>,
        output: Option<&AppendListOutput<V>>,
    ) -> Step<Vec<V>> {
        match (input, output) {
            (AppendListInput::Read, Some(AppendListOutput::List(list))) if list != state => {
                Step::Illegal
            }
            (AppendListInput::Read, None | Some(AppendListOutput::List(_))) => Step::Same,
            (AppendListInput::Append(value), None | Some(AppendListOutput::Appended)) => {
                let mut longer = Vec::with_capacity(state.len() + 1);
                longer.extend_from_slice(state);
                longer.push(value.clone());
                Step::To(longer)
            }
            _ => Step::Illegal,
        }
    }

    fn describe(&self, input: &AppendListInput<V>, output: Option<&AppendListOutput<V>>) -> String {
        match (input, output) {
            (AppendListInput::Read, Some(AppendListOutput::List(list))) => {
                format!("read -> {list:?}")
            }
            (AppendListInput::Read, _) => "read -> ?".to_string(),
            (AppendListInput::Append(value), Some(_)) => format!("append {value:?}"),
            (AppendListInput::Append(value), None) => format!("append {value:?} -> ?"),
        }
    }

    fn is_read_only(&self, input: &AppendListInput<V>, _: Option<&AppendListOutput<V>>) -> bool {
        matches!(input, AppendListInput::Read)
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let Some(AppendListOutput::List(wanted)) = call.output else { return Bearing::Unclear };
        match other.input {
            AppendListInput::Append(value) if wanted.last() == Some(value) => Bearing::Gives,
            AppendListInput::Append(_) => Bearing::Takes,
            AppendListInput::Read => Bearing::None,
        }
    }

    fn can_become_legal<'a>(
        &self,
        state: &Vec<V>,
        call: Call<'a, Self>,
        _: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        // What is in the list stays there.
        match call.output {
            Some(AppendListOutput::List(list)) => list.starts_with(state),
            _ => true,
        }
    }

    fn advance(
        &self,
        state: &mut Vec<V>,
        input: &AppendListInput<V>,
        output: Option<&AppendListOutput<V>>,
    ) -> bool {
        match (input, output) {
            (AppendListInput::Append(value), None | Some(AppendListOutput::Appended)) => {
                state.push(value.clone());
                true
            }
            _ => self.step(state, input, output) == Step::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AppendListInput::*, AppendListOutput::*, *};

    #[test]
    fn a_read_shows_every_append_in_order() {
        let list = AppendList::new();
        let one = list.step(&vec![], &Append(1), Some(&Appended));
        assert_eq!(one, Step::To(vec![1]));
        assert_eq!(list.step(&vec![1, 2], &Read, Some(&List(vec![1, 2]))), Step::Same);
        for wrong in [vec![1], vec![2, 1], vec![1, 2, 2]] {
            assert_eq!(list.step(&vec![1, 2], &Read, Some(&List(wrong))), Step::Illegal);
        }
    }
}
