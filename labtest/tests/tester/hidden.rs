//! Our Raft, of which the tester is shown a part.

use labtest::{
    BoxFuture, Bytes, Decoded, DiskDecoder, Encoded, EntryId, Implementation, Inspection, MakeArgs,
    NotLeader, OurRaft, Peer, ReadIndexError, Service, Started, State, Supports, anyhow,
};
use std::sync::Arc;

/// Our Raft, which shows no more of itself than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hiding {
    /// Its state after each step.
    pub state: bool,
    /// What its messages say.
    pub messages: bool,
    /// What its disk holds.
    pub disk: bool,
    /// Its log, where it shows its state.
    pub log: bool,
}

impl Hiding {
    /// Everything that can be hidden and shown of a state, messages and disk.
    pub fn all() -> impl Iterator<Item = Hiding> {
        (0..8).map(|set| Hiding {
            state: set & 1 != 0,
            messages: set & 2 != 0,
            disk: set & 4 != 0,
            log: true,
        })
    }
}

impl Implementation for Hiding {
    fn name(&self) -> &str {
        "hiding"
    }

    fn supports(&self) -> Supports {
        OurRaft.supports()
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        if self.messages { OurRaft.decode(message) } else { Decoded::Unknown }
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        self.disk.then(|| OurRaft.disk_decoder()).flatten()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        Ok(Arc::new(HidingPeer { raft: OurRaft.make(args)?, shows: *self }))
    }
}

struct HidingPeer {
    raft: Arc<dyn Peer>,
    shows: Hiding,
}

impl Peer for HidingPeer {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.raft.start(command)
    }

    fn get_state(&self) -> State {
        self.raft.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.raft.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.raft.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.raft.service()
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        self.raft.read_index()
    }

    fn changes(&self) -> Option<u64> {
        self.raft.changes()
    }

    fn inspect(&self) -> Option<Inspection> {
        self.shows.state.then(|| self.raft.inspect()).flatten()
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        (self.shows.state && self.shows.log).then(|| self.raft.entry_at(index)).flatten()
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.shows.state.then(|| self.raft.match_index(server)).flatten()
    }
}
