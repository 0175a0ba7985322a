//! This project's own Raft under test.

mod decode;
mod words;

use crate::api::vocabulary::{Decoded, DiskDecoder, Encoded};
use crate::{Implementation, MakeArgs, Message, Peer, Supports};
use raft::Raft;
use std::sync::Arc;

/// This project's own Raft ([`raft::Raft`]), with the options of [`Config::raft`](crate::Config).
#[derive(Clone, Copy, Debug, Default)]
pub struct OurRaft;

impl Implementation for OurRaft {
    fn name(&self) -> &str {
        "raft"
    }

    fn supports(&self) -> Supports {
        Supports { quorum_checks: true, ..Supports::default() }
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let raft = Raft::with_config(config.raft.clone(), peers, me, persister, apply)?;
        Ok(Arc::new(raft))
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        words::describe(message)
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        decode::message(message).into()
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(&decode::Disk)
    }
}
