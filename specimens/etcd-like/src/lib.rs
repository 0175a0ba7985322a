//! A small Raft in the manner of etcd's: what the tester offers to a Raft that is not the lab's, in use.
//!
//! * The `core` does no I/O: it has `tick` and `step`, and what it wants done is a `Ready`.
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
mod disk;
mod log;
mod message;
mod mistake;
mod server;
mod words;

pub use mistake::Mistake;

use labtest::{
    Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Message, Peer, Supports, anyhow,
};
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
                "bug" => changed.mistake = Some(value.parse()?),
                _ => anyhow::bail!("etcd-like has no option `{key}`, only `bug`"),
            }
        }
        Ok(Arc::new(changed))
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        Ok(Arc::new(server::Server::make(args, self.mistake)?))
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        words::describe(message)
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        words::decode(message)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(&words::Disk)
    }
}
