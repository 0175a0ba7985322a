//! The state machine that servers run.

use super::{StateMachine, command};
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;

/// The key/value store, as its entries and snapshots have it.
pub struct KvMachine;

impl StateMachine for KvMachine {
    fn describe(&self, command: &[u8]) -> Value {
        command::describe(command)
    }

    fn store(
        &self,
        snapshot: &[u8],
        commands: &mut dyn Iterator<Item = (u64, &[u8])>,
    ) -> Result<BTreeMap<Bytes, Bytes>, String> {
        let store = kv::replay(snapshot, commands)?;
        Ok(store.from_place(0).map(|(_, key, value)| (key.clone(), value.clone())).collect())
    }
}
