//! The crate openraft 0.10.0-alpha.37 under the tester, as it is published, on a runtime of the tester's.
//!
//! It is an actor: a core that owns log and vote, and tasks that send, apply and keep time. It has pre-votes, leases
//! that keep servers from voting while there is a leader, entries of its own, and reads without an entry; its leaders do
//! not step down when they lose their quorum. What is seen of it: applied values, messages, disk, inside.
//!
//! [`Mistake`]s can be planted in the adapter (`--set bug=acks-before-sync`), to see what the tester makes of them. Some
//! of them only leave to the crate what the adapter mends.

mod disk;
mod machine;
mod mistake;
mod network;
mod peer;
mod rt;
mod store;
mod types;
mod words;

pub use mistake::Mistake;

use futures::FutureExt as _;
use labtest::raft::Config as Options;
use labtest::{
    Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Peer, Supports, anyhow, parking_lot,
};
use openraft::{Config, Raft, SnapshotPolicy};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// This Raft, for the tester.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenRaft {
    /// What is wrong with its adapter.
    pub mistake: Option<Mistake>,
    /// It shows nothing of itself, so that a run goes on until what servers apply is wrong.
    pub is_hidden: bool,
}

impl Implementation for OpenRaft {
    fn name(&self) -> &str {
        "openraft 0.10.0-alpha.37"
    }

    fn supports(&self) -> Supports {
        let fixed = "commit_notice_ms = 0\ncheck_quorum = false\nlease_ms = 0\ninflight_max = 1";
        Supports { own_entries: true, quorum_checks: false, fixed }
    }

    fn with_options(
        &self,
        options: &[(String, String)],
    ) -> anyhow::Result<Arc<dyn Implementation>> {
        let mut changed = *self;
        for (key, value) in options {
            match key.as_str() {
                "bug" => changed.mistake = Some(labtest::one_of("bug", value, &Mistake::ALL)?),
                "shows" if value == "applied-values" => changed.is_hidden = true,
                _ => anyhow::bail!(
                    "openraft has no option `{key}={value}`, only `bug` and `shows=applied-values`"
                ),
            }
        }
        Ok(Arc::new(changed))
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let store = store::Store::open(me, persister, config.raft.batch_bytes_max, self.mistake)?;
        let machine = machine::Machine {
            store: store.clone(),
            apply,
            membership: types::membership(peers.len()),
            handed: Arc::new(AtomicU64::new(store.image().snapshot.0.index)),
            wanted: Arc::new(parking_lot::Mutex::new(None)),
        };
        let mut options = options(&config.raft);
        options.enable_leader_restore = Some(self.mistake == Some(Mistake::LeaderRestored));
        let options = Arc::new(options.validate()?);
        let network = network::Peers(peers);
        let starts = Raft::new(me as u64, options, network, store, machine.clone());
        let raft = starts.now_or_never().expect("nothing at a start waits")?;
        Ok(Arc::new(peer::Server::start(me, raft, machine, self.is_hidden)))
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        match self.is_hidden {
            true => Decoded::Unknown,
            false => words::decode(message),
        }
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        (!self.is_hidden).then(labtest::sans_io::disk_decoder::<disk::HardState>)
    }
}

fn options(raft: &Options) -> Config {
    Config {
        heartbeat_interval: raft.heartbeat_interval_ms,
        election_timeout_min: raft.election_timeout_min_ms,
        election_timeout_max: raft.election_timeout_max_ms,
        install_snapshot_timeout: raft.rpc_timeout_ms,
        enable_pre_vote: Some(raft.pre_vote),
        // Who does not answer is asked again as often as it is sent heartbeats.
        backoff: format!("{0}ms ..{0}ms", raft.heartbeat_interval_ms),
        // The service says when there is a snapshot, and then the log in front of it goes.
        snapshot_policy: SnapshotPolicy::Never,
        max_in_snapshot_log_to_keep: 0,
        purge_batch_size: 1,
        ..Config::default()
    }
}
