//! A key/value store: get, put, append, compare-and-set, delete, versions.

use crate::{Bearing, Call, History, Model, Step, StoreValue};
use std::borrow::Cow;
use std::marker::PhantomData;

/// A store of strings, or of [`Blob`](crate::Blob)s, each key judged by itself.
///
/// A key's version is the number of writes to it that took effect, deletions among them; it goes on when the
/// key is deleted and written again.
#[derive(Debug, PartialEq, Eq)]
pub struct Kv<V = String> {
    has_versions: bool,
    missing_is_empty: bool,
    values: PhantomData<fn() -> V>,
}

/// What a store is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KvInput<V = String> {
    /// Of which key.
    pub key: String,
    /// What.
    pub operation: KvOperation<V>,
}

/// What a store is asked of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KvOperation<V = String> {
    /// For its value.
    Get,
    /// To have this value.
    Put(V),
    /// To have this value if its version is this. Needs [`Kv::with_versions`], else it is illegal.
    PutAtVersion(u64, V),
    /// To have this added to its value, or as its value if it had none.
    Append(V),
    /// To get the second value if it has the first; `None` is no value.
    Cas(Option<V>, V),
    /// To have no value.
    Delete,
}

/// What a store answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KvOutput<V = String> {
    /// To a get: the value, and the version if the store tells it.
    Got(Option<V>, Option<u64>),
    /// To anything else: it is done, and this is the version now, if the store returns it.
    Done(Option<u64>),
    /// To a write on condition: the condition did not hold.
    Refused,
}

/// What a store holds under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KvState<V = String> {
    /// The value, if there is one.
    pub value: Option<V>,
    /// The version; always 0 without [`Kv::with_versions`].
    pub version: u64,
}

// By hand: derived, they would ask that values be `Copy`.
impl<V> Clone for Kv<V> {
    fn clone(&self) -> Kv<V> {
        *self
    }
}

impl<V> Copy for Kv<V> {}

impl<V> Default for Kv<V> {
    fn default() -> Kv<V> {
        Kv::new()
    }
}

impl<V> Kv<V> {
    /// A store without versions, in which a key that is not there has no value.
    pub const fn new() -> Kv<V> {
        Kv { has_versions: false, missing_is_empty: false, values: PhantomData }
    }

    /// Answers with versions, and writes on condition of a version, are judged by it. It makes for more
    /// states, so it should be left out where nobody looks at versions.
    pub const fn with_versions(self) -> Kv<V> {
        Kv { has_versions: true, ..self }
    }

    /// A get of a key that is not there may answer the empty string, as in the course labs.
    pub const fn with_missing_as_empty(self) -> Kv<V> {
        Kv { missing_is_empty: true, ..self }
    }
}

impl<V: StoreValue> Kv<V> {
    /// The model that suits a history: it has versions if some operation does.
    pub fn suited_to(history: &History<KvInput<V>, KvOutput<V>>) -> Kv<V> {
        let has_versions = history.operations().iter().any(|operation| {
            matches!(operation.input.operation, KvOperation::PutAtVersion(..))
                || matches!(
                    operation.output(),
                    Some(KvOutput::Got(_, Some(_)) | KvOutput::Done(Some(_)))
                )
        });
        Kv { has_versions, ..Kv::new() }
    }

    /// Whether an answer may tell this version.
    fn may_tell(&self, version: u64, told: Option<u64>) -> bool {
        !self.has_versions || told.is_none_or(|told| told == version)
    }

    fn get(&self, state: &KvState<V>, output: Option<&KvOutput<V>>) -> Step<KvState<V>> {
        match output {
            None => Step::Same,
            Some(KvOutput::Got(value, version))
                if self.may_tell(state.version, *version) && self.shows(state, value.as_ref()) =>
            {
                Step::Same
            }
            _ => Step::Illegal,
        }
    }

    fn shows(&self, state: &KvState<V>, value: Option<&V>) -> bool {
        let is_empty = value.is_some_and(|value| value.as_bytes().is_empty());
        state.value.as_ref() == value || self.missing_is_empty && is_empty && state.value.is_none()
    }

    /// A write whose condition holds, or not.
    fn write(
        &self,
        state: &KvState<V>,
        holds: bool,
        value: impl FnOnce() -> Option<V>,
        output: Option<&KvOutput<V>>,
    ) -> Step<KvState<V>> {
        let version = state.version + u64::from(self.has_versions);
        match output {
            None | Some(KvOutput::Refused) if !holds => Step::Same,
            None if holds => Step::To(KvState { value: value(), version }),
            Some(KvOutput::Done(told)) if holds && self.may_tell(version, *told) => {
                Step::To(KvState { value: value(), version })
            }
            _ => Step::Illegal,
        }
    }
}

impl<V: StoreValue> Model for Kv<V> {
    type State = KvState<V>;
    type Input = KvInput<V>;
    type Output = KvOutput<V>;

    fn init(&self) -> KvState<V> {
        KvState::default()
    }

    fn step(
        &self,
        state: &KvState<V>,
        input: &KvInput<V>,
        output: Option<&KvOutput<V>>,
    ) -> Step<KvState<V>> {
        match &input.operation {
            KvOperation::Get => self.get(state, output),
            KvOperation::Put(value) => self.write(state, true, || Some(value.clone()), output),
            KvOperation::PutAtVersion(..) if !self.has_versions => Step::Illegal,
            KvOperation::PutAtVersion(version, value) => {
                self.write(state, *version == state.version, || Some(value.clone()), output)
            }
            KvOperation::Append(tail) => {
                let longer = || {
                    let mut longer = state.value.clone().unwrap_or_default();
                    longer.push(tail);
                    Some(longer)
                };
                self.write(state, true, longer, output)
            }
            KvOperation::Cas(from, to) => {
                self.write(state, *from == state.value, || Some(to.clone()), output)
            }
            KvOperation::Delete => self.write(state, true, || None, output),
        }
    }

    fn partition<'a>(&self, input: &'a KvInput<V>) -> Cow<'a, str> {
        Cow::Borrowed(&input.key)
    }

    fn describe(&self, input: &KvInput<V>, output: Option<&KvOutput<V>>) -> String {
        let key = &input.key;
        let mut text = match &input.operation {
            KvOperation::Get => format!("get {key:?}"),
            KvOperation::Put(value) => format!("put {key:?} {value:?}"),
            KvOperation::PutAtVersion(version, value) => {
                format!("put {key:?} {value:?} at version {version}")
            }
            KvOperation::Append(tail) => format!("append {key:?} {tail:?}"),
            KvOperation::Cas(None, to) => format!("cas {key:?} nothing {to:?}"),
            KvOperation::Cas(Some(from), to) => format!("cas {key:?} {from:?} {to:?}"),
            KvOperation::Delete => format!("delete {key:?}"),
        };
        match output {
            Some(KvOutput::Got(Some(value), _)) => text += &format!(" -> {value:?}"),
            Some(KvOutput::Got(None, _)) => text += " -> nothing",
            Some(KvOutput::Done(_)) => {}
            Some(KvOutput::Refused) => text += " -> refused",
            None => text += " -> ?",
        }
        if let Some(KvOutput::Got(_, Some(version)) | KvOutput::Done(Some(version))) = output {
            text += &format!(" (version {version})");
        }
        text
    }

    fn describe_state(&self, state: &KvState<V>) -> String {
        let value =
            state.value.as_ref().map_or("nothing".to_string(), |value| format!("{value:?}"));
        if self.has_versions { format!("{value} (version {})", state.version) } else { value }
    }

    fn is_read_only(&self, input: &KvInput<V>, output: Option<&KvOutput<V>>) -> bool {
        input.operation == KvOperation::Get || output == Some(&KvOutput::Refused)
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let Some(KvOutput::Got(wanted, _)) = call.output else { return Bearing::Unclear };
        if self.missing_is_empty && wanted.as_ref().is_none_or(|it| it.as_bytes().is_empty()) {
            return Bearing::Unclear;
        }
        let wanted = wanted.as_ref();
        let is_done = matches!(other.output, Some(KvOutput::Done(_)));
        match &other.input.operation {
            KvOperation::Get => Bearing::None,
            KvOperation::Put(value) if Some(value) != wanted => Bearing::Takes,
            KvOperation::PutAtVersion(_, value) | KvOperation::Cas(_, value)
                if Some(value) != wanted =>
            {
                if is_done {
                    Bearing::Takes
                } else {
                    Bearing::None
                }
            }
            KvOperation::Append(tail)
                if wanted.is_none_or(|it| !it.as_bytes().ends_with(tail.as_bytes())) =>
            {
                Bearing::Takes
            }
            KvOperation::Delete if wanted.is_some() => Bearing::Takes,
            _ => Bearing::Gives,
        }
    }

    fn can_become_legal<'a>(
        &self,
        state: &KvState<V>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let Some(KvOutput::Got(Some(wanted), told)) = call.output else { return true };
        if self.has_versions && told.is_some_and(|told| told < state.version) {
            return false;
        }
        // Appends only add to what there is; anything else starts again, from a beginning of what is wanted if
        // it is to lead there.
        let leads_there = |other: Call<'_, Self>| match &other.input.operation {
            KvOperation::Get | KvOperation::Append(_) => false,
            KvOperation::Put(value)
            | KvOperation::PutAtVersion(_, value)
            | KvOperation::Cas(_, value) => wanted.as_bytes().starts_with(value.as_bytes()),
            KvOperation::Delete => true,
        };
        state.value.as_ref().is_none_or(|it| wanted.as_bytes().starts_with(it.as_bytes()))
            || others.any(leads_there)
    }

    fn advance(
        &self,
        state: &mut KvState<V>,
        input: &KvInput<V>,
        output: Option<&KvOutput<V>>,
    ) -> bool {
        // The one step whose cost grows with the value.
        if let KvOperation::Append(tail) = &input.operation {
            let version = state.version + u64::from(self.has_versions);
            let legal = match output {
                None => true,
                Some(KvOutput::Done(told)) => self.may_tell(version, *told),
                Some(_) => false,
            };
            if legal {
                state.value.get_or_insert_default().push(tail);
                state.version = version;
            }
            return legal;
        }
        match self.step(state, input, output) {
            Step::Illegal => return false,
            Step::Same => {}
            Step::To(next) => *state = next,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{KvOperation::*, KvOutput::*, *};
    use crate::Blob;

    fn input(operation: KvOperation) -> KvInput {
        KvInput { key: "k".to_string(), operation }
    }

    fn holding(value: &str, version: u64) -> KvState {
        KvState { value: Some(value.to_string()), version }
    }

    #[test]
    fn writes_do_what_they_say_and_count_versions() {
        let kv = Kv::new().with_versions();
        let after = |operation, answer| kv.step(&holding("a", 3), &input(operation), Some(&answer));
        assert_eq!(after(Put("b".into()), Done(Some(4))), Step::To(holding("b", 4)));
        assert_eq!(after(Put("b".into()), Done(Some(3))), Step::Illegal);
        assert_eq!(after(Append("b".into()), Done(None)), Step::To(holding("ab", 4)));
        assert_eq!(after(PutAtVersion(3, "b".into()), Done(None)), Step::To(holding("b", 4)));
        assert_eq!(after(PutAtVersion(2, "b".into()), Done(None)), Step::Illegal);
        assert_eq!(after(PutAtVersion(2, "b".into()), Refused), Step::Same);
        assert_eq!(after(Cas(Some("a".into()), "b".into()), Done(None)), Step::To(holding("b", 4)));
        assert_eq!(after(Cas(None, "b".into()), Refused), Step::Same);
        assert_eq!(after(Delete, Done(None)), Step::To(KvState { value: None, version: 4 }));
    }

    #[test]
    fn a_get_shows_value_and_version() {
        let kv = Kv::new().with_versions();
        let got = |value: &str, version| {
            kv.step(&holding("a", 3), &input(Get), Some(&Got(Some(value.into()), Some(version))))
        };
        assert_eq!(got("a", 3), Step::Same);
        assert_eq!(got("a", 2), Step::Illegal);
        assert_eq!(got("b", 3), Step::Illegal);
    }

    #[test]
    fn a_missing_key_is_empty_only_where_that_is_the_rule() {
        let get = input(Get);
        let empty = Got(Some(String::new()), None);
        assert_eq!(Kv::new().step(&KvState::default(), &get, Some(&empty)), Step::Illegal);
        let lab = Kv::new().with_missing_as_empty();
        assert_eq!(lab.step(&KvState::default(), &get, Some(&empty)), Step::Same);
    }

    #[test]
    fn values_need_not_be_text() {
        let blob = |bytes: &[u8]| Blob::from(bytes.to_vec());
        let append = KvInput { key: "k".to_string(), operation: Append(blob(&[0xa9])) };
        let half = KvState { value: Some(blob(&[0xc3])), version: 0 };
        let whole = KvState { value: Some(Blob::from("é")), version: 0 };
        assert_eq!(Kv::new().step(&half, &append, Some(&Done(None))), Step::To(whole));
    }

    #[test]
    fn in_place_is_the_same_as_by_copy() {
        for kv in [Kv::new(), Kv::new().with_versions()] {
            for answer in [None, Some(Done(None)), Some(Done(Some(4))), Some(Refused)] {
                let append = input(Append("b".into()));
                let before = holding("a", if kv.has_versions { 3 } else { 0 });
                let mut state = before.clone();
                let legal = kv.advance(&mut state, &append, answer.as_ref());
                match kv.step(&before, &append, answer.as_ref()) {
                    Step::To(next) => assert!(legal && state == next),
                    Step::Same => assert!(legal && state == before),
                    Step::Illegal => assert!(!legal && state == before),
                }
            }
        }
    }
}
