//! The algorithm, without I/O: messages and ticks go in, an [`Output`] comes out.
//!
//! Messages that promise something wait for the disk, also those of a server to itself: it has its own vote, and
//! its own entries, when they are durable.

mod follower;
mod leader;
mod output;
mod progress;

use crate::message::{Body, METHODS, Message};
use crate::mistake::Mistake;
use labtest::runtime::Rng;
use labtest::sans_io::{self, Entry, HardState, Log, Output, Restored};
use labtest::{
    ApplyMsg, Bytes, EntryId, Inspection, NotLeader, Position, RoleName, Started, State, decode,
};
use progress::Progress;

/// What a server is told when it starts. Times are in ticks.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) me: usize,
    pub(crate) servers: usize,
    pub(crate) heartbeat_ticks: u64,
    pub(crate) election_ticks_min: u64,
    pub(crate) election_ticks_max: u64,
    pub(crate) batch_bytes_max: usize,
    pub(crate) inflight_max: usize,
    pub(crate) mistake: Option<Mistake>,
}

/// One server.
pub(crate) struct Core {
    options: Options,
    rng: Rng,
    term: u64,
    vote: Option<usize>,
    role: RoleName,
    leader: Option<usize>,
    log: Log,
    /// The service's state at the beginning of the log.
    snapshot: Bytes,
    commit: u64,
    applied: u64,
    /// The service has not been given the snapshot yet.
    is_snapshot_new: bool,
    /// Ticks since a leader was heard, or since the last heartbeat, and those after which something happens.
    elapsed: u64,
    timeout: u64,
    /// Who has voted for this candidate, or refused.
    votes: Vec<Option<bool>>,
    progress: Vec<Progress>,
    /// How many rounds of heartbeats this server has sent.
    heartbeats: u64,
    /// The log has grown since entries were sent last.
    has_proposed: bool,
    outbox: Vec<Message>,
    disk: Disk,
    installing: Option<Install>,
}

/// What has been handed to the disk.
#[derive(Default)]
struct Disk {
    /// Term and vote as they were written last.
    term: u64,
    vote: Option<usize>,
    /// The first entry that is not written.
    next_index: u64,
    /// A new snapshot of the service is not written.
    is_snapshot_unwritten: bool,
    writes: u64,
}

/// A leader's snapshot that is on its way to the disk. Meanwhile a server does nothing else: no tick
/// counts, and no message is taken.
struct Install {
    from: usize,
    term: u64,
    last: Position,
    data: Bytes,
    /// Which write it is, once it is handed to the disk.
    write: Option<u64>,
}

impl Core {
    pub(crate) fn new(options: Options, restored: Restored, rng: Rng) -> Core {
        let Restored { hard, log, snapshot } = restored;
        let HardState { term, voted_for, commit_index } = hard;
        let vote = voted_for.filter(|_| options.mistake != Some(Mistake::VoteForgotten));
        let disk = Disk { term, vote, next_index: log.last().index + 1, ..Disk::default() };
        let mut core = Core {
            rng,
            term,
            vote,
            role: RoleName::Follower,
            leader: None,
            commit: commit_index.clamp(log.snapshot.index, log.last().index),
            applied: log.snapshot.index,
            log,
            snapshot,
            is_snapshot_new: false,
            elapsed: 0,
            timeout: 0,
            votes: Vec::new(),
            progress: Vec::new(),
            heartbeats: 0,
            has_proposed: false,
            outbox: Vec::new(),
            disk,
            installing: None,
            options,
        };
        core.draw_timeout();
        core
    }

    fn handle(&mut self, message: Message) {
        if self.installing.is_some() {
            return;
        }
        let Message { from, term, body, .. } = message;
        if term > self.term {
            self.follow(term, body.is_leaders().then_some(from));
        } else if term < self.term {
            return;
        }
        if body.is_leaders() {
            self.follow(term, Some(from));
        }
        match body {
            Body::Vote { last } => self.handle_vote(from, last),
            Body::VoteResp { granted } => self.handle_vote_resp(from, granted),
            Body::App { prev, entries, commit } => self.handle_app(from, prev, entries, commit),
            Body::Snap { last, data } => self.handle_snap(from, last, data),
            Body::Heartbeat { commit, number } => {
                self.commit_to(commit.min(self.log.last().index));
                self.send(from, Body::HeartbeatResp { number });
            }
            _ if self.role != RoleName::Leader => {}
            Body::AppResp { index } => self.handle_app_resp(from, index),
            Body::AppReject { prev_index, hint } => self.handle_app_reject(from, prev_index, hint),
            Body::HeartbeatResp { number } => self.handle_heartbeat_resp(from, number),
        }
    }

    fn append(&mut self, command: Option<Bytes>) {
        self.log.entries.push(Entry { term: self.term, command });
        self.has_proposed = true;
    }

    /// What the service is to be given next.
    fn next_to_apply(&mut self) -> Option<ApplyMsg> {
        if std::mem::take(&mut self.is_snapshot_new) {
            let Position { index, term } = self.log.snapshot;
            return Some(ApplyMsg::Snapshot { index, term, snapshot: self.snapshot.clone() });
        }
        if self.applied >= self.commit {
            return None;
        }
        let index = self.applied + 1;
        let message = self.log.get(index)?.clone().apply_msg(index);
        self.applied = index;
        Some(message)
    }

    fn draw_timeout(&mut self) {
        let Options { election_ticks_min, election_ticks_max, .. } = self.options;
        self.timeout = self.rng.range(election_ticks_min..=election_ticks_max);
        self.elapsed = 0;
    }

    /// Becomes a follower in `term`, or stays one.
    fn follow(&mut self, term: u64, leader: Option<usize>) {
        if self.term != term {
            (self.term, self.vote) = (term, None);
        }
        // A candidate that can't win has nobody wait longer, as it has with etcd: without pre-votes that
        // can keep those waiting who could.
        if leader.is_some() || self.role == RoleName::Leader {
            self.draw_timeout();
        }
        (self.role, self.leader) = (RoleName::Follower, leader);
    }

    /// Stands for election (section 5.2 of the Raft paper).
    fn campaign(&mut self) {
        self.term += 1;
        (self.role, self.leader, self.vote) = (RoleName::Candidate, None, Some(self.options.me));
        self.votes = vec![None; self.options.servers];
        self.draw_timeout();
        let last = self.log.last();
        self.send_to_others(&Body::Vote { last });
        self.send(self.options.me, Body::VoteResp { granted: true });
    }

    fn handle_vote(&mut self, from: usize, last: Position) {
        let own = self.log.last();
        let is_newer = (last.term, last.index) >= (own.term, own.index);
        let is_free = self.vote == Some(from) || (self.vote.is_none() && self.leader.is_none());
        let granted = is_free && is_newer;
        if granted {
            self.vote = Some(from);
            self.draw_timeout();
        }
        self.send(from, Body::VoteResp { granted });
    }

    fn handle_vote_resp(&mut self, from: usize, granted: bool) {
        if self.role != RoleName::Candidate {
            return;
        }
        self.votes[from].get_or_insert(granted);
        let votes = self.votes.iter().filter(|vote| **vote == Some(true)).count();
        if votes > self.options.servers / 2 {
            self.lead();
        }
    }

    fn commit_to(&mut self, index: u64) {
        self.commit = self.commit.max(index);
    }

    fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let me = self.options.me;
        (0..self.options.servers).filter(move |server| *server != me)
    }

    fn send(&mut self, to: usize, body: Body) {
        self.outbox.push(Message { from: self.options.me, to, term: self.term, body });
    }

    fn send_to_others(&mut self, body: &Body) {
        self.others().for_each(|to| self.send(to, body.clone()));
    }

    fn is_leader(&self) -> bool {
        self.role == RoleName::Leader
    }
}

impl sans_io::Core for Core {
    const METHODS: &'static [&'static str] = &METHODS;

    fn tick(&mut self) -> bool {
        let clock_stands = self.options.mistake != Some(Mistake::ClockOnWhileInstalling);
        if self.installing.is_some() && clock_stands {
            return false;
        }
        self.elapsed += 1;
        match self.role {
            RoleName::Leader => self.tick_as_leader(),
            _ if self.elapsed >= self.timeout => {
                self.campaign();
                true
            }
            _ => false,
        }
    }

    fn step(&mut self, message: &[u8], snapshot: Option<Bytes>) -> Result<(), String> {
        let mut message: Message = decode(message).map_err(|error| error.to_string())?;
        if let (Body::Snap { data, .. }, Some(snapshot)) = (&mut message.body, snapshot) {
            *data = snapshot;
        }
        if message.from >= self.options.servers {
            return Err(format!("there is no server {}", message.from));
        }
        self.handle(message);
        Ok(())
    }

    fn propose(&mut self, command: Bytes) -> Result<Started, NotLeader> {
        if self.role != RoleName::Leader {
            return Err(NotLeader { leader: self.leader });
        }
        self.append(Some(command));
        Ok(Started { index: self.log.last().index, term: self.term })
    }

    fn compact(&mut self, index: u64, snapshot: Bytes) {
        let is_of_use = index <= self.applied && self.installing.is_none();
        if is_of_use && self.log.compact(index) {
            self.snapshot = snapshot;
            self.disk.is_snapshot_unwritten = true;
        }
    }

    fn output(&mut self) -> Output {
        self.take_output()
    }

    fn durable(&mut self, number: u64) {
        let done = |install: &mut Install| install.write.is_some_and(|write| write <= number);
        if let Some(install) = self.installing.take_if(done) {
            self.installed(install);
        }
    }

    fn snapshot_sent(&mut self, to: usize, has_arrived: bool) {
        if let Some(progress) = self.progress.get_mut(to) {
            progress.snapshot_sent(has_arrived);
        }
    }

    fn state(&self) -> State {
        State { term: self.term, is_leader: self.is_leader() }
    }

    fn inspect(&self) -> Option<Inspection> {
        let (snapshot, last) = (self.log.snapshot, self.log.last());
        Some(Inspection {
            term: self.term,
            voted_for: self.vote,
            role: self.role,
            commit_index: self.commit,
            last_applied: self.applied,
            snapshot_index: snapshot.index,
            snapshot_term: snapshot.term,
            last_index: last.index,
            last_term: last.term,
        })
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.log.get(index).map(Entry::id)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        let leads_others = self.is_leader() && server != self.options.me;
        leads_others.then(|| self.progress[server].match_index)
    }
}
