//! What a leader knows about one other server: `match_index` and `next_index` of Figure 2, and the
//! requests under way to it.
//!
//! The leader is optimistic: it moves `next_index` on as soon as it has sent entries and does not
//! wait for the reply (pipelining). Later requests, heartbeats among them, build on those entries,
//! so that any single reply that comes back confirms all that was sent before. When a request is
//! lost or refused the leader goes back to what is missing and sends it again.

use crate::core::log::Log;
use crate::core::transfer::{PieceSent, Transfer};
use crate::message::{AppendEntriesArgs, Position};
use runtime::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// How many losses in a row make a server silent. It may be down: until it answers it is
/// sent heartbeats without entries and nothing in between, so that a link that fails at once is not
/// answered by a storm, nor a dead server by the whole log again and again.
const LOSSES_BEFORE_SILENCE: u32 = 2;

/// The leader's view of one server.
#[derive(Debug)]
pub(crate) struct Progress {
    /// The highest entry known to be stored there. Only goes up.
    pub(crate) match_index: u64,
    /// The next entry to send.
    pub(crate) next_index: u64,
    /// The highest commit index that it has been told.
    pub(crate) commit_sent: u64,
    /// The next AppendEntries is due even when there is nothing to say.
    pub(crate) heartbeat_due: bool,
    /// When it was last sent anything.
    pub(crate) sent_at: Instant,
    /// When it last answered.
    pub(crate) heard_at: Instant,
    /// The highest commit index that it is known to have heard of.
    commit_confirmed: u64,
    /// Requests with entries that have neither been answered nor given up, oldest first.
    inflight: VecDeque<Inflight>,
    /// The snapshot that it is being sent.
    transfer: Option<Transfer>,
    /// Something was lost or refused, and nothing has been accepted since: one request at a time.
    probing: bool,
    /// How many requests may be under way. Going back halves it, since what was under way is sent
    /// again; each accepted request gives one more. Where messages overtake each other, or get
    /// lost, the window stays small: a large one would be sent again and again.
    window: usize,
    /// Requests lost in a row.
    losses: u32,
    next_sequence: u64,
    /// For the question who leads, all requests before this one count as answered: a server that answers a
    /// later one still followed this leader.
    answered_before: u64,
    /// Where the leader went back to last, and the first request that it sent after that. Refusals
    /// of earlier requests that began after that place say nothing new.
    went_back_to: u64,
    went_back_at_sequence: u64,
}

#[derive(Debug)]
struct Inflight {
    sequence: u64,
    prev_log_index: u64,
    last_index: u64,
    sent_at: Instant,
}

/// What a leader remembers of an AppendEntries until its reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) term: u64,
    pub(crate) sequence: u64,
    pub(crate) prev_log_index: u64,
    pub(crate) last_index: u64,
    pub(crate) leader_commit: u64,
}

impl Sent {
    pub(crate) fn new(args: &AppendEntriesArgs, sequence: u64) -> Sent {
        Sent {
            term: args.term,
            sequence,
            prev_log_index: args.prev_log_index,
            last_index: args.last_index(),
            leader_commit: args.leader_commit,
        }
    }
}

impl Progress {
    /// A server about which a new leader knows nothing yet.
    pub(crate) fn new(last_index: u64, now: Instant) -> Progress {
        Progress {
            match_index: 0,
            next_index: last_index + 1,
            commit_sent: 0,
            heartbeat_due: true,
            sent_at: now,
            heard_at: now,
            commit_confirmed: 0,
            inflight: VecDeque::new(),
            transfer: None,
            probing: false,
            window: usize::MAX,
            losses: 0,
            next_sequence: 0,
            answered_before: 0,
            went_back_to: last_index + 1,
            went_back_at_sequence: 0,
        }
    }

    /// True when a request with entries may go out now.
    pub(crate) fn may_send_entries(&self, inflight_max: usize) -> bool {
        let window = if self.probing { 1 } else { self.window.min(inflight_max) };
        self.inflight.len() < window && !self.is_silent()
    }

    /// True when it should hear of a new commit index without waiting for the next heartbeat.
    pub(crate) fn should_hear_of(&self, commit_index: u64) -> bool {
        commit_index > self.commit_sent && !self.is_silent()
    }

    /// True when a piece of a snapshot may go out now: one at a time.
    pub(crate) fn may_send_snapshot(&self) -> bool {
        !self.transfer.as_ref().is_some_and(Transfer::is_under_way) && !self.is_silent()
    }

    fn is_silent(&self) -> bool {
        self.losses >= LOSSES_BEFORE_SILENCE
    }

    /// An AppendEntries goes out. Returns its sequence number.
    pub(crate) fn sending(
        &mut self,
        prev_log_index: u64,
        entries: u64,
        commit: u64,
        now: Instant,
    ) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.heartbeat_due = false;
        self.sent_at = now;
        self.commit_sent = self.commit_sent.max(commit);
        if entries > 0 {
            let last_index = prev_log_index + entries;
            self.inflight.push_back(Inflight {
                sequence,
                prev_log_index,
                last_index,
                sent_at: now,
            });
            self.next_index = last_index + 1;
        }
        sequence
    }

    /// A piece of a snapshot goes out: of the one that it is being sent, or else of the `newest`.
    pub(crate) fn sending_snapshot(
        &mut self,
        newest: impl FnOnce() -> Transfer,
        now: Instant,
    ) -> &mut Transfer {
        self.heartbeat_due = false;
        self.sent_at = now;
        self.transfer.get_or_insert_with(newest)
    }

    /// A server that may be down is not kept an old snapshot for.
    pub(crate) fn newer_snapshot_is_there(&mut self) {
        if self.is_silent() {
            self.transfer = None;
        }
    }

    /// Asks whether the server still follows, unless it is silent: then the next heartbeat does.
    /// Returns the sequence number from which on a reply says so.
    pub(crate) fn ask(&mut self) -> u64 {
        self.heartbeat_due |= !self.is_silent();
        self.next_sequence
    }

    /// It answered an AppendEntries, in the leader's own term.
    pub(crate) fn acknowledged(&mut self, sequence: u64) {
        self.answered_before = self.answered_before.max(sequence.saturating_add(1));
    }

    /// Whether it has answered that request or a later one.
    pub(crate) fn has_answered(&self, sequence: u64) -> bool {
        self.answered_before > sequence
    }

    /// Any reply: the server is there.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.losses = 0;
    }

    /// Everything up to `last_index` is stored there.
    pub(crate) fn accepted(&mut self, last_index: u64) {
        self.probing = false;
        self.window = self.window.saturating_add(1);
        // A late reply must not take back what a later one has shown.
        self.match_index = self.match_index.max(last_index);
        self.next_index = self.next_index.max(self.match_index + 1);
        let match_index = self.match_index;
        self.inflight.retain(|request| request.last_index > match_index);
        self.transfer.take_if(|transfer| transfer.index() <= match_index);
    }

    /// An accepted request told it this commit index.
    pub(crate) fn knows_commit(&mut self, commit: u64) {
        self.commit_confirmed = self.commit_confirmed.max(commit);
        self.commit_sent = self.commit_sent.max(commit);
    }

    /// It refused a request: its log may agree with the leader's up to `possible_match` at most.
    /// True when something is to be sent at once.
    ///
    /// A refusal may mean no more than that requests have overtaken each other. So what is missing
    /// does not count as lost while it has been under way for less than `patience`.
    pub(crate) fn refused(
        &mut self,
        sent: &Sent,
        possible_match: u64,
        now: Instant,
        patience: Duration,
    ) -> bool {
        let was_under_way = self.forget(sent.sequence);
        let is_old_news =
            sent.sequence < self.went_back_at_sequence && sent.prev_log_index >= self.went_back_to;
        if is_old_news {
            return false;
        }
        if sent.prev_log_index <= self.match_index {
            // What it was to follow has arrived since, but what it carried has not.
            if was_under_way {
                self.go_back_to(self.match_index + 1);
            }
            return was_under_way;
        }
        let missing_from = self.match_index.max(possible_match) + 1;
        let resend_from = self.first_not_under_way(missing_from, now, patience);
        if resend_from == missing_from {
            self.probing = true;
        }
        self.go_back_to(resend_from);
        resend_from == missing_from
    }

    /// The first entry from `index` on that no recent request carries.
    fn first_not_under_way(&self, index: u64, now: Instant, patience: Duration) -> u64 {
        let recent = |request: &&Inflight| now.since(request.sent_at) < patience;
        self.inflight.iter().filter(recent).fold(index, |index, request| {
            match request.prev_log_index < index && index <= request.last_index {
                true => request.last_index + 1,
                false => index,
            }
        })
    }

    /// The request, or the reply to it, is lost.
    pub(crate) fn lost(&mut self, sent: &Sent) {
        self.losses = self.losses.saturating_add(1);
        if sent.leader_commit > self.commit_confirmed {
            self.commit_sent = self.commit_sent.min(self.commit_confirmed);
        }
        if self.forget(sent.sequence) {
            self.probing = true;
            self.go_back_to(self.match_index.max(sent.prev_log_index) + 1);
        }
    }

    /// Gives up what has been under way for `timeout` or longer.
    pub(crate) fn expire(&mut self, now: Instant, timeout: Duration) {
        let is_old = |sent_at: Instant| now.since(sent_at) >= timeout;
        if let Some(transfer) = self.transfer.as_mut().filter(|it| it.is_late(now, timeout)) {
            transfer.lost();
            self.losses = self.losses.saturating_add(1);
        }
        if let Some(oldest) = self.inflight.front().filter(|oldest| is_old(oldest.sent_at)) {
            let resend_from = self.match_index.max(oldest.prev_log_index) + 1;
            self.losses = self.losses.saturating_add(1);
            self.probing = true;
            self.go_back_to(resend_from);
        }
    }

    /// The piece, or the reply to it, is lost.
    pub(crate) fn piece_lost(&mut self, sent: &PieceSent) {
        self.losses = self.losses.saturating_add(1);
        if let Some(transfer) = self.transfer.as_mut().filter(|it| it.waits_for(sent)) {
            transfer.lost();
        }
    }

    /// It lacks the snapshot from there on. One that lacks all of it is sent the newest.
    pub(crate) fn piece_answered(&mut self, sent: &PieceSent, missing_from: u64) {
        let Some(transfer) = self.transfer.as_mut().filter(|it| it.waits_for(sent)) else { return };
        transfer.answered(missing_from);
        if missing_from == 0 && !transfer.is_under_way() {
            self.transfer = None;
        }
    }

    fn forget(&mut self, sequence: u64) -> bool {
        let before = self.inflight.len();
        self.inflight.retain(|request| request.sequence != sequence);
        self.inflight.len() < before
    }

    /// Sends `index` and everything after it again.
    fn go_back_to(&mut self, index: u64) {
        if index >= self.next_index {
            return;
        }
        self.window = (self.inflight.len() / 2).max(1);
        self.next_index = index;
        self.went_back_to = index;
        self.went_back_at_sequence = self.next_sequence;
        self.inflight.retain(|request| request.prev_log_index + 1 < index);
    }
}

/// Where a leader's log may agree with that of a follower that refused with these `last_of_terms`.
///
/// Two logs that have an entry of the same index and term agree up to there (Log Matching, extended
/// Raft paper, section 5.3), so the newest term that both have shows where they part.
pub(crate) fn possible_match(log: &Log, last_of_terms: &[Position]) -> u64 {
    let mut place = Position::default();
    for (number, &last) in last_of_terms.iter().enumerate() {
        if last.index < log.snapshot().index {
            // Only the snapshot can help, whatever was at that place.
            return last.index;
        }
        place = log.last_possible_match(last);
        let older = last_of_terms.get(number + 1).map_or(0, |older| older.index);
        if place.term == last.term && place.index > older {
            return place.index;
        }
        if place.term > last.term {
            // Even the snapshot's last entry is of a later term than what the follower has there.
            return place.index.saturating_sub(1);
        }
    }
    place.index
}

#[cfg(test)]
mod tests;
