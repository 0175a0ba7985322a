//! tikv's Raft under the tester: the crate `raft` 0.7.0 as it is published, driven by [`sans_io`].
//!
//! It has pre-votes and leaders that check their quorum, entries of its own, one-way messages, and reads without an
//! entry. What is seen of it: applied values, messages, disk, inside.
//!
//! [`Mistake`]s can be planted in the adapter (`--set bug=acks-before-sync`), to see what the tester makes of them.

mod core;
mod mistake;
mod store;
mod words;

pub use mistake::Mistake;

use labtest::runtime::{self, Node};
use labtest::sans_io::{self, HardState, Restored};
use labtest::{Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Peer, Supports, anyhow};
use std::sync::Arc;

/// This Raft, for the tester.
#[derive(Clone, Copy, Debug, Default)]
pub struct RaftRs {
    /// What is wrong with its adapter.
    pub mistake: Option<Mistake>,
}

impl Implementation for RaftRs {
    fn name(&self) -> &str {
        "raft-rs 0.7.0"
    }

    fn supports(&self) -> Supports {
        Supports { own_entries: true, quorum_checks: true, fixed: "commit_notice_ms = 0" }
    }

    fn with_options(
        &self,
        options: &[(String, String)],
    ) -> anyhow::Result<Arc<dyn Implementation>> {
        let mut changed = *self;
        for (key, value) in options {
            match key.as_str() {
                "bug" => changed.mistake = Some(labtest::one_of("bug", value, &Mistake::ALL)?),
                _ => anyhow::bail!("raft-rs has no option `{key}`, only `bug`"),
            }
        }
        Ok(Arc::new(changed))
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let mut restored = Restored::<HardState>::read(args.persister.read()?)?;
        if self.mistake == Some(Mistake::VoteForgotten) {
            restored.hard.voted_for = None;
        }
        let store = store::Store::new(restored, args.peers.len());
        // Another stream for each life: servers that start again must not do the same again.
        let rng = runtime::rng("raft-rs election timeout", Node::current().id());
        let core = core::Core::new(args.me, &args.config.raft, store, rng, self.mistake)?;
        Ok(sans_io::start(core, args))
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        sans_io::decode(message, words::said)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(sans_io::disk_decoder::<HardState>())
    }
}
