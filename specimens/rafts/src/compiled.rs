//! The compiled specimens. The build script makes them; this is what they have in common.
#![allow(missing_docs)]

use crate::specimen::{Breaks, Server, Specimen};
use bytes::Bytes;
use labrpc::Service;
use raft::{Inspection, NotLeader, Started, State};
use std::sync::Arc;

macro_rules! specimens {
    ($(
        $module:ident, $path:literal, $name:literal, $statement:literal, $breaks:ident,
        $property:literal, $source:literal, $lines:literal;
    )*) => {
        $(
            #[path = $path]
            #[allow(warnings, missing_docs, clippy::all, rustdoc::all)]
            mod $module;

            impl Server for $module::Raft {
                fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
                    self.start(command)
                }

                fn get_state(&self) -> State {
                    self.get_state()
                }

                fn snapshot(&self, index: u64, snapshot: Bytes) {
                    self.snapshot(index, snapshot);
                }

                fn kill(&self) {
                    self.kill();
                }

                fn service(&self) -> Arc<dyn Service> {
                    self.service()
                }

                fn changes(&self) -> u64 {
                    self.changes()
                }

                fn inspect(&self) -> Inspection {
                    self.inspect()
                }

                fn entry(&self, index: u64) -> Option<(u64, Bytes)> {
                    self.entry(index, |entry| (entry.term, entry.command.clone()))
                }

                fn match_index(&self, server: usize) -> Option<u64> {
                    self.match_index(server)
                }
            }
        )*

        /// All specimens, bugs first, by name.
        pub fn specimens() -> Vec<Specimen> {
            vec![$(Specimen {
                name: $name,
                statement: $statement,
                breaks: Breaks::$breaks,
                property: $property,
                source: $source,
                lines: $lines,
                make: |config, peers, me, persister, apply| {
                    // The same options as another type: over their encoding.
                    let options = labrpc::encode(config).map_err(anyhow::Error::msg)?;
                    let options = labrpc::decode(&options).map_err(anyhow::Error::msg)?;
                    let raft = $module::Raft::with_config(options, peers, me, persister, apply)?;
                    Ok(Arc::new(raft))
                },
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
