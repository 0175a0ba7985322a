//! The protocol as a plain state machine: no I/O, no tasks, no clock, no locks.
//!
//! Time is passed in, randomness comes from a stream that it was given, and what it wants done is
//! collected: messages in an outbox, writes in [`Durability`], entries to apply after
//! `last_applied`. Fields have the names of Figure 2 of the extended Raft paper.
//!
//! [`Core`] is one type in several files, one for each part of the protocol: [`election`],
//! [`replication`] (the leader), [`follower`], [`snapshot`], [`receiving`] (a leader's snapshot, piece by
//! piece), [`read`], [`limits`] and [`quarantine`] (a new disk). The parts that have a type of their own are
//! [`log`], [`progress`] (what the leader knows of each follower), [`transfer`] (a snapshot on its way to one)
//! and [`durability`] (what has to be on disk); [`record`] is the form of what is on disk, and
//! [`restore`] reads it back.

pub(crate) mod durability;
mod election;
mod follower;
mod limits;
mod log;
pub(crate) mod progress;
pub(crate) mod quarantine;
mod read;
pub(crate) mod receiving;
pub mod record;
mod replication;
pub(crate) mod restore;
mod snapshot;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod transfer;

use crate::config::Config;
use crate::message::{Entry, Outgoing, Position};
use crate::start_error::StartError;
use bytes::Bytes;
use durability::{Durability, Write, WriteMark};
use election::Ballot;
use limits::Uncommitted;
use log::Log;
use persister::Snapshot;
use progress::Progress;
use raft_api::{ApplyMsg, Inspection, NotLeader, RoleName, Started, State};
use read::Reads;
use receiving::Receiving;
use record::{HardState, Quarantine};
use restore::Restored;
use runtime::{Instant, Rng};
use std::time::Duration;

/// One server's Raft state.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Config,
    /// This server's index among all.
    pub(crate) me: usize,
    pub(crate) servers: usize,

    // Figure 2, persistent on all servers. Changes go through `set_hard_state` and `Durability`.
    pub(crate) term: u64,
    pub(crate) voted_for: Option<usize>,
    pub(crate) log: Log,

    // Figure 2, volatile on all servers.
    pub(crate) commit_index: u64,
    /// The last entry that has been handed to the service.
    pub(crate) last_applied: u64,

    pub(crate) role: Role,
    /// Who leads in this term, as far as this server knows.
    pub(crate) leader: Option<usize>,
    /// When that leader was last heard from.
    pub(crate) leader_heard_at: Instant,

    /// When this server stands for election if it hears from no leader.
    pub(crate) election_deadline: Instant,
    pub(crate) election_timeout: Duration,
    /// When a leader sends its next heartbeats, and a candidate asks again for missing votes.
    pub(crate) round_deadline: Instant,
    /// When a leader sends a commit index that no entries have carried along.
    pub(crate) commit_notice_deadline: Option<Instant>,
    /// When a leader that checks its quorum does so next.
    pub(crate) quorum_deadline: Instant,
    pub(crate) rng: Rng,

    /// The last snapshot, for servers that need it.
    pub(crate) snapshot: Snapshot,
    /// One that arrives in pieces.
    pub(crate) receiving: Option<Receiving>,
    /// That snapshot came from a leader, and the service has not got it yet.
    pub(crate) snapshot_to_apply: bool,

    pub(crate) durability: Durability,
    pub(crate) outbox: Vec<Outgoing>,
    /// The leader may have something to send: `flush` finds out what.
    pub(crate) flush_wanted: bool,
    /// Reads that wait to know whether this server leads.
    pub(crate) reads: Reads,
    uncommitted: Uncommitted,
    /// The state of a new disk, if it has one. Changes go through `set_quarantine`.
    pub(crate) quarantine: Option<Quarantine>,
    /// The terms that others have answered with while this server is asking.
    terms_heard: Vec<Option<u64>>,
    /// Why this server can't go on, once it can't.
    pub(crate) failure: Option<String>,
}

/// The part a server plays, with what only that part knows.
#[derive(Debug)]
pub(crate) enum Role {
    Follower,
    PreCandidate(Ballot),
    Candidate(Ballot),
    /// One [`Progress`] per server, its own included (only its `match_index` means something).
    Leader(Vec<Progress>),
}

impl Core {
    /// A server that starts as a follower with what it had stored.
    pub(crate) fn new(
        config: Config,
        me: usize,
        servers: usize,
        restored: Restored,
        rng: Rng,
        now: Instant,
    ) -> Core {
        let Restored { hard_state, quarantine, log, snapshot, durability } = restored;
        let start = log.snapshot().index;
        let mut core = Core {
            config,
            me,
            servers,
            term: hard_state.term,
            voted_for: hard_state.voted_for,
            log,
            commit_index: start,
            last_applied: start,
            role: Role::Follower,
            leader: None,
            leader_heard_at: now,
            election_deadline: now,
            election_timeout: Duration::ZERO,
            round_deadline: now,
            commit_notice_deadline: None,
            quorum_deadline: now,
            rng,
            snapshot,
            receiving: None,
            snapshot_to_apply: false,
            durability,
            outbox: Vec::new(),
            flush_wanted: false,
            reads: Reads::default(),
            uncommitted: Uncommitted::default(),
            quarantine,
            terms_heard: vec![None; servers],
            failure: None,
        };
        core.draw_election_timeout();
        core.reset_election_timer(now);
        core
    }

    /// The smallest number of servers of which any two sets share one.
    pub(crate) fn majority(&self) -> usize {
        self.servers / 2 + 1
    }

    /// When `tick` has something to do next, unless a message changes that.
    pub(crate) fn deadline(&self) -> Instant {
        match self.role {
            Role::Follower => self.election_deadline,
            Role::PreCandidate(_) | Role::Candidate(_) => {
                self.election_deadline.min(self.round_deadline)
            }
            Role::Leader(_) => {
                let notice = self.commit_notice_deadline.unwrap_or(self.round_deadline);
                self.round_deadline.min(notice)
            }
        }
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        match self.role {
            Role::Leader(_) if now >= self.round_deadline => self.lead_a_round(now),
            Role::Leader(_) => self.flush(now),
            _ if now >= self.election_deadline => self.stand_for_election(now),
            Role::PreCandidate(_) | Role::Candidate(_) if now >= self.round_deadline => {
                self.ask_for_missing_votes(now);
            }
            _ => {}
        }
    }

    /// Adds commands to the log, one after another, if this server leads and has room for all of them. They
    /// are sent with the next `flush`, so that commands that arrive together travel together. Returns where
    /// the first is.
    pub(crate) fn start_all(
        &mut self,
        commands: impl AsRef<[Bytes]> + IntoIterator<Item = Bytes>,
    ) -> Result<Started, StartError> {
        if !matches!(self.role, Role::Leader(_)) {
            let leader = self.leader.filter(|&leader| leader != self.me);
            return Err(NotLeader { leader }.into());
        }
        self.admit(commands.as_ref())?;
        let first = Started { index: self.log.last_index() + 1, term: self.term };
        for command in commands {
            self.log.push(Entry { term: self.term, command });
        }
        self.flush_wanted = true;
        Ok(first)
    }

    /// Changes the term, which takes back the vote, or gives the vote of the current term.
    pub(crate) fn set_hard_state(&mut self, term: u64, voted_for: Option<usize>) {
        debug_assert!(term > self.term || (term == self.term && self.voted_for.is_none()));
        self.term = term;
        self.voted_for = voted_for;
        self.durability.hard_state_changes();
    }

    /// True when the disk needs nothing and no snapshot arrives, as after most steps.
    pub(crate) fn is_written(&self) -> bool {
        self.receiving.is_none() && !self.durability.needs_write(self.log.last_index())
    }

    /// The next write that the disk needs, encoded into `buffer`. Call until there is none.
    pub(crate) fn next_write(&mut self, buffer: &mut Vec<u8>) -> Option<Write> {
        if let Some(piece) = self.take_piece() {
            return Some(Write::Piece(piece));
        }
        let hard_state = HardState { term: self.term, voted_for: self.voted_for };
        self.durability.next_write(hard_state, self.quarantine, &self.log, buffer)
    }

    /// A sync that began at `mark` has succeeded.
    pub(crate) fn synced(&mut self, now: Instant, mark: WriteMark) {
        let has_more_entries = self.durability.synced(mark);
        self.finish_election_if_won(now);
        if !has_more_entries {
            return;
        }
        let durable_index = self.durability.durable_index();
        if let Role::Leader(progress) = &mut self.role {
            progress[self.me].match_index = durable_index;
            self.advance_commit_index();
        }
    }

    /// True when there is something that the service has not been handed.
    pub(crate) fn has_something_to_apply(&self) -> bool {
        self.snapshot_to_apply || self.commit_index > self.last_applied
    }

    /// What the service gets next: the snapshot that a leader sent, or a command.
    pub(crate) fn next_to_apply(&mut self) -> Option<ApplyMsg> {
        if std::mem::take(&mut self.snapshot_to_apply) {
            return self.snapshot_for_service();
        }
        let index = self.last_applied + 1;
        if index > self.commit_index {
            return None;
        }
        let entry = self.log.entry(index)?;
        let (term, command) = (entry.term, entry.command.clone());
        self.last_applied = index;
        Some(ApplyMsg::Command { index, term, command })
    }

    fn snapshot_for_service(&mut self) -> Option<ApplyMsg> {
        let Position { index, term } = self.log.snapshot();
        self.last_applied = index;
        if self.config.snapshots_stay_on_disk {
            return Some(ApplyMsg::StoredSnapshot { index, term, snapshot: self.snapshot.clone() });
        }
        match self.snapshot.to_bytes() {
            Ok(snapshot) => Some(ApplyMsg::Snapshot { index, term, snapshot }),
            Err(error) => {
                self.failure = Some(format!("the snapshot of entry {index}: {error}"));
                None
            }
        }
    }

    /// Whether what another server says can be true. If not it is not followed.
    pub(crate) fn is_possible(&self, from: usize, term: u64, index: u64) -> bool {
        from < self.servers
            && from != self.me
            && term <= NUMBER_MAX.min(self.term + TERMS_AHEAD_MAX)
            && index <= NUMBER_MAX
    }

    pub(crate) fn state(&self) -> State {
        State { term: self.term, is_leader: matches!(self.role, Role::Leader(_)) }
    }

    pub(crate) fn role_name(&self) -> RoleName {
        match self.role {
            Role::Follower => RoleName::Follower,
            Role::PreCandidate(_) => RoleName::PreCandidate,
            Role::Candidate(_) => RoleName::Candidate,
            Role::Leader(_) => RoleName::Leader,
        }
    }

    pub(crate) fn inspect(&self) -> Inspection {
        let (snapshot, last) = (self.log.snapshot(), self.log.last());
        Inspection {
            term: self.term,
            voted_for: self.voted_for,
            role: self.role_name(),
            commit_index: self.commit_index,
            last_applied: self.last_applied,
            snapshot_index: snapshot.index,
            snapshot_term: snapshot.term,
            last_index: last.index,
            last_term: last.term,
        }
    }

    /// What a leader knows of another server's log.
    pub(crate) fn match_index(&self, server: usize) -> Option<u64> {
        match &self.role {
            Role::Leader(progress) if server != self.me => {
                progress.get(server).map(|peer| peer.match_index)
            }
            _ => None,
        }
    }
}

/// No cluster gets to a term or index beyond this one; a message or a record that names one is broken,
/// and arithmetic on it could overflow.
pub(crate) const NUMBER_MAX: u64 = u64::MAX >> 8;

/// A term this far above the server's own is not believed: at ten elections a second, which no cluster
/// survives, they would take 13 years. Without that limit one forged or damaged message takes a cluster to
/// [`NUMBER_MAX`], after which nobody can be elected, and no restart helps; with it, it takes 2^24 of them. The
/// price: where it has happened once, a server that has missed it does not come back by itself.
pub(crate) const TERMS_AHEAD_MAX: u64 = 1 << 32;

#[cfg(test)]
mod tests;
