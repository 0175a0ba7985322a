//! What a Raft has to offer to be tested: the methods of the lab.

use crate::Config;
use crate::api::vocabulary::{DiskDecoder, EntryId, RaftMessage};
use crate::{MakeStoreArgs, StoreServer};
use bytes::Bytes;
use futures::future::BoxFuture;
use labrpc::{ClientEnd, Service};
use persister::Persister;
use raft::{ApplyMsg, Inspection, NotLeader, ReadIndexError, Started, State};
use std::sync::Arc;
use tokio::sync::mpsc;

/// A Raft under test: it makes servers.
///
/// One value makes the servers of all runs, on many threads at once, so it holds no state of a run.
///
/// ```
/// # use harness as labtest;
/// use labtest::{Implementation, MakeArgs, OurRaft, Peer};
/// use std::sync::Arc;
///
/// /// Our Raft under another name.
/// struct Renamed;
///
/// impl Implementation for Renamed {
///     fn name(&self) -> &str {
///         "renamed"
///     }
///
///     fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
///         OurRaft.make(args)
///     }
/// }
/// # let _ = Renamed.name();
/// ```
pub trait Implementation: Send + Sync + 'static {
    /// The name that reports carry.
    fn name(&self) -> &str;

    /// Whether it has pre-votes and leaders that check their quorum, as `pre_vote` and
    /// `check_quorum` of [`Config::raft`](crate::Config) say. Such a Raft stays available on
    /// networks where a plain one need not, and explorations demand it.
    fn has_quorum_checks(&self) -> bool {
        false
    }

    /// Starts a server, new or again (the lab's `Make`): it finds in `args.persister` what an
    /// earlier life of it saved. Called on the server's node, so what it spawns belongs there.
    ///
    /// # Errors
    /// What keeps the server from starting; it ends the run as a failure.
    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>>;

    /// Starts a server's store, for tests of clients: this project's own, unless it is to be another
    /// one that is under test. Called on the server's node, after [`make`](Implementation::make).
    ///
    /// # Errors
    /// What keeps the store from starting; it ends the run as a failure.
    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        let MakeStoreArgs { replica, applied, persister, options } = args;
        Ok(Arc::new(kv::KvServer::over(replica, applied, persister, options)?))
    }

    /// What a server does by sending a message, in a few words without a subject, "gives server 1
    /// its vote in term 3"; nothing when it has no words for it. For those who read about a run: it
    /// must not change what the run does.
    ///
    /// Pictures tell heartbeats from other appends by the word "heartbeat".
    fn describe(&self, message: &Message<'_>) -> Option<String> {
        let _ = message;
        None
    }

    /// The arguments of a call between its servers, or the reply to one, in the words of the
    /// checks; nothing when it knows none. It must not change what the run does.
    ///
    /// An implementation that decodes its messages decodes all six kinds of them.
    fn decode(&self, method: &str, reply: bool, bytes: &[u8]) -> Option<RaftMessage> {
        let _ = (method, reply, bytes);
        None
    }

    /// What reads its disk in the words of the checks, if it keeps everything that must survive a
    /// crash in the [`Persister`] that it is given.
    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        None
    }
}

/// A message between servers, in the bytes that cross the network.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The method called, also for the reply.
    pub method: &'a str,
    /// The server that sends this message.
    pub from: usize,
    /// The server that it is for.
    pub to: usize,
    /// The arguments of the call.
    pub request: &'a [u8],
    /// The reply, if this is one.
    pub reply: Option<&'a [u8]>,
    /// What the sender looked like inside at the end of its last step, if it shows that.
    pub inside: Option<&'a Inspection>,
}

/// What a server is made of.
pub struct MakeArgs {
    /// A way to call each server, by its number, this one included.
    pub peers: Vec<ClientEnd>,
    /// This server's number.
    pub me: usize,
    /// Its stable storage. The snapshot in it must be the service's bytes as they came.
    pub persister: Arc<dyn Persister>,
    /// Where committed commands and snapshots go, in order. It holds one message: whoever sends
    /// waits until the service has taken the one before, as on the lab's channel.
    pub apply: mpsc::Sender<ApplyMsg>,
    /// What the cluster was built from.
    pub config: Arc<Config>,
}

/// One life of a server.
///
/// The methods are called from the tester's tasks and must not wait for the network. When the
/// server crashes its tasks vanish, whatever they are doing, and [`kill`](Peer::kill) is called.
pub trait Peer: Send + Sync + 'static {
    /// Begins agreement on `command` and returns at once (the lab's `Start`).
    ///
    /// # Errors
    /// [`NotLeader`] when this server is not the leader.
    fn start(&self, command: Bytes) -> Result<Started, NotLeader>;

    /// The current term and whether this server believes to be its leader.
    fn get_state(&self) -> State;

    /// The service has put everything up to `index` into `snapshot`; the log up to there can go.
    fn snapshot(&self, index: u64, snapshot: Bytes);

    /// The server is being crashed. Nothing it does from now on is seen by anyone.
    fn kill(&self);

    /// What answers the calls of other servers.
    fn service(&self) -> Arc<dyn Service>;

    /// The index up to which a service must have applied commands to answer a read that begins now
    /// (dissertation, section 6.4; see [`raft::Raft::read_index`]). An implementation need not have
    /// it: reads then go through the log.
    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        None
    }

    /// A number that is another one whenever [`inspect`](Peer::inspect),
    /// [`entry_at`](Peer::entry_at) or [`match_index`](Peer::match_index) may show something else
    /// than before. It makes runs faster: a server is looked at after every step of the simulation,
    /// and most steps change none. An implementation need not have it.
    fn changes(&self) -> Option<u64> {
        None
    }

    /// A look inside, for reports; an implementation need not have it.
    fn inspect(&self) -> Option<Inspection> {
        None
    }

    /// The entry at `index` of the log behind the snapshot, for checks that follow the log as it
    /// changes; an implementation need not have it.
    fn entry_at(&self, index: u64) -> Option<EntryId> {
        let _ = index;
        None
    }

    /// How far a leader knows the log of `server`, another one, to be the same as its own
    /// (`matchIndex` in figure 2 of the Raft paper); nothing when it does not lead. An
    /// implementation need not have it.
    fn match_index(&self, server: usize) -> Option<u64> {
        let _ = server;
        None
    }
}
