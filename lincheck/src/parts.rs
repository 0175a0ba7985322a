//! Splitting a history into parts that can be judged one by one.

use crate::{History, Model};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::borrow::Cow;
use std::hash::BuildHasher;

/// The parts of a history.
pub(crate) struct Parts<'a> {
    /// By key; their places are their numbers.
    pub keys: Vec<Cow<'a, str>>,
    /// The operations of each, in order of their numbers.
    pub operations: Vec<Vec<u32>>,
    /// By operation, the number of its part.
    pub of_operation: Vec<u32>,
}

impl<'a> Parts<'a> {
    /// Asks the model where each operation belongs.
    pub fn new<M: Model>(model: &M, history: &'a History<M::Input, M::Output>) -> Parts<'a> {
        let hash = |key: &str| FxBuildHasher.hash_one(key);
        let mut keys: Vec<Cow<'a, str>> = Vec::new();
        let mut table: HashTable<u32> = HashTable::new();
        let mut of_operation = Vec::with_capacity(history.operations().len());
        for operation in history.operations() {
            let key = model.partition(&operation.input);
            let hashed = hash(&key);
            let found = table.find(hashed, |&part| keys[part as usize] == key).copied();
            of_operation.push(found.unwrap_or_else(|| {
                let part = keys.len() as u32;
                keys.push(key);
                *table.insert_unique(hashed, part, |&part| hash(&keys[part as usize])).get()
            }));
        }
        // Reports list parts by key, so numbers follow the keys and not who came first.
        let mut sorted: Vec<u32> = (0..keys.len() as u32).collect();
        sorted.sort_unstable_by(|&a, &b| keys[a as usize].cmp(&keys[b as usize]));
        let mut rank = vec![0; keys.len()];
        for (place, &part) in sorted.iter().enumerate() {
            rank[part as usize] = place as u32;
        }
        keys.sort_unstable();
        let mut sizes = vec![0; keys.len()];
        for part in &mut of_operation {
            *part = rank[*part as usize];
            sizes[*part as usize] += 1;
        }
        let mut operations: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
        for (number, &part) in of_operation.iter().enumerate() {
            operations[part as usize].push(number as u32);
        }
        Parts { keys, operations, of_operation }
    }
}
