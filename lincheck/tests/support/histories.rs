//! Random histories.
//!
//! Answers come from a run: each operation takes effect at a moment between its invocation and its
//! return, so the history is linearizable. Some are then falsified, which may or may not leave it
//! so; that both occur often is what makes them worth judging.

use lincheck::models::{
    AppendListInput, AppendListOutput, KvInput, KvOperation, KvOutput, RegisterInput,
    RegisterOutput,
};
use lincheck::{History, Model, Moment, Operation, Outcome, Step};
use proptest::prelude::*;
use std::ops::Range;

/// An operation to be: when, what, and whether its answer is lost or falsified.
#[derive(Clone, Debug)]
pub struct Draft<I, O> {
    pub invoked: u64,
    pub effect_after: u64,
    pub return_after: u64,
    pub input: I,
    pub fate: Fate<O>,
}

#[derive(Clone, Debug)]
pub enum Fate<O> {
    Answered,
    /// Answered with this, whatever happened.
    Falsified(O),
    /// Took effect, but nobody was told.
    Lost,
    /// Never happened, and nobody knows.
    Dropped,
    /// Took effect by its return, as is known from elsewhere.
    Applied,
}

/// Runs the drafts. `answer` says what a correct object answers in a state.
pub fn run<M: Model>(
    model: &M,
    drafts: &[Draft<M::Input, M::Output>],
    answer: impl Fn(&M::State, &M::Input) -> M::Output,
) -> History<M::Input, M::Output>
where
    M::Input: Clone,
    M::Output: Clone,
{
    let mut by_effect: Vec<usize> = (0..drafts.len()).collect();
    by_effect.sort_by_key(|&number| drafts[number].invoked + drafts[number].effect_after);
    let mut states = std::collections::BTreeMap::new();
    let mut answers = vec![None; drafts.len()];
    for number in by_effect {
        let draft = &drafts[number];
        if matches!(draft.fate, Fate::Dropped) {
            continue;
        }
        let key = model.partition(&draft.input).into_owned();
        let state = states.entry(key).or_insert_with(|| model.init());
        let output = answer(state, &draft.input);
        match model.step(state, &draft.input, Some(&output)) {
            Step::Illegal => panic!("{output:?} to {:?} in {state:?}", draft.input),
            Step::Same => {}
            Step::To(next) => *state = next,
        }
        answers[number] = Some(output);
    }
    let mut history = History::new();
    for (number, draft) in drafts.iter().enumerate() {
        let at = Moment::from(draft.invoked + draft.effect_after + draft.return_after);
        let outcome = match (&draft.fate, answers[number].take()) {
            (Fate::Answered, Some(output)) => Outcome::Returned { at, output },
            (Fate::Falsified(output), _) => Outcome::Returned { at, output: output.clone() },
            (Fate::Applied, _) => Outcome::Applied { at },
            _ => Outcome::Unknown,
        };
        let invoked = draft.invoked.into();
        let client = number as u64;
        let input = draft.input.clone();
        history.push(Operation { client, invoked, input, outcome }).unwrap();
    }
    history
}

/// Drafts in some number, close enough in time to overlap.
pub fn drafts<I: Clone + std::fmt::Debug, O: Clone + std::fmt::Debug>(
    inputs: impl Strategy<Value = I>,
    outputs: impl Strategy<Value = O>,
    count: Range<usize>,
    time: u64,
) -> impl Strategy<Value = Vec<Draft<I, O>>> {
    let fate = (0..16u8, outputs).prop_map(|(die, output)| match die {
        0 => Fate::Falsified(output),
        1 | 2 => Fate::Lost,
        3 => Fate::Dropped,
        4 => Fate::Applied,
        _ => Fate::Answered,
    });
    let draft = (0..time, 0..8u64, 0..8u64, inputs, fate).prop_map(
        |(invoked, effect_after, return_after, input, fate)| Draft {
            invoked,
            effect_after,
            return_after,
            input,
            fate,
        },
    );
    proptest::collection::vec(draft, count)
}

pub fn register_inputs() -> impl Strategy<Value = RegisterInput<u8>> {
    prop_oneof![
        Just(RegisterInput::Read),
        (0..3u8).prop_map(RegisterInput::Write),
        (0..3u8, 0..3u8).prop_map(|(from, to)| RegisterInput::Cas(from, to)),
    ]
}

pub fn register_outputs() -> impl Strategy<Value = RegisterOutput<u8>> {
    prop_oneof![
        proptest::option::of(0..3u8).prop_map(RegisterOutput::Value),
        any::<bool>().prop_map(RegisterOutput::Swapped),
    ]
}

pub fn register_answer(state: &Option<u8>, input: &RegisterInput<u8>) -> RegisterOutput<u8> {
    match input {
        RegisterInput::Read => RegisterOutput::Value(*state),
        RegisterInput::Write(_) => RegisterOutput::Written,
        RegisterInput::Cas(from, _) => RegisterOutput::Swapped(*state == Some(*from)),
    }
}

pub fn list_inputs() -> impl Strategy<Value = AppendListInput<u8>> {
    prop_oneof![Just(AppendListInput::Read), (0..4u8).prop_map(AppendListInput::Append)]
}

pub fn list_outputs() -> impl Strategy<Value = AppendListOutput<u8>> {
    proptest::collection::vec(0..4u8, 0..3).prop_map(AppendListOutput::List)
}

#[expect(clippy::ptr_arg, reason = "a function of the state as the model has it")]
pub fn list_answer(state: &Vec<u8>, input: &AppendListInput<u8>) -> AppendListOutput<u8> {
    match input {
        AppendListInput::Read => AppendListOutput::List(state.clone()),
        AppendListInput::Append(_) => AppendListOutput::Appended,
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_string()), Just("b".to_string()), Just("ab".to_string())]
}

pub fn kv_inputs(has_versions: bool) -> impl Strategy<Value = KvInput> {
    let top = if has_versions { 7u8 } else { 6 };
    ((0..2u8), (0..top), value(), proptest::option::of(value()), 0..3u64).prop_map(
        |(key, kind, value, from, version)| {
            let operation = match kind {
                0 | 1 => KvOperation::Get,
                2 => KvOperation::Put(value),
                3 => KvOperation::Append(value),
                4 => KvOperation::Cas(from, value),
                5 => KvOperation::Delete,
                _ => KvOperation::PutAtVersion(version, value),
            };
            KvInput { key: key.to_string(), operation }
        },
    )
}

pub fn kv_outputs() -> impl Strategy<Value = KvOutput> {
    prop_oneof![
        (proptest::option::of(value()), proptest::option::of(0..3u64))
            .prop_map(|(value, version)| KvOutput::Got(value, version)),
        proptest::option::of(0..3u64).prop_map(KvOutput::Done),
        Just(KvOutput::Refused),
    ]
}

pub fn kv_answer(has_versions: bool) -> impl Fn(&lincheck::models::KvState, &KvInput) -> KvOutput {
    move |state, input| {
        let next = has_versions.then_some(state.version + 1);
        let holds = match &input.operation {
            KvOperation::Get => {
                let version = has_versions.then_some(state.version);
                return KvOutput::Got(state.value.clone(), version);
            }
            KvOperation::Cas(from, _) => *from == state.value,
            KvOperation::PutAtVersion(version, _) => *version == state.version,
            _ => true,
        };
        if holds { KvOutput::Done(next) } else { KvOutput::Refused }
    }
}
