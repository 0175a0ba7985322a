//! A key/value store: get, put, append, compare-and-set, delete, versions.

use crate::{Bearing, Call, History, Model, Step};
use std::borrow::Cow;

/// A store of strings, each key judged by itself.
///
/// A key's version is the number of writes to it that took effect, deletions among them; it goes on
/// when the key is deleted and written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kv {
    /// Whether answers with versions, and writes on condition of a version, are judged by it. It
    /// makes for more states, so it should be off where nobody looks at versions.
    pub has_versions: bool,
    /// Whether a get of a key that is not there may answer the empty string, as in the course labs.
    pub missing_is_empty: bool,
}

/// What a store is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KvInput {
    /// Of which key.
    pub key: String,
    /// What.
    pub operation: KvOperation,
}

/// What a store is asked of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KvOperation {
    /// For its value.
    Get,
    /// To have this value.
    Put(String),
    /// To have this value if its version is this. Needs [`Kv::has_versions`], else it is illegal.
    PutAtVersion(u64, String),
    /// To have this added to its value, or as its value if it had none.
    Append(String),
    /// To have the second value if it has the first; `None` is no value.
    Cas(Option<String>, String),
    /// To have no value.
    Delete,
}

/// What a store answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KvOutput {
    /// To a get: the value, and the version if the store tells it.
    Got(Option<String>, Option<u64>),
    /// To anything else: it is done, and this is the version now, if the store tells it.
    Done(Option<u64>),
    /// To a write on condition: the condition did not hold.
    Refused,
}

/// What a store holds under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KvState {
    /// The value, if there is one.
    pub value: Option<String>,
    /// The version; always 0 without [`Kv::has_versions`].
    pub version: u64,
}

impl Kv {
    /// The model that suits a history: it has versions if some operation does.
    pub fn suited_to(history: &History<KvInput, KvOutput>) -> Kv {
        let has_versions = history.operations().iter().any(|operation| {
            matches!(operation.input.operation, KvOperation::PutAtVersion(..))
                || matches!(
                    operation.output(),
                    Some(KvOutput::Got(_, Some(_)) | KvOutput::Done(Some(_)))
                )
        });
        Kv { has_versions, ..Kv::default() }
    }

    /// Whether an answer may tell this version.
    fn may_tell(&self, version: u64, told: Option<u64>) -> bool {
        !self.has_versions || told.is_none_or(|told| told == version)
    }

    fn get(&self, state: &KvState, output: Option<&KvOutput>) -> Step<KvState> {
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

    fn shows(&self, state: &KvState, value: Option<&String>) -> bool {
        let is_empty = value.is_some_and(String::is_empty);
        state.value.as_ref() == value || self.missing_is_empty && is_empty && state.value.is_none()
    }

    /// A write whose condition holds, or not.
    fn write(
        &self,
        state: &KvState,
        holds: bool,
        value: impl FnOnce() -> Option<String>,
        output: Option<&KvOutput>,
    ) -> Step<KvState> {
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

impl Model for Kv {
    type State = KvState;
    type Input = KvInput;
    type Output = KvOutput;

    fn init(&self) -> KvState {
        KvState::default()
    }

    fn step(&self, state: &KvState, input: &KvInput, output: Option<&KvOutput>) -> Step<KvState> {
        match &input.operation {
            KvOperation::Get => self.get(state, output),
            KvOperation::Put(value) => self.write(state, true, || Some(value.clone()), output),
            KvOperation::PutAtVersion(..) if !self.has_versions => Step::Illegal,
            KvOperation::PutAtVersion(version, value) => {
                self.write(state, *version == state.version, || Some(value.clone()), output)
            }
            KvOperation::Append(tail) => {
                let head = state.value.as_deref().unwrap_or_default();
                self.write(state, true, || Some([head, tail].concat()), output)
            }
            KvOperation::Cas(from, to) => {
                self.write(state, *from == state.value, || Some(to.clone()), output)
            }
            KvOperation::Delete => self.write(state, true, || None, output),
        }
    }

    fn partition<'a>(&self, input: &'a KvInput) -> Cow<'a, str> {
        Cow::Borrowed(&input.key)
    }

    fn describe(&self, input: &KvInput, output: Option<&KvOutput>) -> String {
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

    fn describe_state(&self, state: &KvState) -> String {
        let value =
            state.value.as_ref().map_or("nothing".to_string(), |value| format!("{value:?}"));
        if self.has_versions { format!("{value} (version {})", state.version) } else { value }
    }

    fn is_read_only(&self, input: &KvInput, output: Option<&KvOutput>) -> bool {
        input.operation == KvOperation::Get || output == Some(&KvOutput::Refused)
    }

    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let Some(KvOutput::Got(wanted, _)) = call.output else { return Bearing::Unclear };
        if self.missing_is_empty && wanted.as_deref().is_none_or(str::is_empty) {
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
            KvOperation::Append(tail) if wanted.is_none_or(|it| !it.ends_with(tail.as_str())) => {
                Bearing::Takes
            }
            KvOperation::Delete if wanted.is_some() => Bearing::Takes,
            _ => Bearing::Gives,
        }
    }

    fn can_become_legal<'a>(
        &self,
        state: &KvState,
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
        // Appends only add to what there is; anything else starts anew, from a beginning of what
        // is wanted if it is to lead there.
        let leads_there = |other: Call<'_, Self>| match &other.input.operation {
            KvOperation::Get | KvOperation::Append(_) => false,
            KvOperation::Put(value)
            | KvOperation::PutAtVersion(_, value)
            | KvOperation::Cas(_, value) => wanted.starts_with(value.as_str()),
            KvOperation::Delete => true,
        };
        wanted.starts_with(state.value.as_deref().unwrap_or_default()) || others.any(leads_there)
    }

    fn advance(&self, state: &mut KvState, input: &KvInput, output: Option<&KvOutput>) -> bool {
        // The one step whose cost grows with the value.
        if let KvOperation::Append(tail) = &input.operation {
            let version = state.version + u64::from(self.has_versions);
            let legal = match output {
                None => true,
                Some(KvOutput::Done(told)) => self.may_tell(version, *told),
                Some(_) => false,
            };
            if legal {
                state.value.get_or_insert_default().push_str(tail);
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

    fn input(operation: KvOperation) -> KvInput {
        KvInput { key: "k".to_string(), operation }
    }

    fn holding(value: &str, version: u64) -> KvState {
        KvState { value: Some(value.to_string()), version }
    }

    #[test]
    fn writes_do_what_they_say_and_count_versions() {
        let kv = Kv { has_versions: true, ..Kv::default() };
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
        let kv = Kv { has_versions: true, ..Kv::default() };
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
        assert_eq!(Kv::default().step(&KvState::default(), &get, Some(&empty)), Step::Illegal);
        let lab = Kv { missing_is_empty: true, ..Kv::default() };
        assert_eq!(lab.step(&KvState::default(), &get, Some(&empty)), Step::Same);
    }

    #[test]
    fn in_place_is_the_same_as_by_copy() {
        for kv in [Kv::default(), Kv { has_versions: true, ..Kv::default() }] {
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
