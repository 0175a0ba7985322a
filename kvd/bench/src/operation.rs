//! What a client asks: keys, values and kinds, drawn from a seed.

use crate::load::{Load, Order};
use bytes::Bytes;
use runtime::Rng;
use std::io::Write;

/// Values are slices of this many random bytes and one value's length more.
const POOL_BYTES: usize = 64 << 10;

/// One thing that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Whether it writes.
    pub kind: Kind,
    /// `key:` and the key's number in twelve digits.
    pub key: [u8; 16],
    /// What is written; nothing of a read.
    pub value: Bytes,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sets a key to a value.
    Write,
    /// Gets the value of a key, no older than what was acknowledged before.
    Read,
}

/// What one client asks, one operation after the other.
#[derive(Debug)]
pub struct Operations {
    rng: Rng,
    keys: u64,
    order: Order,
    reads_per_million: u32,
    value_bytes: usize,
    pool: Bytes,
}

impl Operations {
    /// What each client asks under that load.
    pub fn of_clients(load: &Load) -> Vec<Operations> {
        let pool = pool(load);
        let of_client = |client| Operations {
            rng: Rng::stream(load.seed, "bench-client", client),
            keys: load.keys,
            order: load.order,
            reads_per_million: (load.read_share * 1e6).round() as u32,
            value_bytes: load.value_bytes,
            pool: pool.clone(),
        };
        (0..load.clients as u64).map(of_client).collect()
    }

    /// The next one of this client, which is the one with that number over all clients.
    pub fn next(&mut self, number: u64) -> Operation {
        let key = match self.order {
            Order::Random => self.rng.below(self.keys),
            Order::InTurn => number % self.keys,
        };
        let (kind, value) = match self.rng.chance(self.reads_per_million) {
            true => (Kind::Read, Bytes::new()),
            false => {
                let at = self.rng.below(POOL_BYTES as u64) as usize;
                (Kind::Write, self.pool.slice(at..at + self.value_bytes))
            }
        };
        Operation { kind, key: key_bytes(key), value }
    }
}

fn pool(load: &Load) -> Bytes {
    let mut rng = Rng::stream(load.seed, "bench-values", 0);
    let words = (POOL_BYTES + load.value_bytes).div_ceil(8);
    (0..words).flat_map(|_| rng.next_u64().to_le_bytes()).collect()
}

fn key_bytes(number: u64) -> [u8; 16] {
    let mut key = *b"key:000000000000";
    // A number of more digits loses its last ones; nobody has that many keys.
    let _ = write!(&mut key[4..], "{number:012}");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_client(load: &Load, client: usize) -> Vec<Operation> {
        let mut operations = Operations::of_clients(load).remove(client);
        (0..1000).map(|number| operations.next(number)).collect()
    }

    #[test]
    fn a_seed_decides_all_and_clients_differ() {
        let load = Load { read_share: 0.5, ..Load::default() };
        assert_eq!(of_client(&load, 3), of_client(&load, 3));
        assert_ne!(of_client(&load, 3), of_client(&load, 4));
        assert_ne!(of_client(&load, 3), of_client(&Load { seed: 1, ..load.clone() }, 3));
    }

    #[test]
    fn values_are_as_long_as_they_are_to_be_and_differ() {
        let all = of_client(&Load::default(), 0);
        assert!(all.iter().all(|it| it.kind == Kind::Write && it.value.len() == 128));
        assert_ne!(all[0].value, all[1].value);
        let empty = of_client(&Load { value_bytes: 0, ..Load::default() }, 0);
        assert!(empty.iter().all(|it| it.value.is_empty()));
    }

    #[test]
    fn so_many_are_reads_and_keys_are_among_those_there_are() {
        let load = Load { read_share: 0.25, keys: 10, ..Load::default() };
        let all = of_client(&load, 0);
        let reads = all.iter().filter(|it| it.kind == Kind::Read).count();
        assert!((200..300).contains(&reads), "{reads}");
        assert!(
            all.iter().all(|it| (b"key:000000000000"..=b"key:000000000009").contains(&&it.key))
        );
    }

    #[test]
    fn in_turn_each_key_is_next_after_the_one_before() {
        let load = Load { order: Order::InTurn, keys: 3, ..Load::default() };
        let keys: Vec<u8> = of_client(&load, 0).iter().take(5).map(|it| it.key[15]).collect();
        assert_eq!(keys, b"01201");
    }
}
