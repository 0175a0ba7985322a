//! The models of objects beside the definition of linearizability, as in `brute_force.rs`: a hint of a
//! model that is wrong gives a wrong verdict here.

use crate::support::histories::{Draft, drafts, run};
use crate::support::{compare_with_definition, is_linearizable};
use lincheck::models::*;
use lincheck::{
    Bearing, Branching, BranchingModel, Checker, Datum, History, Model, Operation, Reason, Step,
    check,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

fn queue_inputs() -> impl Strategy<Value = QueueInput<u8>> {
    prop_oneof![Just(QueueInput::Dequeue), (0..3u8).prop_map(QueueInput::Enqueue)]
}

fn queue_outputs() -> impl Strategy<Value = QueueOutput<u8>> {
    proptest::option::of(0..3u8).prop_map(QueueOutput::Dequeued)
}

fn queue_answer(state: &VecDeque<u8>, input: &QueueInput<u8>) -> QueueOutput<u8> {
    match input {
        QueueInput::Enqueue(_) => QueueOutput::Enqueued,
        QueueInput::Dequeue => QueueOutput::Dequeued(state.front().copied()),
    }
}

fn bag_answer(states: &BTreeSet<BTreeMap<u8, u32>>, input: &QueueInput<u8>) -> QueueOutput<u8> {
    let state = states.first().expect("it is in some state");
    match input {
        QueueInput::Enqueue(_) => QueueOutput::Enqueued,
        QueueInput::Dequeue => QueueOutput::Dequeued(state.keys().next_back().copied()),
    }
}

fn set_inputs() -> impl Strategy<Value = SetInput<u8>> {
    prop_oneof![
        (0..3u8).prop_map(SetInput::Add),
        (0..3u8).prop_map(SetInput::Remove),
        (0..3u8).prop_map(SetInput::Contains),
        Just(SetInput::Read),
    ]
}

fn set_outputs() -> impl Strategy<Value = SetOutput<u8>> {
    prop_oneof![
        any::<bool>().prop_map(SetOutput::Contained),
        proptest::collection::btree_set(0..3u8, 0..3).prop_map(SetOutput::All),
    ]
}

fn set_answer(state: &BTreeSet<u8>, input: &SetInput<u8>) -> SetOutput<u8> {
    match input {
        SetInput::Add(_) | SetInput::Remove(_) => SetOutput::Done,
        SetInput::Contains(value) => SetOutput::Contained(state.contains(value)),
        SetInput::Read => SetOutput::All(state.clone()),
    }
}

fn lock_inputs() -> impl Strategy<Value = LockInput<u8>> {
    prop_oneof![(0..2u8).prop_map(LockInput::Acquire), (0..2u8).prop_map(LockInput::Release)]
}

fn lock_outputs() -> impl Strategy<Value = LockOutput> {
    prop_oneof![Just(LockOutput::Done), Just(LockOutput::Refused)]
}

fn lock_answer(holder: &Option<u8>, input: &LockInput<u8>) -> LockOutput {
    let is_done = match input {
        LockInput::Acquire(_) => holder.is_none(),
        LockInput::Release(who) => *holder == Some(*who),
    };
    if is_done { LockOutput::Done } else { LockOutput::Refused }
}

fn counter_inputs() -> impl Strategy<Value = CounterInput> {
    prop_oneof![
        (-1..3i64).prop_map(CounterInput::Add),
        (-1..3i64).prop_map(CounterInput::AddAndGet),
        Just(CounterInput::Read),
    ]
}

fn counter_outputs() -> impl Strategy<Value = CounterOutput> {
    (-2..5i64).prop_map(CounterOutput::Total)
}

fn counter_answer(total: &i128, input: &CounterInput) -> CounterOutput {
    match input {
        CounterInput::Add(_) => CounterOutput::Added,
        CounterInput::AddAndGet(more) => CounterOutput::Total(*total as i64 + more),
        CounterInput::Read => CounterOutput::Total(*total as i64),
    }
}

fn account() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_string()), Just("b".to_string())]
}

fn bank() -> Bank {
    Bank { initial: BTreeMap::from([("a".to_string(), 2), ("b".to_string(), 1)]) }
}

fn bank_inputs() -> impl Strategy<Value = BankInput> {
    let transfer = (account(), account(), 0..3u64)
        .prop_map(|(from, to, amount)| BankInput::Transfer { from, to, amount });
    prop_oneof![transfer, Just(BankInput::Read)]
}

fn bank_outputs() -> impl Strategy<Value = BankOutput> {
    let balances = (0..4i64, 0..4i64).prop_map(|(one, other)| {
        BTreeMap::from([("a".to_string(), one), ("b".to_string(), other)])
    });
    prop_oneof![balances.prop_map(BankOutput::Balances), Just(BankOutput::Refused)]
}

fn bank_answer(balances: &BTreeMap<String, i64>, input: &BankInput) -> BankOutput {
    match input {
        BankInput::Read => BankOutput::Balances(balances.clone()),
        transfer => match bank().step(balances, transfer, Some(&BankOutput::Done)) {
            Step::Illegal => BankOutput::Refused,
            _ => BankOutput::Done,
        },
    }
}

fn datum(number: u8) -> Datum {
    Datum::from(&number.into())
}

fn transactions() -> impl Strategy<Value = Vec<MicroOperation>> {
    let part = (account(), 0..5u8).prop_map(|(key, kind)| match kind {
        0 | 1 => MicroOperation::Read(key),
        2 | 3 => MicroOperation::Append(key, datum(kind)),
        _ => MicroOperation::Append(key, datum(7)),
    });
    let register = (0..2u8, 0..4u8).prop_map(|(key, kind)| match kind {
        0 | 1 => MicroOperation::Read(format!("register {key}")),
        _ => MicroOperation::Write(format!("register {key}"), datum(kind)),
    });
    proptest::collection::vec(prop_oneof![part, register], 1..4)
}

fn transaction_outputs() -> impl Strategy<Value = Vec<Option<Datum>>> {
    proptest::collection::vec(proptest::option::of((0..4u8).prop_map(datum)), 0..3)
}

#[expect(clippy::ptr_arg, reason = "a function of the input as the model has it")]
fn transaction_answer(
    registers: &BTreeMap<String, Datum>,
    parts: &Vec<MicroOperation>,
) -> Vec<Option<Datum>> {
    let model = MultiRegister { initial: registers.clone(), has_single_keys: false };
    let mut answers = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        if let MicroOperation::Read(key) = part {
            let before: Vec<_> = parts[..place].to_vec();
            let writes: Vec<_> =
                before.into_iter().filter(|it| !matches!(it, MicroOperation::Read(_))).collect();
            let mut state = model.init();
            assert!(model.advance(&mut state, &writes, None));
            answers.push(state.get(key).cloned());
        }
    }
    answers
}

/// What takes an answer away does so in every state that some operations lead to. What gives it is in
/// [`check_reason`].
fn check_bearings<M: Model>(
    model: &M,
    drafts: &[Draft<M::Input, M::Output>],
    all: &History<M::Input, M::Output>,
) where
    M::State: Clone,
{
    let mut states = vec![model.init()];
    for draft in drafts {
        if let Step::To(next) = model.step(states.last().expect("one"), &draft.input, None) {
            states.push(next);
        }
    }
    for one in all.operations() {
        let is_right =
            |state: &M::State| model.step(state, &one.input, one.output()) != Step::Illegal;
        for other in all.operations() {
            if model.partition(&one.input) != model.partition(&other.input) {
                continue;
            }
            let this = lincheck::Call { input: &one.input, output: one.output() };
            let that = lincheck::Call { input: &other.input, output: other.output() };
            let bearing = model.bearing(this, that);
            for state in &states {
                let after = match model.step(state, &other.input, other.output()) {
                    Step::Illegal => continue,
                    Step::Same => state.clone(),
                    Step::To(next) => next,
                };
                if bearing == Bearing::Takes {
                    assert!(!is_right(&after), "{one:?} after {other:?}");
                }
            }
        }
    }
}

/// A reason that is given is one: without what it names, or at any time, the operation fits nowhere.
fn check_reason<M: Model>(model: &M, history: &History<M::Input, M::Output>)
where
    M::Input: Clone,
    M::Output: Clone,
{
    let report = Checker::new(model).explain(history);
    for part in &report.parts {
        let Some(failure) = &part.failure else { continue };
        if failure.reason == Some(Reason::NobodyWrote) {
            // All others may take effect or not, as they like.
            let relaxed = part.operations.iter().map(|&number| {
                let it = &history.operations()[number];
                if number == failure.misfit {
                    it.clone()
                } else {
                    Operation::new(it.client, 0, it.input.clone()).unknown()
                }
            });
            let relaxed: Vec<_> = relaxed.collect();
            assert!(!is_linearizable(model, &relaxed.iter().collect::<Vec<_>>()), "{history:#?}");
        }
    }
}

macro_rules! beside_the_definition {
    ($($name:ident: $model:expr, $inputs:expr, $outputs:expr, $answer:expr;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(drafts in drafts($inputs, $outputs, 1..8, 12)) {
                    let model = $model;
                    let history = run(&model, &drafts, $answer);
                    let verdict = compare_with_definition(&model, &history);
                    prop_assert_eq!(compare_with_definition(&Plain(model.clone()), &history), verdict);
                    check_bearings(&model, &drafts, &history);
                    check_reason(&model, &history);
                }
            )+
        }
    };
}

beside_the_definition! {
    of_queues: Queue::new(), queue_inputs(), queue_outputs(), queue_answer;
    of_bags: Branching(Bag::new()), queue_inputs(), queue_outputs(), bag_answer;
    of_sets: Set::new(), set_inputs(), set_outputs(), set_answer;
    of_locks: Lock::new(), lock_inputs(), lock_outputs(), lock_answer;
    of_counters: Counter { initial: 1 }, counter_inputs(), counter_outputs(), counter_answer;
    of_banks: bank(), bank_inputs(), bank_outputs(), bank_answer;
    of_transactions: MultiRegister::default(), transactions(), transaction_outputs(), transaction_answer;
    bearings_of_registers: Register::new(), crate::support::histories::register_inputs(),
        crate::support::histories::register_outputs(), crate::support::histories::register_answer;
    bearings_of_lists: AppendList::new(), crate::support::histories::list_inputs(),
        crate::support::histories::list_outputs(), crate::support::histories::list_answer;
    bearings_of_stores: Kv::new(), crate::support::histories::kv_inputs(false),
        crate::support::histories::kv_outputs(), crate::support::histories::kv_answer(false);
    bearings_of_stores_with_versions: Kv::new().with_versions(), crate::support::histories::kv_inputs(true),
        crate::support::histories::kv_outputs(), crate::support::histories::kv_answer(true);
}

/// The definition for an object that may go several ways: every order, and every way in it.
fn can_go<M: BranchingModel>(
    model: &M,
    state: &M::State,
    rest: &mut Vec<&Operation<M::Input, M::Output>>,
) -> bool {
    if rest.iter().all(|operation| operation.returned_at().is_none()) {
        return true;
    }
    (0..rest.len()).any(|place| {
        let next = rest[place];
        let returned_before = |other: &&Operation<M::Input, M::Output>| {
            other.returned_at().is_some_and(|returned| returned < next.invoked)
        };
        if rest.iter().any(returned_before) {
            return false;
        }
        rest.remove(place);
        let ways = model.step(state, &next.input, next.output());
        let found = ways.iter().any(|state| can_go(model, state, rest));
        rest.insert(place, next);
        found
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn of_every_way_that_a_bag_can_go(
        drafts in drafts(queue_inputs(), queue_outputs(), 1..8, 12)
    ) {
        let history = run(&Branching(Bag::new()), &drafts, bag_answer);
        let mut all: Vec<_> = history.operations().iter().collect();
        let expected = can_go(&Bag::new(), &BTreeMap::new(), &mut all);
        prop_assert_eq!(check(&Branching(Bag::new()), &history).verdict.is_pass(), expected);
    }
}
