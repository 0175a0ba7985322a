//! What clients of a store ask for, as data.

use bytes::Bytes;
use kv::{Action, Request};
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the clients of a store do: each asks for something, waits for the answer, thinks, and so on.
///
/// Everything written is another text, so that no write can be taken for another. Appends go to keys
/// of their own ("list …"), and so do increments ("counter …").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workload {
    /// How many clients there are.
    pub clients: usize,
    /// How many keys of each kind.
    pub keys: u64,
    /// Which of them a client takes.
    pub key_choice: KeyChoice,
    /// The shortest pause between an answer and the next operation, in milliseconds.
    pub think_min_ms: u64,
    /// The longest, in milliseconds.
    pub think_max_ms: u64,
    /// How many operations a second all clients together begin, or fewer where thinking and waiting
    /// for answers takes longer; 0: as many as there is time for.
    pub rate_per_s: u64,
    /// How often each kind of operation is asked for, relative to the others.
    pub weights: Weights,
}

/// Which of the keys a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChoice {
    /// All alike.
    Uniform,
    /// The first half of the time, the second a quarter of it, and so on.
    Skewed,
    /// Each client has its own, whatever their number.
    Own,
}

/// Relative weights of the kinds of operations. A kind of weight 0 is never asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Reads of registers.
    pub get: u64,
    /// Writes of registers.
    pub put: u64,
    /// Writes of registers on condition of the value last seen.
    pub compare_and_set: u64,
    /// Writes of registers on condition of the version last seen.
    pub put_at_version: u64,
    /// Deletions of registers.
    pub delete: u64,
    /// Appends to lists.
    pub append: u64,
    /// Reads of lists.
    pub read_list: u64,
    /// Increments of counters: a read, and a write on condition of its version.
    pub increment: u64,
}

impl Default for Workload {
    /// A little of everything on three keys of each kind.
    fn default() -> Workload {
        Workload {
            clients: 5,
            keys: 3,
            key_choice: KeyChoice::Uniform,
            think_min_ms: 0,
            think_max_ms: 300,
            rate_per_s: 0,
            weights: Weights {
                get: 4,
                put: 3,
                compare_and_set: 1,
                put_at_version: 1,
                delete: 1,
                append: 3,
                read_list: 2,
                increment: 1,
            },
        }
    }
}

impl Workload {
    /// Reads and writes of a few registers that all clients share.
    pub fn registers() -> Workload {
        Workload {
            weights: Weights { get: 1, put: 1, ..Weights::default() },
            ..Workload::default()
        }
    }

    /// The same over many keys, a few of them far more wanted than the others.
    pub fn many_keys() -> Workload {
        Workload { keys: 100, key_choice: KeyChoice::Skewed, ..Workload::registers() }
    }

    /// Writes on condition.
    pub fn compare_and_set() -> Workload {
        let weights = Weights {
            get: 2,
            put: 1,
            compare_and_set: 2,
            put_at_version: 1,
            delete: 1,
            ..Weights::default()
        };
        Workload { weights, ..Workload::default() }
    }

    /// Appends to lists, and reads of them.
    pub fn append_lists() -> Workload {
        let weights = Weights { append: 1, read_list: 1, ..Weights::default() };
        Workload { weights, ..Workload::default() }
    }

    /// Increments.
    pub fn counters() -> Workload {
        let weights = Weights { increment: 1, ..Weights::default() };
        Workload { weights, ..Workload::default() }
    }

    /// How long a client pauses now.
    pub(crate) fn think(&self, rng: &mut Rng) -> Duration {
        let shortest = Duration::from_millis(self.think_min_ms);
        rng.duration(shortest..=Duration::from_millis(self.think_max_ms).max(shortest))
    }

    /// The least time between the beginnings of two operations of a client: from nothing to twice the mean, so
    /// that clients don't march in step.
    pub(crate) fn pace(&self, rng: &mut Rng) -> Duration {
        if self.rate_per_s == 0 {
            return Duration::ZERO;
        }
        let clients = self.clients.max(1) as u64;
        let mean_ns = clients.saturating_mul(1_000_000_000) / self.rate_per_s;
        rng.duration(Duration::ZERO..=Duration::from_nanos(mean_ns.saturating_mul(2)))
    }

    /// Every key that a client may have written to.
    pub(crate) fn all_keys(&self) -> Vec<String> {
        let Weights { append, read_list, increment, .. } = self.weights;
        let registers = self.weights.of_registers().iter().any(|(weight, _)| *weight > 0);
        let kinds =
            [(registers, REGISTER), (append + read_list > 0, LIST), (increment > 0, COUNTER)];
        let count = match self.key_choice {
            KeyChoice::Own => self.clients as u64,
            KeyChoice::Uniform | KeyChoice::Skewed => self.keys,
        };
        let used = kinds.iter().filter(|(used, _)| *used);
        used.flat_map(|(_, kind)| (0..count).map(move |number| format!("{kind}{number}"))).collect()
    }
}

/// How the keys of registers begin.
const REGISTER: &str = "key ";
/// How the keys of lists begin.
pub(crate) const LIST: &str = "list ";
/// How the keys of counters begin.
pub(crate) const COUNTER: &str = "counter ";

#[derive(Clone, Copy)]
enum Kind {
    Get,
    Put,
    CompareAndSet,
    PutAtVersion,
    Delete,
    Append,
    ReadList,
    Increment,
}

impl Weights {
    fn of_registers(&self) -> [(u64, Kind); 5] {
        [
            (self.get, Kind::Get),
            (self.put, Kind::Put),
            (self.compare_and_set, Kind::CompareAndSet),
            (self.put_at_version, Kind::PutAtVersion),
            (self.delete, Kind::Delete),
        ]
    }

    /// The kind of the next operation; reads where all weights are 0.
    fn draw(&self, rng: &mut Rng) -> Kind {
        let others = [
            (self.append, Kind::Append),
            (self.read_list, Kind::ReadList),
            (self.increment, Kind::Increment),
        ];
        let kinds = self.of_registers().into_iter().chain(others);
        let sum = kinds.clone().fold(0, |sum: u64, (weight, _)| sum.saturating_add(weight));
        let mut place = rng.below(sum.max(1));
        for (weight, kind) in kinds {
            if place < weight {
                return kind;
            }
            place -= weight;
        }
        Kind::Get
    }
}

/// What a client asks for next.
pub(crate) enum Task {
    /// This.
    Ask(Request),
    /// To count one further: a read of that key, then a write on condition of what was read.
    Increment(String),
}

/// Draws one client's operations.
pub(crate) struct Generator {
    workload: Workload,
    client: u64,
    /// How many operations were drawn.
    drawn: u64,
    /// What the client knows of a register: its value and version as it saw them last.
    seen: Vec<(Bytes, Option<Bytes>, u64)>,
}

impl Generator {
    pub(crate) fn new(workload: &Workload, client: u64) -> Generator {
        Generator { workload: workload.clone(), client, drawn: 0, seen: Vec::new() }
    }

    pub(crate) fn next(&mut self, rng: &mut Rng) -> Task {
        self.drawn += 1;
        let kind = self.workload.weights.draw(rng);
        let number = self.draw_key(rng);
        let prefix = match kind {
            Kind::Append | Kind::ReadList => LIST,
            Kind::Increment => COUNTER,
            _ => REGISTER,
        };
        let key = format!("{prefix}{number}");
        let text = || Bytes::from(format!("{}.{}", self.client, self.drawn));
        let action = match kind {
            Kind::Get | Kind::ReadList => Action::Get,
            Kind::Put => Action::Put(text()),
            Kind::Append => Action::Append(format!("{}.{} ", self.client, self.drawn).into()),
            Kind::Delete => Action::Delete,
            Kind::CompareAndSet => Action::CompareAndSet(self.seen(&key).0, text()),
            Kind::PutAtVersion => Action::PutAtVersion(self.seen(&key).1, text()),
            Kind::Increment => return Task::Increment(key),
        };
        Task::Ask(Request { key: key.into(), action })
    }

    /// The client has seen that.
    pub(crate) fn saw(&mut self, key: &Bytes, value: Option<&Bytes>, version: u64) {
        let value = value.cloned();
        match self.seen.iter_mut().find(|(known, ..)| known == key) {
            Some(place) => (place.1, place.2) = (value, version),
            None => self.seen.push((key.clone(), value, version)),
        }
    }

    fn seen(&self, key: &str) -> (Option<Bytes>, u64) {
        let place = self.seen.iter().find(|(known, ..)| known == key);
        place.map_or((None, 0), |(_, value, version)| (value.clone(), *version))
    }

    fn draw_key(&self, rng: &mut Rng) -> u64 {
        let keys = self.workload.keys.max(1);
        match self.workload.key_choice {
            KeyChoice::Own => self.client,
            KeyChoice::Uniform => rng.below(keys),
            KeyChoice::Skewed => u64::from(rng.next_u64().leading_zeros()) % keys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(workload: &Workload) -> Vec<String> {
        let mut rng = Rng::from_seed(1);
        let mut generator = Generator::new(workload, 2);
        let one = |task| match task {
            Task::Ask(Request { key, action }) => format!("{} {action:?}", key.escape_ascii()),
            Task::Increment(key) => format!("{key} +1"),
        };
        (0..200).map(|_| one(generator.next(&mut rng))).collect()
    }

    #[test]
    fn only_what_has_weight_is_asked_for() {
        let drawn = kinds(&Workload::append_lists());
        assert!(drawn.iter().all(|it| it.starts_with(LIST)));
        assert!(drawn.iter().any(|it| it.contains("Get")));
        assert!(drawn.iter().any(|it| it.contains("Append(b\"2.")));
        assert!(kinds(&Workload::counters()).iter().all(|it| it.starts_with(COUNTER)));
        let none = Workload { weights: Weights::default(), ..Workload::default() };
        assert!(kinds(&none).iter().all(|it| it.ends_with("Get")));
    }

    #[test]
    fn keys_follow_the_choice() {
        let keys = |workload: &Workload| {
            let mut keys: Vec<String> =
                kinds(workload).iter().map(|it| it.split(' ').nth(1).unwrap().to_owned()).collect();
            let first = keys.iter().filter(|key| *key == "0").count();
            keys.sort();
            keys.dedup();
            (keys.len(), first)
        };
        assert_eq!(keys(&Workload { keys: 4, ..Workload::registers() }).0, 4);
        let own = Workload { key_choice: KeyChoice::Own, ..Workload::registers() };
        assert_eq!(keys(&own), (1, 0), "client 2 has key 2");
        let (different, first) = keys(&Workload::many_keys());
        assert!(different > 5 && first > 70, "{different} keys, the first {first} times");
    }

    #[test]
    fn a_rate_is_kept_by_all_clients_together() {
        let workload = Workload { clients: 5, rate_per_s: 100, ..Workload::default() };
        let mut rng = Rng::from_seed(1);
        let paces: Vec<Duration> = (0..1000).map(|_| workload.pace(&mut rng)).collect();
        let mean = paces.iter().sum::<Duration>() / 1000;
        assert!((48..=52).contains(&mean.as_millis()), "each begins 20 a second: {mean:?}");
        assert!(paces.iter().all(|pace| *pace <= Duration::from_millis(100)));
        assert_eq!(Workload::default().pace(&mut rng), Duration::ZERO);
    }

    #[test]
    fn weights_may_be_as_large_as_they_like() {
        let weights = Weights { get: u64::MAX, put: u64::MAX, ..Weights::default() };
        assert_eq!(kinds(&Workload { weights, ..Workload::default() }).len(), 200);
    }

    #[test]
    fn all_keys_are_those_that_can_be_drawn() {
        assert_eq!(Workload { keys: 2, ..Workload::registers() }.all_keys(), ["key 0", "key 1"]);
        assert_eq!(Workload { keys: 1, ..Workload::default() }.all_keys().len(), 3);
    }

    #[test]
    fn conditions_are_what_was_seen() {
        let mut generator = Generator::new(&Workload::compare_and_set(), 0);
        assert_eq!(generator.seen("key 0"), (None, 0));
        let key = Bytes::from("key 0");
        generator.saw(&key, Some(&"a".into()), 3);
        generator.saw(&key, Some(&"b".into()), 4);
        assert_eq!(generator.seen("key 0"), (Some("b".into()), 4));
    }
}
