//! What a core is asked, and what it wants done.

use bytes::Bytes;
use raft_api::{ApplyMsg, EntryId, Inspection, NotLeader, ReadIndexError, Started, State};

/// A Raft that does no I/O: one life of a server.
///
/// Whatever happens to it, it is asked for its [`output`](Core::output) next, until there is none. The methods that
/// only look are those of [`Peer`](raft_api::Peer).
pub trait Core: Send + 'static {
    /// The names of all its messages on the wire.
    const METHODS: &'static [&'static str];

    /// Time passes. True when that has changed something: only then is it asked for its output.
    fn tick(&mut self) -> bool;

    /// A message arrives, of another server or of this one, with the snapshot that it was
    /// [sent](Outgoing::snapshot) with.
    ///
    /// # Errors
    /// What is wrong with it, when it is none of this Raft's.
    fn step(&mut self, message: &[u8], snapshot: Option<Bytes>) -> Result<(), String>;

    /// Appends a command, as the leader.
    ///
    /// # Errors
    /// As [`Peer::start`](raft_api::Peer::start).
    fn propose(&mut self, command: Bytes) -> Result<Started, NotLeader>;

    /// The service's state after the entry at `index`, which it has applied, stands for the log up to there. It may
    /// come late: the log may begin after that already.
    fn compact(&mut self, index: u64, snapshot: Bytes);

    /// Takes what is to be done.
    fn output(&mut self) -> Output;

    /// All is durable that it wanted written up to the write of that [number](Written::number).
    fn durable(&mut self, number: u64);

    /// The service has taken everything up to `index`.
    fn applied(&mut self, index: u64) {
        let _ = index;
    }

    /// The snapshot that server `to` was sent last has arrived there, or is given up. A core that sends one of its own
    /// accord once more, because it counts as lost, begins anew if it is another by then.
    fn snapshot_sent(&mut self, to: usize, has_arrived: bool) {
        let _ = (to, has_arrived);
    }

    /// A read begins, which the [output](Output::reads) answers with the index that it has to wait for. One that is
    /// not answered fails when this server leads no longer. `None` where a Raft has no such thing.
    ///
    /// # Errors
    /// As [`Peer::read_index`](raft_api::Peer::read_index).
    fn read_index(&mut self, read: u64) -> Option<Result<(), ReadIndexError>> {
        let _ = read;
        None
    }

    /// The term, and whether it leads.
    fn state(&self) -> State;

    /// A look inside.
    fn inspect(&self) -> Option<Inspection> {
        None
    }

    /// What stands for the entry at `index` of the log.
    fn entry_at(&self, index: u64) -> Option<EntryId> {
        let _ = index;
        None
    }

    /// How far a leader knows the log of `server`, another one, to be its own.
    fn match_index(&self, server: usize) -> Option<u64> {
        let _ = server;
        None
    }
}

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub struct Output {
    /// To be sent at once: they promise nothing, as a leader's entries.
    pub messages: Vec<Outgoing>,
    /// To be handed to the disk.
    pub write: Option<Written>,
    /// To be sent when everything written so far is durable, [`write`](Output::write) included.
    pub promises: Vec<Outgoing>,
    /// To be handed to the service. A snapshot waits until everything written so far is durable,
    /// [`write`](Output::write) included, and what follows waits for the snapshot.
    pub apply: Vec<ApplyMsg>,
    /// Reads that have their index.
    pub reads: Vec<(u64, u64)>,
}

impl Output {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let Output { messages, write, promises, apply, reads } = self;
        messages.is_empty()
            && write.is_none()
            && promises.is_empty()
            && apply.is_empty()
            && reads.is_empty()
    }
}

/// A message to a server. One to the server itself goes through no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Who is to get it.
    pub to: usize,
    /// Its name, one of [`Core::METHODS`].
    pub method: &'static str,
    /// The message, for [`Core::step`].
    pub bytes: Vec<u8>,
    /// The service's snapshot that goes with it, which may be too large for one message. Only a leader sends one.
    pub snapshot: Option<Bytes>,
}

/// A write with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What the core calls it. A later write has the same number or a higher one.
    pub number: u64,
    /// What is to be written.
    pub write: Write,
}

/// What is to be written: after a crash all of it is there or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A record after all others, by [`Persister::append`](persister::Persister::append).
    Append(Vec<u8>),
    /// A state in the place of all that is on the disk, with a leader's snapshot, by
    /// [`Persister::save`](persister::Persister::save).
    Save {
        /// The state.
        state: Vec<u8>,
        /// The service's snapshot, as it came.
        snapshot: Bytes,
    },
    /// A state that says what is on the disk already, but for what the service's snapshot stands for, by
    /// [`Persister::compact`](persister::Persister::compact).
    Compact {
        /// The state.
        state: Vec<u8>,
        /// The service's snapshot, as it came.
        snapshot: Bytes,
    },
}
