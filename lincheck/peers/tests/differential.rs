//! The checker beside a published one, porcupine-rs, on random histories too large for the
//! definition: right ones, and falsified ones.

#[path = "../../tests/support/mod.rs"]
mod support;

use lincheck::models::{AppendList, Kv, KvInput, Plain, Register};
use lincheck::{Checker, History, Model, Step, Verdict, check_order};
use proptest::prelude::*;
use std::marker::PhantomData;
use std::time::Duration;
use support::histories::*;

/// What they get for a history; some, with many operations of unknown outcome, take them minutes.
const THEIR_TIME: Duration = Duration::from_millis(100);

/// What the search gets for a history without hints.
const PLAIN_STEPS: u64 = 100_000;

/// A model of ours, for porcupine-rs.
#[derive(Clone)]
struct Theirs<M>(PhantomData<M>);

impl<M> porcupine_rs::Model for Theirs<M>
where
    M: Model + Default + Clone + Send + Sync,
    M::State: Clone + Send + Sync,
    M::Input: Clone + Send + Sync,
    M::Output: Clone + Send + Sync,
{
    type State = M::State;
    type Op = (M::Input, Option<M::Output>);
    type Metadata = ();

    fn init() -> M::State {
        M::default().init()
    }

    fn step(state: &M::State, (input, output): &Self::Op) -> (bool, M::State) {
        match M::default().step(state, input, output.as_ref()) {
            Step::Illegal => (false, state.clone()),
            Step::Same => (true, state.clone()),
            Step::To(next) => (true, next),
        }
    }
}

/// Their verdict, unless it takes them too long. What we take as optional, they see return at the
/// end, where it can do no harm.
fn their_verdict<M>(history: &History<M::Input, M::Output>) -> Option<Verdict>
where
    M: Model + Default + Clone + Send + Sync,
    M::State: Clone + Send + Sync,
    M::Input: Clone + Send + Sync,
    M::Output: Clone + Send + Sync,
{
    let operations: Vec<porcupine_rs::Operation<Theirs<M>>> = (history.operations().iter())
        .map(|operation| porcupine_rs::Operation {
            client_id: None,
            call_time: operation.invoked.at as i64,
            return_time: operation.returned_at().map_or(i64::MAX, |returned| returned.at as i64),
            op: (operation.input.clone(), operation.output().cloned()),
            metadata: None,
        })
        .collect();
    match porcupine_rs::check_operations_timeout(&operations, THEIR_TIME) {
        porcupine_rs::CheckResult::Ok => Some(Verdict::Linearizable),
        porcupine_rs::CheckResult::Illegal => Some(Verdict::NotLinearizable),
        porcupine_rs::CheckResult::Unknown => None,
    }
}

fn compare<M>(model: &M, history: &History<M::Input, M::Output>)
where
    M: Model + Default + Clone + Send + Sync,
    M::State: Clone + Send + Sync,
    M::Input: Clone + Send + Sync,
    M::Output: Clone + Send + Sync,
{
    let report = Checker::new(model).explain(history);
    let plain = Checker::new(&Plain(model.clone())).budget(PLAIN_STEPS).check(history).verdict;
    assert!(plain == report.verdict || plain == Verdict::Unknown, "{history:#?}");
    if let Some(theirs) = their_verdict::<M>(history) {
        assert_eq!(report.verdict, theirs, "{history:#?}");
    }
    if report.verdict.is_pass() {
        let order: Vec<usize> = report.parts.iter().flat_map(|part| part.order.clone()).collect();
        assert_eq!(check_order(model, history, &order), Ok(()));
    }
    for failure in report.parts.iter().filter_map(|part| part.failure.as_ref()) {
        let Some(core) = &failure.core else { continue };
        let (alone, _) = support::alone(history, core, &[]);
        assert_eq!(their_verdict::<M>(&alone), Some(Verdict::NotLinearizable));
    }
}

/// All keys in one.
fn on_one_key(
    mut drafts: Vec<Draft<KvInput, lincheck::models::KvOutput>>,
) -> Vec<Draft<KvInput, lincheck::models::KvOutput>> {
    for draft in &mut drafts {
        draft.input.key.clear();
    }
    drafts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn on_registers(drafts in drafts(register_inputs(), register_outputs(), 10..40, 100)) {
        compare(&Register::new(), &run(&Register::new(), &drafts, register_answer));
    }

    #[test]
    fn on_registers_at_once(drafts in drafts(register_inputs(), register_outputs(), 8..15, 10)) {
        compare(&Register::new(), &run(&Register::new(), &drafts, register_answer));
    }

    #[test]
    fn on_lists(drafts in drafts(list_inputs(), list_outputs(), 10..40, 120)) {
        compare(&AppendList::new(), &run(&AppendList::new(), &drafts, list_answer));
    }

    #[test]
    fn on_stores(drafts in drafts(kv_inputs(false), kv_outputs(), 10..40, 100)) {
        let drafts = on_one_key(drafts);
        compare(&Kv::new(), &run(&Kv::new(), &drafts, kv_answer(false)));
    }
}
