//! A set: add, remove, contains, read.

use crate::{Bearing, Call, Model, Step};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A set of `V`, empty at first. For many sets see [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set<V>(PhantomData<fn() -> V>);

/// What a set is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SetInput<V> {
    /// To have this in it.
    Add(V),
    /// To have this out of it.
    Remove(V),
    /// Whether this is in it.
    Contains(V),
    /// For all that is in it.
    Read,
}

/// What a set answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SetOutput<V> {
    /// To an add or a remove.
    Done,
    /// To whether something is in it.
    Contained(bool),
    /// To a read.
    All(BTreeSet<V>),
}

impl<V> Set<V> {
    /// The model.
    pub const fn new() -> Set<V> {
        Set(PhantomData)
    }
}

impl<V> Default for Set<V> {
    fn default() -> Set<V> {
        Set::new()
    }
}

impl<V: Clone + Ord + Hash + Debug> Model for Set<V> {
    type State = BTreeSet<V>;
    type Input = SetInput<V>;
    type Output = SetOutput<V>;

    fn init(&self) -> BTreeSet<V> {
        BTreeSet::new()
    }

    fn step(
        &self,
        state: &BTreeSet<V>,
        input: &SetInput<V>,
        output: Option<&SetOutput<V>>,
    ) -> Step<BTreeSet<V>> {
        let is_legal = match (input, output) {
            (_, None) | (SetInput::Add(_) | SetInput::Remove(_), Some(SetOutput::Done)) => true,
            (SetInput::Contains(value), Some(SetOutput::Contained(answer))) => {
                state.contains(value) == *answer
            }
            (SetInput::Read, Some(SetOutput::All(all))) => all == state,
            _ => false,
        };
        match input {
            _ if !is_legal => Step::Illegal,
            SetInput::Add(value) if !state.contains(value) => {
                let mut more = state.clone();
                more.insert(value.clone());
                Step::To(more)
            }
            SetInput::Remove(value) if state.contains(value) => {
                let mut fewer = state.clone();
                fewer.remove(value);
                Step::To(fewer)
            }
            _ => Step::Same,
        }
    }

    fn describe(&self, input: &SetInput<V>, output: Option<&SetOutput<V>>) -> String {
        let what = match input {
            SetInput::Add(value) => format!("add {value:?}"),
            SetInput::Remove(value) => format!("remove {value:?}"),
            SetInput::Contains(value) => format!("contains {value:?}"),
            SetInput::Read => "read".to_string(),
        };
        match output {
            Some(SetOutput::Done) => what,
            Some(SetOutput::Contained(true)) => format!("{what} -> yes"),
            Some(SetOutput::Contained(false)) => format!("{what} -> no"),
            Some(SetOutput::All(all)) => format!("{what} -> {all:?}"),
            None => format!("{what} -> ?"),
        }
    }

    fn is_read_only(&self, input: &SetInput<V>, _: Option<&SetOutput<V>>) -> bool {
        matches!(input, SetInput::Contains(_) | SetInput::Read)
    }

    fn can_become_legal<'a>(
        &self,
        state: &BTreeSet<V>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let wanted = match (call.input, call.output) {
            (SetInput::Contains(value), Some(SetOutput::Contained(answer))) => {
                return state.contains(value) == *answer
                    || others.any(|other| match other.input {
                        SetInput::Add(it) => *answer && it == value,
                        SetInput::Remove(it) => !answer && it == value,
                        _ => false,
                    });
            }
            (SetInput::Read, Some(SetOutput::All(all))) => all,
            _ => return true,
        };
        // What differs must be added or removed by somebody.
        let mut differs: BTreeSet<&V> = state.symmetric_difference(wanted).collect();
        while !differs.is_empty() {
            match others.next().map(|other| other.input) {
                None => return false,
                Some(SetInput::Add(value)) if wanted.contains(value) => differs.remove(value),
                Some(SetInput::Remove(value)) if !wanted.contains(value) => differs.remove(value),
                Some(_) => false,
            };
        }
        true
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let is_shown = |value: &V| match (call.input, call.output) {
            (SetInput::Contains(it), Some(SetOutput::Contained(answer))) => {
                (it == value).then_some(*answer)
            }
            (SetInput::Read, Some(SetOutput::All(all))) => Some(all.contains(value)),
            _ => None,
        };
        let (value, is_in) = match other.input {
            SetInput::Add(value) => (value, true),
            SetInput::Remove(value) => (value, false),
            SetInput::Contains(_) | SetInput::Read => return Bearing::None,
        };
        match (call.output, is_shown(value)) {
            (None | Some(SetOutput::Done), _) => Bearing::Unclear,
            (Some(_), Some(shown)) if shown == is_in => Bearing::Gives,
            (Some(_), Some(_)) => Bearing::Takes,
            (Some(_), None) => Bearing::None,
        }
    }

    fn advance(
        &self,
        state: &mut BTreeSet<V>,
        input: &SetInput<V>,
        output: Option<&SetOutput<V>>,
    ) -> bool {
        match (input, output) {
            (SetInput::Add(value), None | Some(SetOutput::Done)) => {
                state.insert(value.clone());
                true
            }
            (SetInput::Remove(value), None | Some(SetOutput::Done)) => {
                state.remove(value);
                true
            }
            _ => self.step(state, input, output) == Step::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SetInput::*, SetOutput::*, *};

    #[test]
    fn a_set_has_what_was_added_and_not_removed() {
        let set = Set::new();
        let of = |values: &[u8]| BTreeSet::from_iter(values.iter().copied());
        assert_eq!(set.step(&of(&[1]), &Add(2), Some(&Done)), Step::To(of(&[1, 2])));
        assert_eq!(set.step(&of(&[1]), &Add(1), Some(&Done)), Step::Same);
        assert_eq!(set.step(&of(&[1, 2]), &Remove(1), None), Step::To(of(&[2])));
        assert_eq!(set.step(&of(&[1]), &Contains(1), Some(&Contained(true))), Step::Same);
        assert_eq!(set.step(&of(&[1]), &Contains(1), Some(&Contained(false))), Step::Illegal);
        assert_eq!(set.step(&of(&[2, 1]), &Read, Some(&All(of(&[1, 2])))), Step::Same);
        assert_eq!(set.step(&of(&[1]), &Read, Some(&All(of(&[1, 2])))), Step::Illegal);
    }

    #[test]
    fn a_read_needs_somebody_who_adds_what_it_shows() {
        let set = Set::new();
        let read = |values: &[u8]| All(BTreeSet::from_iter(values.iter().copied()));
        let (shown, one, two, gone) = (read(&[1, 2]), Add(1), Add(2), Remove(3));
        let call = Call { input: &Read, output: Some(&shown) };
        let can = |state: &[u8], inputs: &[&SetInput<u8>]| {
            let others = inputs.iter().map(|input| Call { input: *input, output: None });
            set.can_become_legal(&BTreeSet::from_iter(state.iter().copied()), call, others)
        };
        assert!(can(&[], &[&one, &two]) && can(&[3, 1], &[&two, &gone]));
        assert!(!can(&[], &[&one]) && !can(&[3, 1, 2], &[&one]));
    }
}
