//! What was applied where: the same everywhere, and in order.

use crate::Violation;
use crate::checks::known::applied::Entry;
use crate::checks::rules::{applied_values, apply_order};
use bytes::Bytes;
use std::collections::BTreeMap;

/// Everything applied in the run, as far as the trace has it: long commands are there with their
/// beginning, length and hash.
pub(super) struct StoredApplies {
    entries: BTreeMap<u64, Entry>,
    /// How far the present life of each server is.
    servers: Vec<u64>,
}

impl StoredApplies {
    pub(super) fn new(servers: usize) -> StoredApplies {
        StoredApplies { entries: BTreeMap::new(), servers: vec![0; servers] }
    }

    pub(super) fn command(
        &mut self,
        server: usize,
        index: u64,
        command: &str,
    ) -> Result<(), Violation> {
        let applied = std::mem::replace(&mut self.servers[server], index);
        match self.entries.get(&index) {
            Some(known) => {
                applied_values::check(known, index, server, 0, Some(command.as_bytes()))?;
            }
            None => {
                let command = Bytes::copy_from_slice(command.as_bytes());
                let entry =
                    Entry { command: Some(command), commands: 0, term: 0, first_server: server };
                self.entries.insert(index, entry);
            }
        }
        apply_order::check(server, applied, index)
    }

    /// A snapshot stands for all up to its index, also one that a restarted server found.
    pub(super) fn snapshot(&mut self, server: usize, index: u64) {
        let applied = &mut self.servers[server];
        *applied = index.max(*applied);
    }

    pub(super) fn restart(&mut self, server: usize) {
        self.servers[server] = 0;
    }

    /// What was applied at an index.
    pub(super) fn at(&self, index: u64) -> Option<&[u8]> {
        self.entries.get(&index).and_then(|entry| entry.command.as_deref())
    }
}
