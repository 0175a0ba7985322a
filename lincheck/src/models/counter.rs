//! A counter: add, read.

use crate::{Call, Model, Step};

/// A counter that begins at some number, 0 by default. For many counters see [`Keyed`](super::Keyed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// What it shows at first.
    pub initial: i64,
}

/// What a counter is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterInput {
    /// To add this, which may be less than 0.
    Add(i64),
    /// The same, and for the new total.
    AddAndGet(i64),
    /// For the total.
    Read,
}

impl CounterInput {
    /// How much it adds.
    fn more(self) -> i128 {
        match self {
            CounterInput::Add(more) | CounterInput::AddAndGet(more) => more.into(),
            CounterInput::Read => 0,
        }
    }
}

/// What a counter answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterOutput {
    /// To an add.
    Added,
    /// To all else.
    Total(i64),
}

impl Model for Counter {
    /// Wide enough for all that a history can add.
    type State = i128;
    type Input = CounterInput;
    type Output = CounterOutput;

    fn init(&self) -> i128 {
        self.initial.into()
    }

    fn step(
        &self,
        total: &i128,
        input: &CounterInput,
        output: Option<&CounterOutput>,
    ) -> Step<i128> {
        let next = total + input.more();
        let is_legal = match (input, output) {
            (_, None) | (CounterInput::Add(_), Some(CounterOutput::Added)) => true,
            (CounterInput::AddAndGet(_) | CounterInput::Read, Some(CounterOutput::Total(told))) => {
                i128::from(*told) == next
            }
            _ => false,
        };
        match is_legal {
            false => Step::Illegal,
            true if next == *total => Step::Same,
            true => Step::To(next),
        }
    }

    fn describe(&self, input: &CounterInput, output: Option<&CounterOutput>) -> String {
        let what = match input {
            CounterInput::Add(more) | CounterInput::AddAndGet(more) => format!("add {more}"),
            CounterInput::Read => "read".to_string(),
        };
        match output {
            Some(CounterOutput::Added) => what,
            Some(CounterOutput::Total(total)) => format!("{what} -> {total}"),
            None => format!("{what} -> ?"),
        }
    }

    fn is_read_only(&self, input: &CounterInput, _: Option<&CounterOutput>) -> bool {
        input.more() == 0
    }

    fn can_become_legal<'a>(
        &self,
        total: &i128,
        call: Call<'a, Self>,
        others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let Some(CounterOutput::Total(told)) = call.output else { return true };
        let missing = i128::from(*told) - call.input.more() - total;
        // The least and the most that the others add.
        let (mut least, mut most) = (0, 0);
        for other in others {
            if least <= missing && missing <= most {
                break;
            }
            let more = other.input.more();
            *(if more < 0 { &mut least } else { &mut most }) += more;
        }
        least <= missing && missing <= most
    }
}

#[cfg(test)]
mod tests {
    use super::{CounterInput::*, CounterOutput::*, *};

    #[test]
    fn a_counter_shows_the_total() {
        let counter = Counter { initial: 1 };
        assert_eq!(counter.init(), 1);
        assert_eq!(counter.step(&1, &Add(2), Some(&Added)), Step::To(3));
        assert_eq!(counter.step(&1, &AddAndGet(2), Some(&Total(3))), Step::To(3));
        assert_eq!(counter.step(&1, &AddAndGet(2), Some(&Total(2))), Step::Illegal);
        assert_eq!(counter.step(&3, &Read, Some(&Total(3))), Step::Same);
        assert_eq!(counter.step(&3, &Read, Some(&Total(1))), Step::Illegal);
        assert_eq!(counter.step(&i64::MAX.into(), &Add(1), None), Step::To(1 << 63));
    }

    #[test]
    fn a_total_out_of_reach_is_known_at_once() {
        let told = Total(10);
        let call = Call { input: &Read, output: Some(&told) };
        let can = |total: i128, adds: &[CounterInput]| {
            let others = adds.iter().map(|input| Call { input, output: None });
            Counter::default().can_become_legal(&total, call, others)
        };
        assert!(can(10, &[]) && can(5, &[Add(2), Add(3)]) && can(12, &[Add(1), Add(-2)]));
        assert!(!can(5, &[Add(4), Add(-9)]) && !can(12, &[Add(5), Add(-1)]));
    }
}
