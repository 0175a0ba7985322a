//! The models that can be named.

use super::reading::{Source, read};
use super::vocabulary::bank::balances;
use super::{Judged, OfModel, ReadError, vocabulary};
use crate::datum::Datum;
use crate::edn::name;
use crate::formats::{Format, Opened};
use crate::models::{
    AppendList, Bag, Bank, Counter, Keyed, Kv, KvInput, KvOperation, KvOutput, Lock, MultiRegister,
    Queue, Register, Set,
};
use crate::{Blob, Branching, History, Model, StoreValue};
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;
use thiserror::Error;

/// A model that can be named, and what its histories say:
///
/// | model      | `f`           | `value` of `invoke`        | `value` of `ok`                    |
/// | ---------- | ------------- | -------------------------- | ---------------------------------- |
/// | `register` | `read`        |                            | what was read; `null` for nothing  |
/// |            | `write`       | anything but `null`        |                                    |
/// |            | `cas`         | `[from, to]`               | `false` if it was refused          |
/// | `kv`       | `get`         |                            | a string; `null` for nothing       |
/// |            | `put`         | a string                   | `false` if it was refused          |
/// |            | `append`      | a string                   |                                    |
/// |            | `cas`         | `[from or null, to]`       | `false` if it was refused          |
/// |            | `delete`      |                            |                                    |
/// | `append`   | `read`        |                            | all of the list                    |
/// |            | `append`      | anything                   |                                    |
/// | `set`      | `read`        |                            | all that is in it, a list          |
/// |            | `add`         | anything but `null`        |                                    |
/// |            | `remove`      | anything but `null`        |                                    |
/// |            | `contains`    | anything but `null`        | `true` or `false`                  |
/// | `queue`    | `enqueue`     | anything but `null`        |                                    |
/// |            | `dequeue`     |                            | what was first; `null` for nothing |
/// | `unordered-queue` | `enqueue` | anything but `null`     |                                    |
/// |            | `dequeue`     |                            | anything; `null` for nothing       |
/// | `lock`     | `acquire`     | who acquires it, or `null` | `false` if it was refused          |
/// |            | `release`     | who releases it, or `null` | `false` if it was refused          |
/// | `counter`  | `read`        |                            | the total                          |
/// |            | `add`         | a number                   |                                    |
/// |            | `add_and_get` | a number                   | the new total                      |
/// | `multi-register` | `txn`   | `[["r", key, null], ["w", key, value], ["append", key, value], …]` | the same, with what was read |
/// | `bank`     | `read`        |                            | `{account: balance, …}`            |
/// |            | `transfer`    | `{"from", "to", "amount"}` | `false` if it was refused          |
///
/// The `ok` of what reads has a `value`, which is `null` for nothing. With `kv` every line that invokes
/// something has a `key`; with `multi-register` and `bank` none has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelName {
    /// [`Register`], one for each key.
    Register,
    /// [`Kv`].
    Kv,
    /// [`AppendList`], one for each key.
    Append,
    /// [`Set`], one for each key.
    Set,
    /// [`Queue`], one for each key.
    Queue,
    /// [`Bag`], one for each key: a queue that promises no order.
    UnorderedQueue,
    /// [`Lock`], one for each key.
    Lock,
    /// [`Counter`], one for each key.
    Counter,
    /// [`MultiRegister`].
    MultiRegister,
    /// [`Bank`].
    Bank,
}

/// All of them, with their names; the first one is the main name.
const MODELS: [(ModelName, &[&str]); 10] = [
    (ModelName::Register, &["register", "cas-register", "lin-kv"]),
    (ModelName::Kv, &["kv"]),
    (ModelName::Append, &["append"]),
    (ModelName::Set, &["set"]),
    (ModelName::Queue, &["queue", "fifo-queue"]),
    (ModelName::UnorderedQueue, &["unordered-queue"]),
    (ModelName::Lock, &["lock", "mutex"]),
    (ModelName::Counter, &["counter"]),
    (ModelName::MultiRegister, &["multi-register", "txn"]),
    (ModelName::Bank, &["bank"]),
];

/// There is no model with that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no model is called {0:?}; there are {names}", names = names())]
pub struct UnknownModel(String);

fn names() -> String {
    let names = MODELS.map(|(_, names)| names[0]);
    let [others @ .., last] = &names;
    format!("{} and {last}", others.join(", "))
}

impl FromStr for ModelName {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<ModelName, UnknownModel> {
        let found = MODELS.iter().find(|(_, names)| names.contains(&name));
        found.map(|(model, _)| *model).ok_or_else(|| UnknownModel(name.to_string()))
    }
}

/// An object cannot begin so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected the initial value of this model to be {expected}, found {found}")]
pub struct InitialError {
    expected: &'static str,
    found: String,
}

type Read = Result<(Box<dyn Judged>, Source), ReadError>;

impl ModelName {
    /// All of them.
    pub fn all() -> impl Iterator<Item = ModelName> {
        MODELS.into_iter().map(|(model, _)| model)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = MODELS.iter().find(|(model, _)| *model == self);
        found.map_or("", |(_, names)| names[0])
    }

    /// Reads a history in the words of this model.
    pub(super) fn read(self, format: Format, opened: Opened<'_>) -> Read {
        let initial = opened.initial.clone();
        match self {
            ModelName::Register => {
                let initial = initial.as_ref().filter(|it| !it.is_null()).map(Datum::from);
                plainly(Keyed(Register { initial }), format, opened)
            }
            ModelName::Counter => {
                let initial = expect(initial, Some(0), "a whole number", Value::as_i64)?;
                plainly(Keyed(Counter { initial }), format, opened)
            }
            ModelName::Bank => {
                let expected = "the balance of each account, {account: number}";
                let initial = expect(initial, None, expected, balances)?;
                plainly(Bank { initial }, format, opened)
            }
            ModelName::MultiRegister => {
                let initial = expect(initial, Some(BTreeMap::new()), "{key: value}", registers)?;
                let model = MultiRegister { initial, has_single_keys: false };
                let (history, source) = read(&model, format, opened)?;
                Ok(judged(model.suited_to(&history), history, source))
            }
            ModelName::Append => plainly(Keyed(AppendList::new()), format, opened),
            ModelName::Set => plainly(Keyed(Set::new()), format, opened),
            ModelName::Queue => plainly(Keyed(Queue::new()), format, opened),
            ModelName::UnorderedQueue => plainly(Keyed(Branching(Bag::new())), format, opened),
            ModelName::Lock => plainly(Keyed(Lock::new()), format, opened),
            ModelName::Kv => {
                let said = opened.missing_is_empty;
                let (history, mut source) = read(&Kv::<Blob>::new(), format, opened)?;
                source.takes_empty_for_missing =
                    said.is_none() && takes_empty_for_missing(&history);
                let model = Kv::suited_to(&history);
                let model = match said.unwrap_or(source.takes_empty_for_missing) {
                    true => model.with_missing_as_empty(),
                    false => model,
                };
                Ok(judged(model, history, source))
            }
        }
    }
}

fn plainly<M: vocabulary::Read + 'static>(model: M, format: Format, opened: Opened<'_>) -> Read {
    let (history, source) = read(&model, format, opened)?;
    Ok(judged(model, history, source))
}

fn judged<M: Model + 'static>(
    model: M,
    history: History<M::Input, M::Output>,
    source: Source,
) -> (Box<dyn Judged>, Source) {
    (Box::new(OfModel { model, history }), source)
}

/// How an object begins.
fn expect<T>(
    given: Option<Value>,
    default: Option<T>,
    expected: &'static str,
    as_expected: impl Fn(&Value) -> Option<T>,
) -> Result<T, InitialError> {
    let found = given.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    let initial = given.as_ref().map_or(default, as_expected);
    initial.ok_or(InitialError { expected, found })
}

fn registers(value: &Value) -> Option<BTreeMap<String, Datum>> {
    let registers = value.as_object()?.iter();
    Some(registers.map(|(key, value)| (name(&key.as_str().into()), value.into())).collect())
}

/// Whether the store seems to answer the empty string where there is nothing: some get answers it, none
/// answers nothing, and nobody wrote it.
fn takes_empty_for_missing(history: &History<KvInput<Blob>, KvOutput<Blob>>) -> bool {
    let is_empty = |value: &Blob| value.as_bytes().is_empty();
    let mut is_answered = false;
    for operation in history.operations() {
        let written = match &operation.input.operation {
            KvOperation::Get | KvOperation::Delete => None,
            KvOperation::Put(value)
            | KvOperation::PutAtVersion(_, value)
            | KvOperation::Append(value)
            | KvOperation::Cas(_, value) => Some(value),
        };
        if written.is_some_and(is_empty) {
            return false;
        }
        match operation.output() {
            Some(KvOutput::Got(None, _)) => return false,
            Some(KvOutput::Got(Some(value), _)) => is_answered |= is_empty(value),
            _ => {}
        }
    }
    is_answered
}
