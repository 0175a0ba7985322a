//! What clients ask for.

use super::{Kind, Operation, Transaction};
use harness::KvConfig;
use runtime::Rng;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How much clients ask for, of what, and how patient they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// How many clients there are.
    pub clients: usize,
    /// How many operations a second all of them begin together, at most.
    pub rate_per_s: u64,
    /// How many keys of a kind of object are in use at a time.
    pub keys: u64,
    /// After how many operations a key is replaced by a new one, so that its history stays short enough to be
    /// judged.
    pub operations_per_key: u64,
    /// The same for operations of unknown outcome: each may take effect at any time, which multiplies the
    /// possibilities.
    pub unknown_per_key: u64,
    /// How often each kind of operation is asked for, relative to the others.
    pub weights: Vec<(Kind, u64)>,
    /// How long a client waits for an answer.
    pub answer_timeout: Duration,
    /// How long a roaming client retries an operation that certainly has had no effect.
    pub patience: Duration,
    /// How long a client is bound to one server.
    pub bound_for: RangeInclusive<Duration>,
}

impl Default for Workload {
    fn default() -> Workload {
        Workload {
            clients: 10,
            rate_per_s: 200,
            keys: 3,
            operations_per_key: 300,
            unknown_per_key: 4,
            weights: vec![
                (Kind::Get, 24),
                (Kind::Put, 16),
                (Kind::CompareAndSet, 12),
                (Kind::Delete, 3),
                (Kind::Append, 12),
                (Kind::ReadList, 10),
                (Kind::Add, 8),
                (Kind::ReadCounter, 7),
                (Kind::ReadSeveral, 4),
                (Kind::WriteSeveral, 4),
            ],
            answer_timeout: Duration::from_secs(2),
            patience: Duration::from_secs(20),
            bound_for: Duration::from_secs(2)..=Duration::from_secs(6),
        }
    }
}

impl Workload {
    /// As a scenario's file says it for clients of a store. Several registers are read and written a tenth as
    /// often as single ones; servers have no versions.
    pub fn of_scenario(kv: &KvConfig) -> Workload {
        let harness::Workload { clients, keys, rate_per_s, weights, .. } = &kv.workload;
        let usual = Workload::default();
        let (append, read_list) = (weights.append, weights.read_list);
        let several = (weights.get + weights.put).div_ceil(10);
        let weights = vec![
            (Kind::Get, weights.get),
            (Kind::Put, weights.put),
            (Kind::CompareAndSet, weights.compare_and_set),
            (Kind::Delete, weights.delete),
            (Kind::Append, append),
            (Kind::ReadList, read_list),
            (Kind::Add, weights.increment),
            (Kind::ReadCounter, weights.increment),
            (Kind::ReadSeveral, several),
            (Kind::WriteSeveral, several),
        ];
        let or_usual = |value: u64, usual: u64| if value == 0 { usual } else { value };
        let timeout_ms = kv.operation_timeout_ms;
        Workload {
            clients: *clients,
            keys: *keys,
            rate_per_s: or_usual(*rate_per_s, usual.rate_per_s),
            weights,
            answer_timeout: match timeout_ms {
                0 => usual.answer_timeout,
                ms => Duration::from_millis(ms),
            },
            ..usual
        }
    }

    /// How long after an operation of a client has begun its next one begins, at the earliest: from nothing to
    /// twice the mean, so that clients don't march in step.
    pub(super) fn pace(&self, rng: &mut Rng) -> Duration {
        let between = Duration::from_secs(self.clients.max(1) as u64);
        let mean = between / u32::try_from(self.rate_per_s.max(1)).unwrap_or(u32::MAX);
        rng.duration(Duration::ZERO..=2 * mean)
    }

    /// The kind of the next operation, of those that servers can do.
    pub(super) fn kind(&self, rng: &mut Rng, can: impl Fn(Kind) -> bool) -> Kind {
        let weights = || self.weights.iter().filter(|(kind, _)| can(*kind));
        let sum: u64 = weights().map(|(_, weight)| weight).sum();
        let mut place = rng.below(sum.max(1));
        for (kind, weight) in weights() {
            if place < *weight {
                return *kind;
            }
            place -= weight;
        }
        Kind::Get
    }
}

/// What an object is. Each has keys of its own, and each a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    Register,
    List,
    Counter,
    /// Registers for transactions alone.
    Registers,
}

/// The registers of one group, of which transactions take several.
const GROUP: [&str; 3] = ["a", "b", "c"];

impl Object {
    fn of(kind: Kind) -> Object {
        match kind {
            Kind::Get | Kind::Put | Kind::CompareAndSet | Kind::Delete => Object::Register,
            Kind::Append | Kind::ReadList => Object::List,
            Kind::Add | Kind::ReadCounter => Object::Counter,
            Kind::ReadSeveral | Kind::WriteSeveral => Object::Registers,
        }
    }

    fn key(self, slot: u64, generation: u64) -> String {
        let word = match self {
            Object::Register => "register",
            Object::List => "list",
            Object::Counter => "counter",
            Object::Registers => "group",
        };
        format!("{word}-{slot}.{generation}")
    }

    /// A look at all of it.
    fn read(self, key: String) -> Operation {
        match self {
            Object::Register => Operation::Get { key },
            Object::List => Operation::ReadList { key },
            Object::Counter => Operation::ReadCounter { key },
            Object::Registers => Operation::Transaction(Transaction::Read { keys: group(&key) }),
        }
    }
}

fn group(key: &str) -> Vec<String> {
    GROUP.iter().map(|member| format!("{key}.{member}")).collect()
}

/// The keys in use, which are replaced by new ones over time, and the numbers that make writes unique.
pub(super) struct Keys {
    operations_per_key: u64,
    unknown_per_key: u64,
    used: BTreeMap<(Object, u64), Used>,
    unique: u64,
}

#[derive(Default)]
struct Used {
    generation: u64,
    operations: u64,
    unknown: u64,
}

impl Used {
    fn next(&mut self) {
        *self = Used { generation: self.generation + 1, ..Used::default() };
    }
}

impl Keys {
    pub(super) fn new(workload: &Workload) -> Keys {
        let Workload { operations_per_key, unknown_per_key, .. } = *workload;
        Keys { operations_per_key, unknown_per_key, used: BTreeMap::new(), unique: 0 }
    }

    /// A number that no other write of the run has.
    pub(super) fn unique(&mut self) -> u64 {
        self.unique += 1;
        self.unique
    }

    /// The key for an operation on that object.
    fn take(&mut self, object: Object, slot: u64) -> String {
        let used = self.used.entry((object, slot)).or_default();
        if used.operations >= self.operations_per_key {
            used.next();
        }
        used.operations += 1;
        object.key(slot, used.generation)
    }

    /// An operation on a key is of unknown outcome.
    pub(super) fn lost(&mut self, operation: &Operation) {
        let object = Object::of(operation.kind());
        let key = key_of(operation);
        let mut all = self.used.iter_mut().filter(|((of, _), _)| *of == object);
        let found = all.find(|((_, slot), used)| object.key(*slot, used.generation) == key);
        if let Some((_, used)) = found {
            used.unknown += 1;
            if used.unknown >= self.unknown_per_key {
                used.next();
            }
        }
    }

    /// A read of every key that was ever in use.
    pub(super) fn read_all(&self) -> Vec<Operation> {
        let keys = |((object, slot), used): (&(Object, u64), &Used)| {
            let (object, slot) = (*object, *slot);
            (0..=used.generation).map(move |generation| object.read(object.key(slot, generation)))
        };
        self.used.iter().flat_map(keys).collect()
    }
}

/// The key of an operation, or that of the group.
fn key_of(operation: &Operation) -> &str {
    let of_group = |member: &str| member.rfind('.').unwrap_or(0);
    match operation {
        Operation::Get { key }
        | Operation::Put { key, .. }
        | Operation::CompareAndSet { key, .. }
        | Operation::Delete { key }
        | Operation::Append { key, .. }
        | Operation::ReadList { key }
        | Operation::Add { key, .. }
        | Operation::ReadCounter { key } => key,
        Operation::Transaction(Transaction::Read { keys }) => {
            keys.first().map_or("", |key| &key[..of_group(key)])
        }
        Operation::Transaction(Transaction::Write { writes }) => {
            writes.first().map_or("", |(key, _)| &key[..of_group(key)])
        }
    }
}

/// Draws the next operation of a client. `seen` is what it knows of registers.
pub(super) fn draw(
    kind: Kind,
    workload: &Workload,
    keys: &mut Keys,
    seen: &BTreeMap<String, Option<String>>,
    rng: &mut Rng,
) -> Operation {
    let key = keys.take(Object::of(kind), rng.below(workload.keys.max(1)));
    let mut unique = || keys.unique();
    match kind {
        Kind::Get => Operation::Get { key },
        Kind::Put => Operation::Put { key, value: unique().to_string() },
        Kind::CompareAndSet => {
            let expected = seen.get(&key).cloned().flatten();
            Operation::CompareAndSet { key, expected, value: unique().to_string() }
        }
        Kind::Delete => Operation::Delete { key },
        Kind::Append => Operation::Append { key, element: unique().to_string() },
        Kind::ReadList => Operation::ReadList { key },
        Kind::Add => {
            let amount = i64::try_from(unique()).unwrap_or(i64::MAX);
            Operation::Add { key, amount }
        }
        Kind::ReadCounter => Operation::ReadCounter { key },
        Kind::ReadSeveral => Operation::Transaction(Transaction::Read { keys: some_of(&key, rng) }),
        Kind::WriteSeveral => {
            let writes = some_of(&key, rng).into_iter().map(|key| (key, unique().to_string()));
            Operation::Transaction(Transaction::Write { writes: writes.collect() })
        }
    }
}

/// Two registers of a group, or all three.
fn some_of(key: &str, rng: &mut Rng) -> Vec<String> {
    let mut members = group(key);
    rng.shuffle(&mut members);
    members.truncate(rng.range(2..=GROUP.len() as u64) as usize);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_says_what_clients_do() {
        let mut kv = KvConfig { operation_timeout_ms: 700, ..KvConfig::default() };
        kv.workload.weights = harness::Weights { get: 7, put: 3, ..harness::Weights::default() };
        (kv.workload.clients, kv.workload.keys, kv.workload.rate_per_s) = (4, 2, 0);
        let workload = Workload::of_scenario(&kv);
        assert_eq!((workload.clients, workload.keys, workload.rate_per_s), (4, 2, 200));
        assert_eq!(workload.answer_timeout, Duration::from_millis(700));
        let asked: Vec<_> = workload.weights.iter().filter(|(_, weight)| *weight > 0).collect();
        let several = [(Kind::ReadSeveral, 1), (Kind::WriteSeveral, 1)];
        assert_eq!(asked, [&(Kind::Get, 7), &(Kind::Put, 3), &several[0], &several[1]]);
    }
    use std::collections::BTreeSet;

    fn drawn(workload: &Workload, count: usize) -> (Vec<Operation>, Keys) {
        let (mut keys, mut rng) = (Keys::new(workload), Rng::from_seed(1));
        let mut one = || {
            let kind = workload.kind(&mut rng, |_| true);
            draw(kind, workload, &mut keys, &BTreeMap::new(), &mut rng)
        };
        let operations = (0..count).map(|_| one()).collect();
        (operations, keys)
    }

    #[test]
    fn every_kind_is_drawn_and_everything_written_is_unique() {
        let (operations, _) = drawn(&Workload::default(), 1000);
        let kinds: BTreeSet<Kind> = operations.iter().map(Operation::kind).collect();
        assert_eq!(kinds.len(), 10);
        let mut written = Vec::new();
        for operation in &operations {
            match operation {
                Operation::Put { value, .. } | Operation::CompareAndSet { value, .. } => {
                    written.push(value.clone());
                }
                Operation::Append { element, .. } => written.push(element.clone()),
                Operation::Add { amount, .. } => written.push(amount.to_string()),
                Operation::Transaction(Transaction::Write { writes }) => {
                    written.extend(writes.iter().map(|(_, value)| value.clone()));
                }
                _ => {}
            }
        }
        let different: BTreeSet<&String> = written.iter().collect();
        assert_eq!(different.len(), written.len());
    }

    #[test]
    fn what_servers_cannot_do_is_not_drawn() {
        let (workload, mut rng) = (Workload::default(), Rng::from_seed(1));
        let kinds = (0..1000).map(|_| workload.kind(&mut rng, |kind| kind == Kind::Append));
        assert!(kinds.into_iter().all(|kind| kind == Kind::Append));
    }

    #[test]
    fn a_key_gives_way_after_so_many_operations_or_some_of_unknown_outcome() {
        let workload = Workload { keys: 1, operations_per_key: 10, ..Workload::default() };
        let mut keys = Keys::new(&workload);
        let take = |keys: &mut Keys| keys.take(Object::Register, 0);
        let names: BTreeSet<String> = (0..20).map(|_| take(&mut keys)).collect();
        assert_eq!(Vec::from_iter(names), ["register-0.0", "register-0.1"]);
        let put = |key: &str| Operation::Put { key: key.to_owned(), value: "1".to_owned() };
        (0..3).for_each(|_| keys.lost(&put("register-0.1")));
        // Of a key that is not in use any more there is nothing to be done.
        keys.lost(&put("register-0.0"));
        assert_eq!(keys.used[&(Object::Register, 0)].generation, 1);
        keys.lost(&put("register-0.1"));
        assert_eq!(take(&mut keys), "register-0.2");
        assert_eq!(keys.read_all().len(), 3);
    }

    #[test]
    fn a_lost_transaction_counts_for_its_group() {
        let workload = Workload { keys: 1, unknown_per_key: 1, ..Workload::default() };
        let (mut keys, mut rng) = (Keys::new(&workload), Rng::from_seed(1));
        let seen = BTreeMap::new();
        let write = draw(Kind::WriteSeveral, &workload, &mut keys, &seen, &mut rng);
        assert_eq!(key_of(&write), "group-0.0");
        keys.lost(&write);
        let next = draw(Kind::ReadSeveral, &workload, &mut keys, &seen, &mut rng);
        assert_eq!(key_of(&next), "group-0.1");
    }

    #[test]
    fn the_rate_is_kept_by_all_clients_together() {
        let workload = Workload { clients: 5, rate_per_s: 100, ..Workload::default() };
        let mut rng = Rng::from_seed(1);
        let paces: Vec<Duration> = (0..1000).map(|_| workload.pace(&mut rng)).collect();
        let mean = paces.iter().sum::<Duration>() / 1000;
        assert!((48..=52).contains(&mean.as_millis()), "each begins 20 a second: {mean:?}");
    }
}
