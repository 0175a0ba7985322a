//! What a Raft has to provide to be tested: the methods of the lab.

use crate::Config;
use crate::api::vocabulary::{Decoded, DiskDecoder, Encoded};
use crate::api::words;
use crate::{MakeStoreArgs, StoreServer, Supports, Voice};
use anyhow::Context;
use labrpc::ClientEnd;
use persister::{Disk, Persister, SimulatedDisk};
use raft_api::{ApplyMsg, Inspection, Peer};
use runtime::Rng;
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

    /// What it has beyond a plain Raft, and what of its configuration is fixed.
    fn supports(&self) -> Supports {
        Supports::default()
    }

    /// Whether its servers are other processes, so that runs wait for something real, which is then not a
    /// mistake.
    fn runs_elsewhere(&self) -> bool {
        false
    }

    /// For a Raft whose runs of a seed may differ: one that makes a run, and one that can make that run again. None
    /// for code whose runs are functions of their seeds.
    fn once(&self) -> Option<Once> {
        None
    }

    /// Whether two runs of a seed may differ.
    fn may_differ(&self) -> bool {
        self.once().is_some()
    }

    /// The same with options of its own, as the command takes them (`--set key=value`): modes of an
    /// adapter, say, or faults to be switched on. Its [`name`](Implementation::name) may tell them; the line
    /// that replays a run has them anyway.
    ///
    /// # Errors
    /// An option that it does not have, or a value that the option does not take.
    fn with_options(
        &self,
        options: &[(String, String)],
    ) -> anyhow::Result<Arc<dyn Implementation>> {
        let (key, _) = options.first().context("no option was set")?;
        anyhow::bail!("{} has no options of its own, and so no `{key}`", self.name())
    }

    /// Starts a server, new or again (the lab's `Make`): it finds in `args.persister` what an
    /// earlier life of it saved. Called on the server's node, so what it spawns belongs there.
    ///
    /// # Errors
    /// What keeps the server from starting; it ends the run as a failure.
    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>>;

    /// [`make`](Implementation::make) for a Raft whose servers report to observers of the run. This is what the
    /// tester calls.
    ///
    /// # Errors
    /// As [`make`](Implementation::make).
    fn make_with_voice(&self, args: MakeArgs, voice: Voice) -> anyhow::Result<Arc<dyn Peer>> {
        let _ = voice;
        self.make(args)
    }

    /// Starts a server's store, for tests of clients: this project's own by default, unless another one is
    /// under test. Called on the server's node, after [`make`](Implementation::make).
    ///
    /// # Errors
    /// What keeps the store from starting; it ends the run as a failure.
    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        let MakeStoreArgs { replica, applied, persister, options } = args;
        Ok(Arc::new(kv::KvServer::over(replica, applied, persister, options)?))
    }

    /// A disk with a journal on it, for scenarios that use one: this project's own by default, unless another
    /// one is under test. What chance decides is drawn from `rng`.
    fn make_disk(&self, rng: Rng) -> Arc<dyn Disk> {
        Arc::new(SimulatedDisk::new(rng))
    }

    /// What a server does by sending a message, in a few words without a subject, "gives server 1 its vote in
    /// term 3"; `None` when it has no words for it. For people who read about a run: it must not change what
    /// the run does. By default what [`decode`](Implementation::decode) makes of the message, [in
    /// words](crate::RaftMessage::in_words).
    ///
    /// Pictures tell heartbeats from other appends by the word "heartbeat".
    fn describe(&self, message: &Message<'_>) -> Option<String> {
        words::describe(self, message)
    }

    /// A message between its servers in the words of the checks. It must not change what the run does.
    ///
    /// An implementation that decodes its messages decodes all of them: those that the checks have no
    /// opinion of are [`RaftMessage::Other`](crate::RaftMessage::Other), or [`Decoded::Nothing`] when they have not even a term.
    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        let _ = message;
        Decoded::Unknown
    }

    /// What reads its disk in the words of the checks, if it keeps everything that must survive a
    /// crash in the [`Persister`] that it is given.
    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        None
    }
}

/// For a single run, of a Raft whose runs may differ.
pub struct Once {
    /// Makes the run, and notes what may be another time when it is made again.
    pub first: Arc<dyn Implementation>,
    /// Makes the same run again, of what was noted. Only after the first has.
    pub again: Arc<dyn Implementation>,
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
    /// Where committed commands and snapshots go, in order. It holds one message, in every test: a sender waits
    /// until the service has taken the one before, as on the lab's channel. A lock that is held meanwhile, and
    /// that the calls of the service and of other servers need, brings the server to a halt.
    pub apply: mpsc::Sender<ApplyMsg>,
    /// What the cluster was built from.
    pub config: Arc<Config>,
}
