//! A lock: acquire, release.

use crate::{Bearing, Call, Model, Step};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A lock, free at first, that one holder at a time can have. Holders are told apart by a `V`, the number of a
/// client or a fencing token; without names it is `()`. For many locks see [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock<V>(PhantomData<fn() -> V>);

/// What a lock is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LockInput<V> {
    /// To be held by this one, if it is free.
    Acquire(V),
    /// To be free, if this one holds it.
    Release(V),
}

/// What a lock answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockOutput {
    /// It is done.
    Done,
    /// It was not free, or was not held by that one.
    Refused,
}

impl<V> Lock<V> {
    /// The model.
    pub const fn new() -> Lock<V> {
        Lock(PhantomData)
    }
}

impl<V> Default for Lock<V> {
    fn default() -> Lock<V> {
        Lock::new()
    }
}

impl<V: Clone + Eq + Hash + Debug> Model for Lock<V> {
    /// Who holds it.
    type State = Option<V>;
    type Input = LockInput<V>;
    type Output = LockOutput;

    fn init(&self) -> Option<V> {
        None
    }

    fn step(
        &self,
        holder: &Option<V>,
        input: &LockInput<V>,
        output: Option<&LockOutput>,
    ) -> Step<Option<V>> {
        let (is_possible, next) = match input {
            LockInput::Acquire(who) => (holder.is_none(), Some(who.clone())),
            LockInput::Release(who) => (holder.as_ref() == Some(who), None),
        };
        match output {
            None | Some(LockOutput::Done) if is_possible => Step::To(next),
            None | Some(LockOutput::Refused) if !is_possible => Step::Same,
            _ => Step::Illegal,
        }
    }

    fn describe(&self, input: &LockInput<V>, output: Option<&LockOutput>) -> String {
        let (what, who) = match input {
            LockInput::Acquire(who) => ("acquire", who),
            LockInput::Release(who) => ("release", who),
        };
        let answer = match output {
            Some(LockOutput::Done) => "",
            Some(LockOutput::Refused) => " -> refused",
            None => " -> ?",
        };
        match format!("{who:?}").as_str() {
            "()" | "null" => format!("{what}{answer}"),
            who => format!("{what} {who}{answer}"),
        }
    }

    fn describe_state(&self, holder: &Option<V>) -> String {
        match holder.as_ref().map(|who| format!("{who:?}")).as_deref() {
            None => "free".to_string(),
            Some("()" | "null") => "held".to_string(),
            Some(who) => format!("held by {who}"),
        }
    }

    fn is_read_only(&self, _: &LockInput<V>, output: Option<&LockOutput>) -> bool {
        output == Some(&LockOutput::Refused)
    }

    fn can_become_legal<'a>(
        &self,
        holder: &Option<V>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        match (call.input, call.output) {
            // The holder must release it first, and to release it, a client must have acquired it.
            (LockInput::Acquire(_), Some(LockOutput::Done)) => holder.as_ref().is_none_or(|held| {
                others.any(|it| matches!(it.input, LockInput::Release(who) if who == held))
            }),
            (LockInput::Release(who), Some(LockOutput::Done)) => {
                holder.as_ref() == Some(who)
                    || others.any(|it| matches!(it.input, LockInput::Acquire(it) if it == who))
            }
            _ => true,
        }
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        match (call.input, call.output, other.input) {
            (LockInput::Release(who), Some(LockOutput::Done), LockInput::Acquire(it))
                if it == who =>
            {
                Bearing::Gives
            }
            (LockInput::Release(who), Some(LockOutput::Done), LockInput::Release(it))
                if it == who && other.output == Some(&LockOutput::Done) =>
            {
                Bearing::Takes
            }
            (LockInput::Release(_), Some(LockOutput::Done), _) => Bearing::None,
            _ => Bearing::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LockInput::*, LockOutput::*, *};

    #[test]
    fn a_lock_has_one_holder_at_a_time() {
        let lock = Lock::new();
        assert_eq!(lock.step(&None, &Acquire(1), Some(&Done)), Step::To(Some(1)));
        assert_eq!(lock.step(&Some(1), &Acquire(2), Some(&Done)), Step::Illegal);
        assert_eq!(lock.step(&Some(1), &Acquire(1), Some(&Done)), Step::Illegal, "not again");
        assert_eq!(lock.step(&Some(1), &Acquire(2), Some(&Refused)), Step::Same);
        assert_eq!(lock.step(&Some(1), &Release(2), Some(&Done)), Step::Illegal);
        assert_eq!(lock.step(&Some(1), &Release(1), Some(&Done)), Step::To(None));
        assert_eq!(lock.step(&None, &Release(1), Some(&Refused)), Step::Same);
        assert_eq!(lock.step(&None, &Release(1), None), Step::Same);
    }
}
