//! A register: read, write, compare-and-set.

use crate::{Bearing, Call, Model, Step};
use std::fmt::Debug;
use std::hash::Hash;

/// A register that holds a `V`, and nothing at first unless something else is said. For many registers see
/// [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register<V> {
    /// What it holds at first.
    pub initial: Option<V>,
}

/// What a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterInput<V> {
    /// For its value.
    Read,
    /// To hold this value.
    Write(V),
    /// To hold the second value if it holds the first.
    Cas(V, V),
}

/// What a register answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterOutput<V> {
    /// Its value, to a read.
    Value(Option<V>),
    /// To a write.
    Written,
    /// Whether it held the first value and now holds the second, to a compare-and-set.
    Swapped(bool),
}

impl<V> Register<V> {
    /// The model.
    pub const fn new() -> Register<V> {
        Register { initial: None }
    }
}

impl<V> Default for Register<V> {
    fn default() -> Register<V> {
        Register::new()
    }
}

impl<V: Clone + Eq + Hash + Debug> Model for Register<V> {
    type State = Option<V>;
    type Input = RegisterInput<V>;
    type Output = RegisterOutput<V>;

    fn init(&self) -> Option<V> {
        self.initial.clone()
    }

    fn step(
        &self,
        state: &Option<V>,
        input: &RegisterInput<V>,
        output: Option<&RegisterOutput<V>>,
    ) -> Step<Option<V>> {
        match (input, output) {
            (RegisterInput::Read, Some(RegisterOutput::Value(value))) if value != state => {
                Step::Illegal
            }
            (RegisterInput::Read, None | Some(RegisterOutput::Value(_))) => Step::Same,
            (RegisterInput::Write(value), None | Some(RegisterOutput::Written)) => {
                Step::To(Some(value.clone()))
            }
            (RegisterInput::Cas(from, to), None | Some(RegisterOutput::Swapped(_))) => {
                let holds = state.as_ref() == Some(from);
                match output {
                    Some(RegisterOutput::Swapped(swapped)) if *swapped != holds => Step::Illegal,
                    _ if holds => Step::To(Some(to.clone())),
                    _ => Step::Same,
                }
            }
            _ => Step::Illegal,
        }
    }

    fn describe(&self, input: &RegisterInput<V>, output: Option<&RegisterOutput<V>>) -> String {
        let what = match input {
            RegisterInput::Read => "read".to_string(),
            RegisterInput::Write(value) => format!("write {value:?}"),
            RegisterInput::Cas(from, to) => format!("cas {from:?} {to:?}"),
        };
        match output {
            Some(RegisterOutput::Value(Some(value))) => format!("{what} -> {value:?}"),
            Some(RegisterOutput::Value(None)) => format!("{what} -> nothing"),
            Some(RegisterOutput::Written | RegisterOutput::Swapped(true)) => what,
            Some(RegisterOutput::Swapped(false)) => format!("{what} -> refused"),
            None => format!("{what} -> ?"),
        }
    }

    fn describe_state(&self, state: &Option<V>) -> String {
        state.as_ref().map_or("nothing".to_string(), |value| format!("{value:?}"))
    }

    fn is_read_only(&self, input: &RegisterInput<V>, output: Option<&RegisterOutput<V>>) -> bool {
        matches!(input, RegisterInput::Read)
            || matches!(output, Some(RegisterOutput::Swapped(false)))
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let wanted = match (call.input, call.output) {
            (RegisterInput::Read, Some(RegisterOutput::Value(value))) => value.as_ref(),
            (RegisterInput::Cas(from, _), Some(RegisterOutput::Swapped(true))) => Some(from),
            _ => return Bearing::Unclear,
        };
        match (other.input, other.output) {
            (RegisterInput::Write(value) | RegisterInput::Cas(_, value), _)
                if Some(value) == wanted =>
            {
                Bearing::Gives
            }
            (RegisterInput::Write(_), _) => Bearing::Takes,
            (RegisterInput::Cas(..), Some(RegisterOutput::Swapped(true))) => Bearing::Takes,
            _ => Bearing::None,
        }
    }

    fn can_become_legal<'a>(
        &self,
        state: &Option<V>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let wanted = match (call.input, call.output) {
            (RegisterInput::Read, Some(RegisterOutput::Value(Some(value)))) => value,
            (RegisterInput::Cas(from, _), Some(RegisterOutput::Swapped(true))) => from,
            // Nothing is written that empties a register.
            (RegisterInput::Read, Some(RegisterOutput::Value(None))) => return state.is_none(),
            _ => return true,
        };
        state.as_ref() == Some(wanted)
            || others.any(|other| match other.input {
                RegisterInput::Write(value) | RegisterInput::Cas(_, value) => value == wanted,
                RegisterInput::Read => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{RegisterInput::*, RegisterOutput::*, *};

    #[test]
    fn a_read_gives_what_was_written_last() {
        let register = Register::new();
        assert_eq!(register.step(&None, &Write(1), Some(&Written)), Step::To(Some(1)));
        assert_eq!(register.step(&Some(1), &Read, Some(&Value(Some(1)))), Step::Same);
        assert_eq!(register.step(&Some(1), &Read, Some(&Value(Some(2)))), Step::Illegal);
        assert_eq!(register.step(&Some(1), &Read, Some(&Value(None))), Step::Illegal);
    }

    #[test]
    fn a_compare_and_set_swaps_if_and_only_if_the_register_holds_the_first_value() {
        let register = Register::new();
        assert_eq!(register.step(&Some(1), &Cas(1, 2), Some(&Swapped(true))), Step::To(Some(2)));
        assert_eq!(register.step(&Some(3), &Cas(1, 2), Some(&Swapped(true))), Step::Illegal);
        assert_eq!(register.step(&Some(1), &Cas(1, 2), Some(&Swapped(false))), Step::Illegal);
        assert_eq!(register.step(&Some(3), &Cas(1, 2), Some(&Swapped(false))), Step::Same);
        assert_eq!(register.step(&Some(3), &Cas(1, 2), None), Step::Same);
        assert_eq!(register.step(&Some(1), &Cas(1, 2), None), Step::To(Some(2)));
    }

    #[test]
    fn an_answer_to_something_else_is_illegal() {
        assert_eq!(Register::new().step(&Some(1), &Read, Some(&Written)), Step::Illegal);
    }
}
