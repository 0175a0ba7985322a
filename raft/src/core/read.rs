//! Reads that need no entry of their own (Raft dissertation, section 6.4).
//!
//! A leader may have been deposed without knowing, so it may not answer a read from what it has. It
//! notes its commit index and asks whether the others still follow it; when a majority has answered
//! a request that was sent after the read began, nobody else led while it began, so nothing was
//! committed by then that this leader does not know of. Any AppendEntries asks that question, and a
//! refusal answers it as well. Reads that come together share a round.
//!
//! A new leader's commit index may lag behind what its predecessors committed. So there is no read
//! before an entry of its own term is committed.
//!
//! With a lease ([`Config::lease_ms`](crate::Config)) heartbeats are such rounds too, and for a
//! while after a confirmed one no other is needed: the others have promised not to elect anyone.

use crate::core::{Core, Role};
use raft_api::{NotLeader, ReadIndexError};
use runtime::Instant;
use std::collections::VecDeque;

/// What a leader knows of reads.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Reads that no round asks for yet.
    waiting: usize,
    /// Rounds under way, oldest first.
    rounds: VecDeque<Round>,
    /// Until when none is needed.
    lease_until: Option<Instant>,
    decided: Vec<Decided>,
}

/// A question to all others.
#[derive(Debug)]
struct Round {
    began_at: Instant,
    /// How many reads it is for.
    reads: usize,
    /// The commit index when it began.
    index: u64,
    /// For each server the first request whose answer counts.
    first_sequence: Vec<u64>,
}

/// The outcome of the oldest reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) count: usize,
    pub(crate) outcome: Result<u64, ReadIndexError>,
}

impl Reads {
    pub(crate) fn any_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// What has been decided since the last call, oldest first.
    pub(crate) fn take_decided(&mut self) -> Vec<Decided> {
        std::mem::take(&mut self.decided)
    }

    /// Its server leads no more.
    pub(crate) fn fail(&mut self) {
        let under_way: usize = self.rounds.drain(..).map(|round| round.reads).sum();
        let count = under_way + std::mem::take(&mut self.waiting);
        self.decide(count, Err(NotLeader { leader: None }.into()));
        self.lease_until = None;
    }

    fn decide(&mut self, count: usize, outcome: Result<u64, ReadIndexError>) {
        if count > 0 {
            self.decided.push(Decided { count, outcome });
        }
    }
}

impl Core {
    /// A read begins; it is decided after all that began before it. The next `flush` asks.
    pub(crate) fn begin_read(&mut self) -> Result<(), ReadIndexError> {
        if !matches!(self.role, Role::Leader(_)) {
            let leader = self.leader.filter(|&leader| leader != self.me);
            return Err(NotLeader { leader }.into());
        }
        if self.log.term_at(self.commit_index) != Some(self.term) {
            return Err(ReadIndexError::NothingCommitted);
        }
        self.reads.waiting += 1;
        self.flush_wanted = true;
        Ok(())
    }

    /// Decides the reads that wait, or has the other servers asked.
    pub(crate) fn serve_reads(&mut self, now: Instant) {
        if self.reads.lease_until.is_none_or(|until| now >= until) {
            self.begin_read_round(now);
            return;
        }
        // The lease may be younger than a round under way; reads are decided in order.
        for place in 0..self.reads.rounds.len() {
            let round = &mut self.reads.rounds[place];
            let (reads, index) = (std::mem::take(&mut round.reads), round.index);
            self.reads.decide(reads, Ok(index));
        }
        let reads = std::mem::take(&mut self.reads.waiting);
        self.reads.decide(reads, Ok(self.commit_index));
    }

    /// Ends the reads that nobody has confirmed in time.
    pub(crate) fn expire_reads(&mut self, now: Instant) {
        let waited_ms = self.config.read_timeout_ms;
        if waited_ms == 0 {
            return;
        }
        let limit = self.config.read_timeout();
        while self.reads.rounds.front().is_some_and(|oldest| now >= oldest.began_at + limit) {
            let Some(Round { reads, .. }) = self.reads.rounds.pop_front() else { break };
            self.reads.decide(reads, Err(ReadIndexError::Unconfirmed { waited_ms }));
        }
    }

    /// Forgets reads that nobody waits for any more. `waits` is in the order in which they began.
    pub(crate) fn forget_reads(&mut self, waits: &[bool]) {
        let mut waits = waits.iter();
        let mut left = |count| waits.by_ref().take(count).filter(|waits| **waits).count();
        for round in &mut self.reads.rounds {
            round.reads = left(round.reads);
        }
        self.reads.waiting = left(self.reads.waiting);
        if self.config.lease_ms == 0 {
            self.reads.rounds.retain(|round| round.reads > 0);
        }
    }

    /// Has the `flush` that follows ask everyone, for all reads that wait.
    pub(crate) fn begin_read_round(&mut self, now: Instant) {
        let Role::Leader(progress) = &mut self.role else { return };
        let reads = std::mem::take(&mut self.reads.waiting);
        let first_sequence = progress.iter_mut().map(|peer| peer.ask()).collect();
        let index = self.commit_index;
        self.reads.rounds.push_back(Round { began_at: now, reads, index, first_sequence });
        self.confirm_reads();
    }

    /// Decides the reads of rounds that a majority has answered.
    pub(crate) fn confirm_reads(&mut self) {
        if self.reads.rounds.is_empty() {
            return;
        }
        let Role::Leader(progress) = &self.role else { return };
        let majority = self.majority();
        let has_answered = |round: &Round| {
            let others = progress.iter().zip(&round.first_sequence).enumerate();
            let answers = others
                .filter(|&(server, (peer, &first))| server == self.me || peer.has_answered(first));
            answers.count() >= majority
        };
        // A server that has answered a later round has answered the earlier ones.
        let confirmed = self.reads.rounds.iter().rposition(has_answered);
        let lease = self.config.lease();
        for _ in 0..confirmed.map_or(0, |last| last + 1) {
            let Some(round) = self.reads.rounds.pop_front() else { break };
            self.reads.decide(round.reads, Ok(round.index));
            self.reads.lease_until = Some(round.began_at + lease);
        }
    }
}

#[cfg(test)]
mod tests;
