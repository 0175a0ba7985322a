//! The models for porcupine-rs, written as its own tests have them, and the same histories.

use lincheck::History;
use lincheck::models::{KvInput, KvOperation, KvOutput, RegisterInput, RegisterOutput};
use porcupine_rs::{Model, Operation};
use std::collections::HashMap;

/// A register; what is not known is `None` on the outside.
#[derive(Clone, Debug)]
pub enum EtcdOperation {
    Read(Option<Option<u32>>),
    Write(u32),
    Cas(u32, u32, Option<bool>),
}

#[derive(Clone, Debug)]
pub struct Etcd;

impl Model for Etcd {
    type State = Option<u32>;
    type Op = EtcdOperation;
    type Metadata = ();

    fn init() -> Option<u32> {
        None
    }

    fn step(state: &Option<u32>, operation: &EtcdOperation) -> (bool, Option<u32>) {
        match operation {
            EtcdOperation::Read(value) => (value.is_none_or(|value| value == *state), *state),
            EtcdOperation::Write(value) => (true, Some(*value)),
            EtcdOperation::Cas(from, to, swapped) => {
                let holds = *state == Some(*from);
                let next = if holds { Some(*to) } else { *state };
                (swapped.is_none_or(|swapped| swapped == holds), next)
            }
        }
    }
}

#[derive(Clone, Debug)]
pub enum StoreOperation {
    Get { key: String, value: Option<String> },
    Put { key: String, value: String },
    Append { key: String, value: String },
}

impl StoreOperation {
    fn key(&self) -> &str {
        match self {
            StoreOperation::Get { key, .. }
            | StoreOperation::Put { key, .. }
            | StoreOperation::Append { key, .. } => key,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Store;

impl Model for Store {
    type State = String;
    type Op = StoreOperation;
    type Metadata = ();

    fn init() -> String {
        String::new()
    }

    fn step(state: &String, operation: &StoreOperation) -> (bool, String) {
        match operation {
            StoreOperation::Get { value, .. } => {
                (value.as_ref().is_none_or(|value| value == state), state.clone())
            }
            StoreOperation::Put { value, .. } => (true, value.clone()),
            StoreOperation::Append { value, .. } => (true, state.clone() + value),
        }
    }

    fn partition_operations(history: &[Operation<Self>]) -> Vec<Vec<Operation<Self>>> {
        let mut by_key: HashMap<String, Vec<Operation<Self>>> = HashMap::new();
        for operation in history {
            by_key.entry(operation.op.key().to_owned()).or_default().push(operation.clone());
        }
        by_key.into_values().collect()
    }
}

pub fn etcd(history: &History<RegisterInput<u32>, RegisterOutput<u32>>) -> Vec<Operation<Etcd>> {
    convert(history, |input, output| match (input, output) {
        (RegisterInput::Read, Some(RegisterOutput::Value(value))) => {
            EtcdOperation::Read(Some(*value))
        }
        (RegisterInput::Read, _) => EtcdOperation::Read(None),
        (RegisterInput::Write(value), _) => EtcdOperation::Write(*value),
        (RegisterInput::Cas(from, to), Some(RegisterOutput::Swapped(swapped))) => {
            EtcdOperation::Cas(*from, *to, Some(*swapped))
        }
        (RegisterInput::Cas(from, to), _) => EtcdOperation::Cas(*from, *to, None),
    })
}

pub fn kv(history: &History<KvInput, KvOutput>) -> Vec<Operation<Store>> {
    convert(history, |KvInput { key, operation }, output| {
        let key = key.clone();
        match (operation, output) {
            (KvOperation::Put(value), _) => StoreOperation::Put { key, value: value.clone() },
            (KvOperation::Append(value), _) => StoreOperation::Append { key, value: value.clone() },
            (_, Some(KvOutput::Got(value, _))) => StoreOperation::Get { key, value: value.clone() },
            _ => StoreOperation::Get { key, value: None },
        }
    })
}

/// An operation of unknown outcome returns at the end for them, where it can do no harm.
fn convert<M: Model, I, O>(
    history: &History<I, O>,
    operation: impl Fn(&I, Option<&O>) -> M::Op,
) -> Vec<Operation<M>> {
    let all = history.operations().iter();
    all.map(|one| Operation {
        client_id: None,
        call_time: one.invoked.at as i64,
        return_time: one.returned_at().map_or(i64::MAX, |returned| returned.at as i64),
        op: operation(&one.input, one.output()),
        metadata: None,
    })
    .collect()
}
