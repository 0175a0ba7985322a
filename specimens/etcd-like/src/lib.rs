//! A small Raft in the manner of etcd's: what the tester offers to a Raft that is not the lab's, in use.
//!
//! * The `core` does no I/O; [`sans_io`] drives it.
//! * Every message is one-way. An answer is a message of its own, also that of a server to itself.
//! * A leader begins its term with an entry of its own.
//! * What a step writes is one record: term, vote, commit index and entries together. Messages that
//!   promise something leave when it is durable.
//! * A follower answers an append below its commit index with that index.
//!
//! It has neither pre-votes nor leaders that check their quorum.
//!
//! [`Mistake`]s can be planted in it (`--set bug=acks-before-sync`): those that adapters of such Rafts
//! are made with.

mod core;
mod log;
mod message;
mod mistake;
mod words;

pub use mistake::Mistake;

use labtest::runtime::{self, Node};
use labtest::sans_io::{self, ticks};
use labtest::{Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Peer, Supports, anyhow};
use std::sync::Arc;

/// This Raft, for the tester.
#[derive(Clone, Copy, Debug, Default)]
pub struct EtcdLike {
    /// What is wrong with it.
    pub mistake: Option<Mistake>,
}

impl Implementation for EtcdLike {
    fn name(&self) -> &str {
        "etcd-like"
    }

    fn supports(&self) -> Supports {
        Supports {
            own_entries: true,
            quorum_checks: false,
            fixed: "pre_vote = false\ncheck_quorum = false\ncommit_notice_ms = 0",
        }
    }

    fn with_options(
        &self,
        options: &[(String, String)],
    ) -> anyhow::Result<Arc<dyn Implementation>> {
        let mut changed = *self;
        for (key, value) in options {
            match key.as_str() {
                "bug" => changed.mistake = Some(labtest::one_of("bug", value, &Mistake::ALL)?),
                _ => anyhow::bail!("etcd-like has no option `{key}`, only `bug`"),
            }
        }
        Ok(Arc::new(changed))
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let raft = &args.config.raft;
        let options = core::Options {
            me: args.me,
            servers: args.peers.len(),
            heartbeat_ticks: ticks(raft.heartbeat_interval_ms),
            election_ticks_min: ticks(raft.election_timeout_min_ms),
            election_ticks_max: ticks(raft.election_timeout_max_ms),
            batch_bytes_max: raft.batch_bytes_max,
            inflight_max: raft.inflight_max,
            mistake: self.mistake,
        };
        let restored = sans_io::Restored::read(args.persister.read()?)?;
        // Another stream for each life: servers that start again must not do the same again.
        let rng = runtime::rng("etcd-like election timeout", Node::current().id());
        Ok(sans_io::start(core::Core::new(options, restored, rng), args))
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        sans_io::decode(message, words::said)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(sans_io::disk_decoder::<sans_io::HardState>())
    }
}
