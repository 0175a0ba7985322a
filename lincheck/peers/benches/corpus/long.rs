//! Long histories.

use super::timed;
use lincheck::models::{
    AppendList, AppendListInput, AppendListOutput, Keyed, KeyedInput, Kv, KvInput, KvOperation,
    KvOutput, Register, RegisterInput, RegisterOutput,
};
use lincheck::{Checker, History, Model, Operation, Step, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

const OPERATIONS: usize = 100_000;

/// How many the longest history has.
const OPERATIONS_MOST: usize = 1_000_000;
const CLIENTS: u64 = 50;
const KEYS: u64 = 100;
const TURNS: usize = 7;

/// What must hold of each history whose order is known, for each of its operations.
const WITH_ORDER_MAX: Duration = Duration::from_micros(1);

/// Measures and prints; whether the target was held.
pub fn measure() -> bool {
    println!("{OPERATIONS} operations of {CLIENTS} clients on {KEYS} keys (best of {TURNS}):");
    let key = |key: u64| key.to_string();
    let registers = |operations| {
        run(
            operations,
            &Keyed(Register::new()),
            |at, die| {
                let input = match die % 4 {
                    0 | 1 => RegisterInput::Read,
                    2 => RegisterInput::Write(at),
                    _ => RegisterInput::Cas(at / 2, at),
                };
                KeyedInput { key: key(die / 4 % KEYS), input }
            },
            |state, input| match &input.input {
                RegisterInput::Read => RegisterOutput::Value(*state),
                RegisterInput::Write(_) => RegisterOutput::Written,
                RegisterInput::Cas(from, _) => RegisterOutput::Swapped(*state == Some(*from)),
            },
        )
    };
    let stores = run(
        OPERATIONS,
        &Kv::new(),
        |at, die| {
            let operation = match die % 8 {
                0..4 => KvOperation::Get,
                4 => KvOperation::Put(at.to_string()),
                _ => KvOperation::Append(at.to_string()),
            };
            KvInput { key: key(die / 8 % KEYS), operation }
        },
        |state, input| match &input.operation {
            KvOperation::Get => KvOutput::Got(state.value.clone(), None),
            _ => KvOutput::Done(None),
        },
    );
    let lists = run(
        OPERATIONS,
        &Keyed(AppendList::new()),
        |at, die| {
            let read = die % 16 == 0;
            let input = if read { AppendListInput::Read } else { AppendListInput::Append(at) };
            KeyedInput { key: key(die / 16 % KEYS), input }
        },
        |state, input| match &input.input {
            AppendListInput::Read => AppendListOutput::List(state.clone()),
            AppendListInput::Append(_) => AppendListOutput::Appended,
        },
    );
    let mut held = true;
    held &= judge("registers", &Keyed(Register::new()), &registers(OPERATIONS));
    held &= judge("key/value", &Kv::new(), &stores);
    held &= judge("lists", &Keyed(AppendList::new()), &lists);
    println!("{OPERATIONS_MOST} of them:");
    held &= judge("registers", &Keyed(Register::new()), &registers(OPERATIONS_MOST));
    held
}

fn judge<M: Model>(
    name: &str,
    model: &M,
    (history, order): &(History<M::Input, M::Output>, Vec<usize>),
) -> bool {
    let (mut with_order, mut without) = (Duration::MAX, Duration::MAX);
    let mut report = None;
    for _ in 0..TURNS {
        let checker = Checker::new(model).order(order);
        let verdict = timed(&mut with_order, || checker.check(history)).verdict;
        assert_eq!(verdict, Verdict::Linearizable);
        report = Some(timed(&mut without, || Checker::new(model).check(history)));
    }
    let Some(report) = report else { return false };
    assert_eq!(report.verdict, Verdict::Linearizable);
    println!(
        "  {name:<10} with the order {:>7.2} ms; without {:>8.2} ms, {} steps, {} configurations",
        with_order.as_secs_f64() * 1e3,
        without.as_secs_f64() * 1e3,
        report.steps(),
        report.parts.iter().map(|part| part.configurations).sum::<usize>(),
    );
    with_order <= WITH_ORDER_MAX * order.len() as u32
}

/// A run of an object: each operation takes effect at a moment of its own, between its invocation
/// and its return, while others are under way; and the order in which they do.
fn run<M: Model>(
    operations: usize,
    model: &M,
    input: impl Fn(u64, u64) -> M::Input,
    answer: impl Fn(&M::State, &M::Input) -> M::Output,
) -> (History<M::Input, M::Output>, Vec<usize>) {
    let mut dice = 1u64;
    let mut die = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        dice >> 33
    };
    let mut history = History::new();
    let mut states: BTreeMap<String, M::State> = BTreeMap::new();
    let mut free_at = [0; CLIENTS as usize];
    for number in 0..operations as u64 {
        let client = (number % CLIENTS) as usize;
        let effect = number * 100;
        let invoked = (effect.saturating_sub(die() % 2_000)).max(free_at[client]);
        let returned = effect + die() % 2_000;
        free_at[client] = returned + 1;
        let asked = input(number, die());
        let key = model.partition(&asked).into_owned();
        let state = states.entry(key).or_insert_with(|| model.init());
        let output = answer(state, &asked);
        if let Step::To(next) = model.step(state, &asked, Some(&output)) {
            *state = next;
        }
        let operation = Operation::new(client as u64, invoked, asked).returned(returned, output);
        history.push(operation).expect("each returns after it was invoked");
    }
    (history, (0..operations).collect())
}
