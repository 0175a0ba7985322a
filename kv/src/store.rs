//! The state machine: keys, values, versions.

use crate::operation::{Action, Answer, Request, Versioned};
use bytes::{Bytes, BytesMut};
use imbl::OrdMap;
use serde::{Deserialize, Serialize, Serializer};
use std::ops::Bound;
use xxhash_rust::xxh3::xxh3_64;

/// Keys and what is under them. A plain value without clock or chance: the same requests in the
/// same order lead to the same store and the same answers. A clone costs nothing, however large it is.
///
/// Of a deleted key the version remains; of a removed one, nothing.
///
/// ```
/// use kv::{Action, Answer, Request, Store};
///
/// let mut store = Store::default();
/// let ask = |action| Request::new("x", action);
/// assert_eq!(store.apply(ask(Action::Append("a".into()))), Answer::Done { version: 1 });
/// let swap = Action::CompareAndSet(Some("b".into()), "c".into());
/// assert_eq!(store.apply(ask(swap)), Answer::Refused);
/// assert_eq!(store.get(b"x").value, Some("a".into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<(Bytes, Versioned)>")]
pub struct Store {
    keys: OrdMap<Key, Versioned>,
    /// Of all keys and values.
    bytes: u64,
}

/// Keys stand in the order of their hashes, so that a place in that order is a number of 64 bits which every
/// server understands, and which means the same after any change of the store: what a client is given that
/// goes through all keys in parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: u64,
    bytes: Bytes,
}

impl Key {
    fn new(bytes: Bytes) -> Key {
        Key { hash: xxh3_64(&bytes), bytes }
    }
}

/// A list, of which more can't be announced than there is.
impl Serialize for Store {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.keys.iter().map(|(key, place)| (&key.bytes, place)))
    }
}

impl From<Vec<(Bytes, Versioned)>> for Store {
    fn from(list: Vec<(Bytes, Versioned)>) -> Store {
        let size = |(key, place): &(Bytes, Versioned)| key.len() + value_bytes(place);
        let bytes = list.iter().map(size).sum::<usize>() as u64;
        let keys = list.into_iter().map(|(key, place)| (Key::new(key), place)).collect();
        Store { keys, bytes }
    }
}

fn value_bytes(place: &Versioned) -> usize {
    place.value.as_ref().map_or(0, Bytes::len)
}

impl Store {
    /// What is under a key.
    pub fn get(&self, key: &[u8]) -> Versioned {
        self.find(key).cloned().unwrap_or_default()
    }

    /// How many keys there are, deleted ones whose version is kept among them.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many bytes keys and values have.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keys and their values from that place on; each with its place, and in the order of places. The first
    /// is at 0 or later. Keys can share a place.
    pub fn from_place(&self, place: u64) -> impl Iterator<Item = (u64, &Bytes, &Bytes)> {
        let first = Key { hash: place, bytes: Bytes::new() };
        let keys = self.keys.range((Bound::Included(first), Bound::Unbounded));
        keys.filter_map(|(key, it)| Some((key.hash, &key.bytes, it.value.as_ref()?)))
    }

    /// Does what is asked.
    pub fn apply(&mut self, request: Request) -> Answer {
        let Request { key, action } = request;
        match action {
            Action::Get => return Answer::Got(self.get(&key)),
            Action::Length => return Answer::Number(self.value(&key).map_or(0, Bytes::len) as i64),
            Action::Add(amount) => return self.add(key, amount),
            _ if !self.allows(&key, &action) => return Answer::Refused,
            Action::Remove => {
                let bytes = key.len() + self.value(&key).map_or(0, Bytes::len);
                self.keys.remove(&Key::new(key));
                self.bytes -= bytes as u64;
                return Answer::Done { version: 0 };
            }
            _ => {}
        }
        let (keys_before, key_bytes) = (self.keys.len(), key.len() as u64);
        let place = self.keys.entry(Key::new(key)).or_default();
        let bytes_before = value_bytes(place) as u64;
        match action {
            Action::Put(value)
            | Action::PutAtVersion(_, value)
            | Action::PutIfPresent(value)
            | Action::CompareAndSet(_, value) => place.value = Some(value),
            Action::Append(tail) => place.value = Some(joined(place.value.take(), tail)),
            Action::Delete => place.value = None,
            Action::Get | Action::Length | Action::Add(_) | Action::Remove => {}
        }
        place.version += 1;
        let version = place.version;
        self.bytes = self.bytes + value_bytes(place) as u64 - bytes_before;
        if self.keys.len() > keys_before {
            self.bytes += key_bytes;
        }
        Answer::Done { version }
    }

    fn allows(&self, key: &[u8], action: &Action) -> bool {
        match action {
            Action::PutAtVersion(version, _) => {
                self.find(key).map_or(0, |it| it.version) == *version
            }
            Action::CompareAndSet(from, _) => self.value(key) == from.as_ref(),
            Action::PutIfPresent(_) | Action::Remove => self.value(key).is_some(),
            _ => true,
        }
    }

    fn add(&mut self, key: Bytes, amount: i64) -> Answer {
        let Some(number) = self.value(&key).map_or(Some(0), |value| number(value)) else {
            return Answer::NotANumber;
        };
        let Some(sum) = number.checked_add(amount) else { return Answer::Overflow };
        self.apply(Request { key, action: Action::Put(sum.to_string().into()) });
        Answer::Number(sum)
    }

    fn find(&self, key: &[u8]) -> Option<&Versioned> {
        // A copy of short bytes is cheaper than a map that can be asked with borrowed ones.
        self.keys.get(&Key::new(Bytes::copy_from_slice(key)))
    }

    fn value(&self, key: &[u8]) -> Option<&Bytes> {
        self.find(key)?.value.as_ref()
    }
}

/// A value and its tail. It is copied only where somebody else still holds it.
fn joined(head: Option<Bytes>, tail: Bytes) -> Bytes {
    let Some(head) = head else { return tail };
    let mut whole = head.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
    whole.extend_from_slice(&tail);
    whole.freeze()
}

/// The number that is written so, and in no other way: no blanks, no `+`, no zeros in front.
fn number(value: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == value).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{Action::*, *};

    fn ask(store: &mut Store, action: Action) -> Answer {
        store.apply(Request::new("k", action))
    }

    fn under_k(store: &Store) -> (Option<Bytes>, u64) {
        let Versioned { value, version } = store.get(b"k");
        (value, version)
    }

    fn text(text: &'static str) -> Bytes {
        text.into()
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
        assert_eq!(store.get(b"other"), Versioned::default());
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

    #[test]
    fn a_removed_key_leaves_nothing() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, Remove), Answer::Refused);
        ask(&mut store, Put(text("a")));
        assert_eq!(ask(&mut store, Remove), Answer::Done { version: 0 });
        assert_eq!(store, Store::default());
        ask(&mut store, Put(text("a")));
        ask(&mut store, Delete);
        assert_eq!(ask(&mut store, Remove), Answer::Refused, "there is no value");
        assert_eq!(under_k(&store), (None, 2));
    }

    #[test]
    fn a_value_is_replaced_only_if_there_is_one() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, PutIfPresent(text("a"))), Answer::Refused);
        assert_eq!(store, Store::default());
        ask(&mut store, Put(text("a")));
        assert_eq!(ask(&mut store, PutIfPresent(text("b"))), Answer::Done { version: 2 });
        assert_eq!(under_k(&store), (Some(text("b")), 2));
    }

    #[test]
    fn numbers_are_added_to_numbers_of_64_bits_alone() {
        let mut store = Store::default();
        assert_eq!(ask(&mut store, Add(5)), Answer::Number(5));
        assert_eq!(ask(&mut store, Add(-7)), Answer::Number(-2));
        assert_eq!(under_k(&store), (Some(text("-2")), 2));
        assert_eq!(ask(&mut store, Length), Answer::Number(2));
        for no_number in ["", "a", "1.0", " 1", "1 ", "+1", "01", "-0", "9223372036854775808"] {
            ask(&mut store, Put(text(no_number)));
            assert_eq!(ask(&mut store, Add(1)), Answer::NotANumber, "{no_number:?}");
        }
        ask(&mut store, Put(text("9223372036854775807")));
        assert_eq!(ask(&mut store, Add(1)), Answer::Overflow);
        assert_eq!(under_k(&store).0, Some(text("9223372036854775807")));
    }

    #[test]
    fn bytes_are_kept_as_they_are() {
        let mut store = Store::default();
        let bytes = Bytes::from_static(b"\0\r\n\xff");
        store.apply(Request { key: bytes.clone(), action: Put(bytes.clone()) });
        store.apply(Request { key: bytes.clone(), action: Append(bytes.clone()) });
        assert_eq!(store.get(&bytes).value, Some([&bytes[..], &bytes].concat().into()));
    }

    #[test]
    fn the_bytes_of_all_keys_and_values_are_known() {
        let mut store = Store::default();
        let mut rng = runtime::Rng::from_seed(1);
        for _ in 0..1000 {
            let text = || Bytes::from(vec![b'1'; 3]);
            let action = match rng.below(6) {
                0 => Put(text()),
                1 => Append(text()),
                2 => Delete,
                3 => Remove,
                4 => Add(7),
                _ => CompareAndSet(None, text()),
            };
            store.apply(Request::new(rng.below(9).to_string(), action));
            let size = |(key, place): (&Key, &Versioned)| key.bytes.len() + value_bytes(place);
            assert_eq!(store.bytes(), store.keys.iter().map(size).sum::<usize>() as u64);
        }
        let read: Store = labrpc::decode(&labrpc::encode(&store).unwrap()).unwrap();
        assert_eq!(read, store);
    }

    #[test]
    fn keys_stand_in_an_order_that_the_others_do_not_change() {
        let mut store = Store::default();
        let put = |store: &mut Store, key: usize| {
            store.apply(Request::new(key.to_string(), Put(text("a"))));
        };
        (0..100).for_each(|key| put(&mut store, key));
        let (half, _, _) = store.from_place(0).nth(50).unwrap();
        let later: Vec<Bytes> = store.from_place(half).map(|(_, key, _)| key.clone()).collect();
        assert_eq!((store.len(), later.len()), (100, 50));
        (100..200).for_each(|key| put(&mut store, key));
        let now: Vec<&Bytes> = store.from_place(half).map(|(_, key, _)| key).collect();
        assert!(later.iter().all(|key| now.contains(&key)));
        let places: Vec<u64> = store.from_place(0).map(|(place, ..)| place).collect();
        assert!(places.is_sorted() && places.len() == 200);
    }
}
