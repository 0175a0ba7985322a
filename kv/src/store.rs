//! The state machine: keys, values, versions.

use crate::operation::{Action, Answer, Request, Versioned};
use imbl::OrdMap;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Keys and what is under them. A plain value without clock or chance: the same requests in the
/// same order lead to the same store and the same answers. A clone costs nothing, however large it is.
///
/// Of a deleted key the version remains.
///
/// ```
/// use kv::{Action, Answer, Request, Store};
///
/// let mut store = Store::default();
/// let ask = |action| Request { key: "x".to_owned(), action };
/// assert_eq!(store.apply(ask(Action::Append("a".to_owned()))), Answer::Done { version: 1 });
/// let swap = Action::CompareAndSet(Some("b".to_owned()), "c".to_owned());
/// assert_eq!(store.apply(ask(swap)), Answer::Refused);
/// assert_eq!(store.get("x").value.as_deref(), Some("a"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    #[serde(deserialize_with = "read_keys")]
    keys: OrdMap<String, Versioned>,
}

/// The map itself believes how many keys are announced, and takes memory for as many.
fn read_keys<'de, D: Deserializer<'de>>(from: D) -> Result<OrdMap<String, Versioned>, D::Error> {
    let keys = BTreeMap::<String, Versioned>::deserialize(from)?;
    Ok(keys.into_iter().collect())
}

impl Store {
    /// What is under a key.
    pub fn get(&self, key: &str) -> Versioned {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    /// Does what is asked.
    pub fn apply(&mut self, request: Request) -> Answer {
        let Request { key, action } = request;
        if action == Action::Get {
            return Answer::Got(self.get(&key));
        }
        if !self.allows(&key, &action) {
            return Answer::Refused;
        }
        let place = self.keys.entry(key).or_default();
        match action {
            Action::Get => {}
            Action::Put(value)
            | Action::PutAtVersion(_, value)
            | Action::CompareAndSet(_, value) => place.value = Some(value),
            Action::Append(tail) => place.value.get_or_insert_default().push_str(&tail),
            Action::Delete => place.value = None,
        }
        place.version += 1;
        Answer::Done { version: place.version }
    }

    fn allows(&self, key: &str, action: &Action) -> bool {
        let place = self.keys.get(key);
        match action {
            Action::PutAtVersion(version, _) => place.map_or(0, |it| it.version) == *version,
            Action::CompareAndSet(from, _) => {
                place.and_then(|it| it.value.as_ref()) == from.as_ref()
            }
            Action::Get | Action::Put(_) | Action::Append(_) | Action::Delete => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action::*, *};

    fn ask(store: &mut Store, action: Action) -> Answer {
        store.apply(Request { key: "k".to_owned(), action })
    }

    fn under_k(store: &Store) -> (Option<String>, u64) {
        let Versioned { value, version } = store.get("k");
        (value, version)
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn a_key_that_never_was_has_no_value_and_version_0() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, Get), Answer::Got(Versioned { value: None, version: 0 }));
        assert_eq!(store, Store::default(), "and looking leaves no trace");
    }

    #[test]
    fn writes_do_what_they_say_and_count() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, Put(text("a"))), Answer::Done { version: 1 });
        assert_eq!(ask(&mut store, Append(text("b"))), Answer::Done { version: 2 });
        assert_eq!(under_k(&store), (Some(text("ab")), 2));
        assert_eq!(ask(&mut store, Delete), Answer::Done { version: 3 });
        assert_eq!(under_k(&store), (None, 3));
        assert_eq!(ask(&mut store, Append(text("c"))), Answer::Done { version: 4 });
        assert_eq!(under_k(&store), (Some(text("c")), 4));
        assert_eq!(store.get("other"), Versioned::default());
    }

    #[test]
    fn a_write_at_another_version_is_refused() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, PutAtVersion(1, text("a"))), Answer::Refused);
        assert_eq!(store, Store::default(), "and leaves no trace");
        assert_eq!(ask(&mut store, PutAtVersion(0, text("a"))), Answer::Done { version: 1 });
        assert_eq!(ask(&mut store, PutAtVersion(0, text("b"))), Answer::Refused);
        assert_eq!(under_k(&store), (Some(text("a")), 1));
    }

    #[test]
    fn compare_and_set_looks_at_the_value() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, CompareAndSet(Some(text("a")), text("b"))), Answer::Refused);
        let from_nothing = CompareAndSet(None, text("a"));
        assert_eq!(ask(&mut store, from_nothing.clone()), Answer::Done { version: 1 });
        assert_eq!(ask(&mut store, from_nothing.clone()), Answer::Refused);
        let swap = CompareAndSet(Some(text("a")), text("b"));
        assert_eq!(ask(&mut store, swap), Answer::Done { version: 2 });
        ask(&mut store, Delete);
        assert_eq!(ask(&mut store, from_nothing), Answer::Done { version: 4 });
    }
}
