//! Orders of application: which are linearizations, and what a checker does with one.

use crate::support::histories::*;
use lincheck::models::{Keyed, KeyedInput, Register, RegisterInput::*, RegisterOutput::*};
use lincheck::{Checker, History, Model, Operation, OrderError, Step, Verdict, check_order};
use proptest::prelude::*;
use std::cell::Cell;

type Registers = History<lincheck::models::RegisterInput<u8>, lincheck::models::RegisterOutput<u8>>;

/// A write, a read of it that overlaps, and a later write.
fn three() -> Registers {
    let mut history = History::new();
    history.push(Operation::new(0, 0, Write(1)).returned(10, Written)).unwrap();
    history.push(Operation::new(1, 5, Read).returned(15, Value(Some(1)))).unwrap();
    history.push(Operation::new(0, 20, Write(2)).returned(30, Written)).unwrap();
    history
}

#[test]
fn a_linearization_is_accepted() {
    assert_eq!(check_order(&Register::new(), &three(), &[0, 1, 2]), Ok(()));
    assert_eq!(check_order(&Register::new(), &History::<_, _>::new() as &Registers, &[]), Ok(()));
}

#[test]
fn whatever_is_wrong_with_an_order_is_named() {
    let error = |order: &[usize]| check_order(&Register::new(), &three(), order).unwrap_err();
    assert_eq!(error(&[1, 0, 2]), OrderError::Illegal { operation: 1, place: 0 });
    assert_eq!(error(&[0, 2, 1]), OrderError::TooLate { operation: 1, place: 2, earlier: 2 });
    assert_eq!(error(&[0, 1, 1, 2]), OrderError::Repeated { operation: 1, place: 2 });
    assert_eq!(error(&[0, 1]), OrderError::Missing { operation: 2 });
    assert_eq!(error(&[0, 1, 2, 3]), OrderError::Unheard { operation: 3, place: 3 });
}

#[test]
fn operations_of_unknown_outcome_may_be_in_the_order_or_not() {
    let mut history = three();
    let write = history.push(Operation::new(3, 21, Write(3)).unknown()).unwrap();
    for order in [&[0, 1, 2][..], &[0, 1, write, 2], &[0, 1, 2, write]] {
        assert_eq!(check_order(&Register::new(), &history, order), Ok(()));
    }
    let early = check_order(&Register::new(), &history, &[write, 0, 1, 2]).unwrap_err();
    assert_eq!(early, OrderError::TooLate { operation: 0, place: 1, earlier: write });
}

#[test]
fn an_operation_that_was_applied_must_be_in_the_order_by_then() {
    let mut history = three();
    let applied = history.push(Operation::new(3, 21, Write(3)).applied(40)).unwrap();
    let missing = check_order(&Register::new(), &history, &[0, 1, 2]).unwrap_err();
    assert_eq!(missing, OrderError::Missing { operation: applied });
    assert_eq!(check_order(&Register::new(), &history, &[0, 1, applied, 2]), Ok(()));
}

/// Counts how often the search asks.
struct Counting<'a>(Keyed<Register<u8>>, &'a Cell<u64>);

impl Model for Counting<'_> {
    type State = Option<u8>;
    type Input = KeyedInput<lincheck::models::RegisterInput<u8>>;
    type Output = lincheck::models::RegisterOutput<u8>;

    fn init(&self) -> Option<u8> {
        None
    }

    fn step(
        &self,
        state: &Option<u8>,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> Step<Option<u8>> {
        self.1.set(self.1.get() + 1);
        self.0.step(state, input, output)
    }

    fn partition<'a>(&self, input: &'a Self::Input) -> std::borrow::Cow<'a, str> {
        self.0.partition(input)
    }
}

#[test]
fn only_parts_in_which_the_order_does_not_hold_are_searched() {
    let mut history = History::new();
    let on = |key: &str, input| KeyedInput { key: key.to_string(), input };
    for number in 0..50 {
        let at = u64::from(number) * 10;
        let x = Operation::new(0, at, on("x", Write(number))).returned(at + 15, Written);
        let y = Operation::new(1, at, on("y", Write(number))).returned(at + 15, Written);
        history.push(x).unwrap();
        history.push(y).unwrap();
    }
    let count = Cell::new(0);
    let model = Counting(Keyed(Register::new()), &count);
    let order: Vec<usize> = (0..100).collect();
    let report = Checker::new(&model).order(&order).check(&history);
    assert_eq!(report.verdict, Verdict::Linearizable);
    assert_eq!((report.steps(), count.get()), (0, 100), "a step of the model each");

    // The other order of the last two writes of y contradicts time.
    let mut wrong = order;
    wrong.swap(95, 99);
    let report = Checker::new(&model).order(&wrong).check(&history);
    assert_eq!(report.verdict, Verdict::Linearizable, "another order holds");
    let [x, y] = &report.parts[..] else { panic!("two parts") };
    assert_eq!((x.key.as_str(), y.key.as_str()), ("x", "y"));
    assert!(x.steps == 0 && y.steps > 0);
}

#[test]
fn an_order_that_makes_no_sense_is_as_good_as_none() {
    for order in [&[][..], &[9], &[0, 0, 0], &[2, 1, 0]] {
        let report = Checker::new(&Register::new()).order(order).check(&three());
        assert_eq!(report.verdict, Verdict::Linearizable);
    }
}

/// The definition: every operation after those that returned before it was invoked, each answered
/// as the model says.
fn is_linearization(history: &Registers, order: &[usize]) -> bool {
    let all = history.operations();
    let mut state = None;
    for (place, &number) in order.iter().enumerate() {
        let later = &order[place + 1..];
        let is_late = |other: &usize| {
            all[*other].returned_at().is_some_and(|returned| returned < all[number].invoked)
        };
        if later.iter().any(is_late) || later.contains(&number) {
            return false;
        }
        match Register::new().step(&state, &all[number].input, all[number].output()) {
            Step::Illegal => return false,
            Step::Same => {}
            Step::To(next) => state = next,
        }
    }
    (0..all.len()).all(|number| all[number].returned_at().is_none() || order.contains(&number))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn orders_are_judged_as_defined(
        drafts in drafts(register_inputs(), register_outputs(), 1..8, 12),
        swaps in proptest::collection::vec((0..8usize, 0..8usize), 0..3),
    ) {
        let history = run(&Register::new(), &drafts, register_answer);
        let mut order: Vec<usize> = (0..drafts.len())
            .filter(|&number| !matches!(drafts[number].fate, Fate::Dropped))
            .collect();
        order.sort_by_key(|&number| drafts[number].invoked + drafts[number].effect_after);
        for (one, other) in swaps {
            if one < order.len() && other < order.len() {
                order.swap(one, other);
            }
        }
        let found = check_order(&Register::new(), &history, &order);
        prop_assert_eq!(found.is_ok(), is_linearization(&history, &order), "{:?}", found);
    }
}
