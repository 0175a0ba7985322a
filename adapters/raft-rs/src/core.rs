//! The crate's `RawNode` as a core of the driver.

use crate::mistake::Mistake;
use crate::store::{Store, end_of, id_of, ours, server};
use crate::words::{METHODS, method};
use labtest::raft::Config as Options;
use labtest::runtime::Rng;
use labtest::sans_io::{self, Outgoing, Output, Write, Written, ticks};
use labtest::{
    ApplyMsg, Bytes, EntryId, Inspection, NotLeader, Position, ReadIndexError, RoleName, Started,
    State, anyhow,
};
use protobuf::Message as _;
use raft::eraftpb::{Entry, Message, MessageType, Snapshot};
use raft::{Config, RawNode, ReadState, Ready, SnapshotStatus, StateRole};
use std::ops::RangeInclusive;

/// One life of a server.
pub(crate) struct Core {
    raw: RawNode<Store>,
    rng: Rng,
    election_ticks: RangeInclusive<u64>,
    /// The term and the role for which the election timeout was drawn.
    drawn_for: Option<(u64, StateRole)>,
    /// Of the `Ready`s that had something to write, the number of the last one, and of the last one that is durable.
    pub(crate) written: u64,
    durable: u64,
    /// The service's new snapshot is not written.
    is_compacted: bool,
    /// Where a leader's snapshot ends that the service does not have yet. Meanwhile the crate must not stand for election: it
    /// would look for entries after the last one applied, and its log begins after the snapshot.
    installing: Option<u64>,
    /// The last entry that is on its way to the service, or there.
    handed: u64,
    mistake: Option<Mistake>,
}

impl Core {
    pub(crate) fn new(
        me: usize,
        options: &Options,
        store: Store,
        rng: Rng,
        mistake: Option<Mistake>,
    ) -> anyhow::Result<Core> {
        let election_ticks =
            ticks(options.election_timeout_min_ms)..=ticks(options.election_timeout_max_ms);
        let applied = store.log.snapshot.index;
        let config = Config {
            id: id_of(me),
            applied,
            heartbeat_tick: ticks(options.heartbeat_interval_ms) as usize,
            election_tick: *election_ticks.start() as usize,
            min_election_tick: *election_ticks.start() as usize,
            max_election_tick: *election_ticks.end() as usize + 1,
            max_size_per_msg: options.batch_bytes_max as u64,
            max_inflight_msgs: options.inflight_max,
            check_quorum: options.check_quorum,
            pre_vote: options.pre_vote,
            ..Config::default()
        };
        let silent = slog::Logger::root(slog::Discard, slog::o!());
        let mut core = Core {
            raw: RawNode::new(&config, store, &silent)?,
            rng,
            election_ticks,
            drawn_for: None,
            written: 0,
            durable: 0,
            is_compacted: false,
            installing: None,
            handed: applied,
            mistake,
        };
        core.draw_timeout();
        Ok(core)
    }

    /// The crate draws a timeout from a generator of its own whenever term or role change: the run's takes its place.
    fn draw_timeout(&mut self) {
        let raft = &mut self.raw.raft;
        if self.drawn_for.replace((raft.term, raft.state)) != Some((raft.term, raft.state)) {
            let ticks = self.rng.range(self.election_ticks.clone());
            raft.set_randomized_election_timeout(ticks as usize);
        }
    }

    fn take_ready(&mut self) -> Output {
        let mut ready = self.raw.ready();
        let number = ready.number();
        let snapshot = (!ready.snapshot().is_empty()).then(|| installed(ready.snapshot()));
        let entries = ready.take_committed_entries();
        let mut output = Output {
            messages: outgoing(ready.take_messages()),
            write: self.write(&ready),
            promises: outgoing(ready.take_persisted_messages()),
            apply: snapshot.into_iter().chain(entries.iter().map(applied)).collect(),
            reads: ready.take_read_states().into_iter().map(read).collect(),
        };
        if let Some(last) = output.apply.last() {
            self.handed = last.index();
        }
        self.raw.advance_append_async(ready);
        match output.write {
            Some(_) => self.written = number,
            None if self.durable == self.written => self.raw.on_persist_ready(number),
            None => {}
        }
        if let Some(mistake) = self.mistake {
            mistake.spoil(self, &mut output);
        }
        output
    }

    /// What a `Ready` has for the disk is one record: a crash between two would find a commit index without the
    /// entry, say. A new commit index alone need not be written.
    fn write(&mut self, ready: &Ready) -> Option<Written> {
        let (number, snapshot) = (ready.number(), ready.snapshot());
        let store = self.raw.mut_store();
        if let Some(hard) = ready.hs() {
            store.hard.commit_index = hard.commit;
            let is_forgotten = self.mistake == Some(Mistake::TermNotWritten) && hard.vote == 0;
            if !is_forgotten {
                (store.hard.term, store.hard.voted_for) = (hard.term, server(hard.vote));
            }
        }
        if !snapshot.is_empty() {
            store.install(snapshot);
            store.append(ready.entries());
            self.installing = Some(end_of(snapshot).index);
            self.is_compacted = false;
            let write = Write::state(&store.hard, &store.log, store.snapshot.clone());
            return Some(Written { number, write });
        }
        store.append(ready.entries());
        if !ready.must_sync() {
            return None;
        }
        let first_index = ready.entries().first().map_or(0, |entry| entry.index);
        let mut entries: Vec<_> = ready.entries().iter().map(ours).collect();
        if self.mistake == Some(Mistake::OneEntryWritten) {
            entries.truncate(1);
        }
        Some(Written { number, write: Write::record(&store.hard, first_index, &entries) })
    }

    /// The service's snapshot in the place of the log up to there.
    fn write_compacted(&mut self) -> Option<Written> {
        let Store { hard, log, snapshot, .. } = self.raw.store();
        let is_due = std::mem::take(&mut self.is_compacted);
        let write = || Write::compacted(hard, log, snapshot.clone());
        is_due.then(|| Written { number: self.written, write: write() })
    }
}

impl sans_io::Core for Core {
    const METHODS: &'static [&'static str] = &METHODS;

    fn tick(&mut self) -> bool {
        let clock_stands = self.mistake != Some(Mistake::ClockOnWhileInstalling);
        if self.installing.is_some() && clock_stands {
            return false;
        }
        self.raw.tick()
    }

    fn step(&mut self, message: &[u8], snapshot: Option<Bytes>) -> Result<(), String> {
        let mut message = Message::parse_from_bytes(message).map_err(|error| error.to_string())?;
        if let Some(snapshot) = snapshot {
            message.mut_snapshot().data = snapshot;
        }
        self.raw.step(message).map_err(|error| error.to_string())
    }

    fn propose(&mut self, command: Bytes) -> Result<Started, NotLeader> {
        let raft = &self.raw.raft;
        let not_leader = NotLeader { leader: server(raft.leader_id) };
        if raft.state != StateRole::Leader {
            return Err(not_leader);
        }
        // A leader that takes no command at present names itself.
        self.raw.propose(Vec::new(), command.to_vec()).map_err(|_| not_leader)?;
        let raft = &self.raw.raft;
        Ok(Started { index: raft.raft_log.last_index(), term: raft.term })
    }

    fn compact(&mut self, index: u64, snapshot: Bytes) {
        let store = self.raw.mut_store();
        if store.log.compact(index) {
            store.snapshot = snapshot;
            self.is_compacted = true;
        }
    }

    fn output(&mut self) -> Output {
        self.draw_timeout();
        match self.raw.has_ready() {
            true => self.take_ready(),
            false => Output { write: self.write_compacted(), ..Output::default() },
        }
    }

    fn durable(&mut self, number: u64) {
        self.durable = number;
        self.raw.on_persist_ready(number);
    }

    fn applied(&mut self, index: u64) {
        self.raw.advance_apply_to(index);
        self.installing.take_if(|end| *end <= index);
    }

    fn snapshot_sent(&mut self, to: usize, has_arrived: bool) {
        let status = if has_arrived { SnapshotStatus::Finish } else { SnapshotStatus::Failure };
        self.raw.report_snapshot(id_of(to), status);
    }

    fn read_index(&mut self, read: u64) -> Option<Result<(), ReadIndexError>> {
        let raft = &self.raw.raft;
        if raft.state != StateRole::Leader {
            return Some(Err(NotLeader { leader: server(raft.leader_id) }.into()));
        }
        // The crate says nothing to such a read.
        if !raft.commit_to_current_term() {
            return Some(Err(ReadIndexError::NothingCommitted));
        }
        self.raw.read_index(read.to_be_bytes().to_vec());
        Some(Ok(()))
    }

    fn state(&self) -> State {
        let raft = &self.raw.raft;
        State { term: raft.term, is_leader: raft.state == StateRole::Leader }
    }

    fn inspect(&self) -> Option<Inspection> {
        let raft = &self.raw.raft;
        let snapshot = raft.store().log.snapshot;
        Some(Inspection {
            term: raft.term,
            voted_for: server(raft.vote),
            role: match raft.state {
                StateRole::Follower => RoleName::Follower,
                StateRole::PreCandidate => RoleName::PreCandidate,
                StateRole::Candidate => RoleName::Candidate,
                StateRole::Leader => RoleName::Leader,
            },
            commit_index: raft.raft_log.committed,
            last_applied: self.handed.max(snapshot.index),
            snapshot_index: snapshot.index,
            snapshot_term: snapshot.term,
            last_index: raft.raft_log.last_index(),
            last_term: raft.raft_log.last_term(),
        })
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        let log = &self.raw.raft.raft_log;
        let unstable = log.unstable_entries().iter().find(|entry| entry.index == index);
        unstable.map(ours).as_ref().or(log.store.log.get(index)).map(sans_io::Entry::id)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        let raft = &self.raw.raft;
        let is_asked = raft.state == StateRole::Leader && raft.id != id_of(server);
        raft.prs().get(id_of(server)).filter(|_| is_asked).map(|progress| progress.matched)
    }
}

fn outgoing(messages: Vec<Message>) -> Vec<Outgoing> {
    let outgoing = |mut message: Message| {
        let is_snapshot = message.get_msg_type() == MessageType::MsgSnapshot;
        Outgoing {
            snapshot: is_snapshot.then(|| std::mem::take(&mut message.mut_snapshot().data)),
            to: message.to as usize - 1,
            method: method(&message).expect("nobody transfers leadership"),
            bytes: message.write_to_bytes().expect("a message has an encoding"),
        }
    };
    messages.into_iter().map(outgoing).collect()
}

fn installed(snapshot: &Snapshot) -> ApplyMsg {
    let Position { index, term } = end_of(snapshot);
    ApplyMsg::Snapshot { index, term, snapshot: snapshot.data.clone() }
}

fn applied(entry: &Entry) -> ApplyMsg {
    ours(entry).apply_msg(entry.index)
}

/// A read by its number, with the index that it waits for.
fn read(state: ReadState) -> (u64, u64) {
    let number = state.request_ctx.try_into().map(u64::from_be_bytes);
    (number.expect("reads are asked for by number"), state.index)
}
