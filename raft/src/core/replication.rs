//! How a leader replicates its log and commits (extended Raft paper, sections 5.3 and 5.4.2;
//! Figure 2, Rules for Leaders).
//!
//! There is no difference between heartbeats and other AppendEntries: each carries whatever its
//! receiver still lacks, and the commit index. What to send is found by `flush`, once for all that
//! has happened since the last one.

use crate::core::progress::{Sent, possible_match};
use crate::core::transfer::{PieceSent, Transfer};
use crate::core::{Core, Role};
use crate::message::{AppendEntriesArgs, AppendEntriesReply, InstallSnapshotReply, Outgoing};
use runtime::Instant;

impl Core {
    /// Heartbeats to all servers that have heard nothing for a heartbeat interval, which also sends
    /// again what got lost.
    pub(crate) fn lead_a_round(&mut self, now: Instant) {
        let interval = self.config.heartbeat_interval();
        if self.config.check_quorum && now >= self.quorum_deadline && !self.hears_a_majority(now) {
            self.become_follower(now, self.term);
            return;
        }
        let rpc_timeout = self.config.rpc_timeout();
        if let Role::Leader(progress) = &mut self.role {
            for peer in progress {
                peer.expire(now, rpc_timeout);
                peer.heartbeat_due |= now >= peer.sent_at + interval;
            }
        }
        self.expire_reads(now);
        if self.config.lease_ms > 0 {
            self.begin_read_round(now);
        }
        self.flush(now);
        // A server that is sent entries meanwhile needs no heartbeat then: they are for idle periods
        // (section 5.2). The round itself finds out which servers need one.
        if let Role::Leader(progress) = &self.role {
            let others = progress.iter().enumerate().filter(|&(peer, _)| peer != self.me);
            let first = others.map(|(_, peer)| peer.sent_at + interval).min();
            self.round_deadline = first.unwrap_or(now + interval);
        }
    }

    /// Whether a majority has answered within the longest election timeout. Those that have not
    /// may follow another leader by now.
    fn hears_a_majority(&mut self, now: Instant) -> bool {
        self.quorum_deadline = now + self.config.election_timeout_max();
        let limit = self.config.election_timeout_max();
        let Role::Leader(progress) = &self.role else { return false };
        let heard = progress
            .iter()
            .enumerate()
            .filter(|&(peer, progress)| peer == self.me || now.since(progress.heard_at) <= limit);
        heard.count() >= self.majority()
    }

    /// Puts into the outbox everything that should be sent to the others now.
    pub(crate) fn flush(&mut self, now: Instant) {
        self.flush_wanted = false;
        if self.reads.any_waiting() {
            self.serve_reads(now);
        }
        for to in 0..self.servers {
            if to != self.me {
                while self.send_to(to, now) {}
            }
        }
        self.schedule_commit_notice(now);
    }

    fn commit_notice_is_due(&self, now: Instant) -> bool {
        self.config.commit_notice_ms == 0
            || self.commit_notice_deadline.is_some_and(|deadline| now >= deadline)
    }

    /// If a responsive follower does not know the commit index, it will be sent in a while: the next entries
    /// may carry it, and then no message is needed for it.
    fn schedule_commit_notice(&mut self, now: Instant) {
        let Role::Leader(progress) = &self.role else { return };
        let snapshot_index = self.log.snapshot().index;
        let waits = progress.iter().enumerate().any(|(peer, progress)| {
            peer != self.me
                && progress.next_index > snapshot_index
                && progress.should_hear_of(self.commit_index)
        });
        self.commit_notice_deadline = match self.commit_notice_deadline {
            _ if !waits => None,
            Some(deadline) if deadline > now => Some(deadline),
            _ => Some(now + self.config.commit_notice()),
        };
    }

    /// Sends `to` one request if one is due. True when there may be another.
    fn send_to(&mut self, to: usize, now: Instant) -> bool {
        let notice_is_due = self.commit_notice_is_due(now);
        let Role::Leader(progress) = &mut self.role else { return false };
        let peer = &mut progress[to];
        let snapshot = self.log.snapshot();
        let needs_snapshot = peer.next_index <= snapshot.index;
        if needs_snapshot && peer.may_send_snapshot() {
            let newest = || Transfer::new(snapshot, self.snapshot.clone());
            let bytes_max = self.config.snapshot_piece_bytes_max;
            let transfer = peer.sending_snapshot(newest, now);
            let piece = transfer.send(self.term, self.me, bytes_max, now);
            self.outbox.push(Outgoing::InstallSnapshot { to, piece: Box::new(piece) });
            return false;
        }
        let has_entries = !needs_snapshot && peer.next_index <= self.log.last_index();
        let sends_entries = has_entries && peer.may_send_entries(self.config.inflight_max);
        let tells_commit =
            !needs_snapshot && notice_is_due && peer.should_hear_of(self.commit_index);
        if !(sends_entries || tells_commit || peer.heartbeat_due) {
            return false;
        }
        let prev_log_index = if needs_snapshot { snapshot.index } else { peer.next_index - 1 };
        let entries = match sends_entries {
            true => self.log.batch(prev_log_index + 1, self.config.batch_bytes_max),
            false => Vec::new(),
        };
        let sequence = peer.sending(prev_log_index, entries.len() as u64, self.commit_index, now);
        let args = AppendEntriesArgs {
            term: self.term,
            leader_id: self.me,
            prev_log_index,
            prev_log_term: self.log.term_at(prev_log_index).unwrap_or(snapshot.term),
            entries,
            leader_commit: self.commit_index,
        };
        self.outbox.push(Outgoing::AppendEntries { to, args, sequence });
        sends_entries
    }

    /// An AppendEntries is answered; `None` when no reply will come.
    pub(crate) fn handle_append_reply(
        &mut self,
        now: Instant,
        from: usize,
        sent: &Sent,
        reply: Option<&AppendEntriesReply>,
    ) {
        if reply.is_some_and(|reply| self.steps_down_for(now, from, reply.term)) {
            return;
        }
        let Role::Leader(progress) = &mut self.role else { return };
        if sent.term != self.term {
            // Sent in an earlier term of leadership, when the log may have been another.
            return;
        }
        let peer = &mut progress[from];
        let Some(reply) = reply else {
            peer.lost(sent);
            self.flush_wanted = true;
            return;
        };
        if reply.term != self.term {
            return;
        }
        peer.heard(now);
        peer.acknowledged(sent.sequence);
        if reply.success {
            // What was sent, not what the log has grown to meanwhile.
            peer.accepted(sent.last_index);
            peer.knows_commit(sent.leader_commit.min(sent.last_index));
            self.flush_wanted |= peer.next_index <= self.log.last_index();
            self.advance_commit_index();
        } else {
            let possible_match = possible_match(&self.log, &reply.last_of_terms);
            let patience = self.config.heartbeat_interval();
            self.flush_wanted |= peer.refused(sent, possible_match, now, patience);
        }
        self.confirm_reads();
    }

    /// A piece of a snapshot is answered; `None` when no reply will come.
    pub(crate) fn handle_snapshot_reply(
        &mut self,
        now: Instant,
        from: usize,
        sent: &PieceSent,
        reply: Option<&InstallSnapshotReply>,
    ) {
        if reply.is_some_and(|reply| self.steps_down_for(now, from, reply.term)) {
            return;
        }
        let Role::Leader(progress) = &mut self.role else { return };
        if sent.term != self.term {
            return;
        }
        let peer = &mut progress[from];
        match reply {
            Some(reply) if reply.term == self.term => {
                peer.heard(now);
                match reply.missing_from {
                    Some(offset) => peer.piece_answered(sent, offset),
                    None => {
                        peer.accepted(sent.index);
                        self.advance_commit_index();
                    }
                }
            }
            Some(_) => {}
            None => peer.piece_lost(sent),
        }
        self.flush_wanted = true;
    }

    /// If a majority stores an entry of the current term, it and everything in front of it is
    /// committed. Entries of earlier terms are never committed by counting: Figure 8 shows why.
    pub(crate) fn advance_commit_index(&mut self) {
        let Role::Leader(progress) = &self.role else { return };
        let stored_by = |index| progress.iter().filter(|peer| peer.match_index >= index).count();
        let majority = self.majority();
        let committed = progress
            .iter()
            .map(|peer| peer.match_index)
            .filter(|&index| index > self.commit_index && stored_by(index) >= majority)
            .max();
        let Some(index) = committed else { return };
        if self.log.term_at(index) == Some(self.term) {
            self.commit_index = index;
            self.flush_wanted = true;
        }
    }
}

#[cfg(test)]
mod tests;
