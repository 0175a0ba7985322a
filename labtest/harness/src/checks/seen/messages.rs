//! What servers say to each other. A request is judged when it leaves, a reply when it leaves, and
//! what happens to them on their way is up to the network.

use crate::api::vocabulary::{Position, RaftMessage};
use crate::checks::known::calls::{Asked, What};
use crate::checks::rules::efficiency::refusals::Refusal;
use crate::checks::{Checked, Oracle};
use labrpc::{EventKind, NetworkEvent};
use runtime::Instant;

impl Oracle {
    pub(in crate::checks) fn message(&mut self, at: Instant, event: &NetworkEvent<'_>) -> Checked {
        match event.kind {
            EventKind::RequestSent => {
                self.fault_free.message(event.bytes.len());
                self.calls.made(event.call);
                let is_alive = self.servers[event.caller].is_alive;
                if is_alive { self.request(at, event) } else { Ok(()) }
            }
            EventKind::RequestDuplicated { copy } => {
                self.calls.copied(event.call, copy);
                Ok(())
            }
            EventKind::RequestDelivered => {
                self.arrival(event, false);
                self.calls.arrived(event.call, self.servers[event.callee].receiver());
                Ok(())
            }
            EventKind::ReplySent => {
                self.fault_free.message(event.bytes.len());
                match self.calls.take(event.call) {
                    Some(asked) if self.servers[event.callee].is_alive => self.reply(&asked, event),
                    None if self.calls.has_forgotten => self.unreadable(),
                    _ => Ok(()),
                }
            }
            EventKind::RequestLost(_) | EventKind::ReplyLost(_) => {
                self.calls.take(event.call);
                self.fault_free.lost(event.callee, event.call);
                Ok(())
            }
            EventKind::ReplyDelivered => {
                self.arrival(event, true);
                self.fault_free.reply_arrived(event.callee, event.call);
                Ok(())
            }
        }
    }

    /// In a stretch without faults a message from before may bring a term that deposes the leader.
    fn arrival(&mut self, event: &NetworkEvent<'_>, is_reply: bool) {
        if !self.fault_free.is_from_before(event.call) {
            return;
        }
        let message = self.implementation.decode(event.method, is_reply, event.bytes);
        let Some(term) = message.as_ref().and_then(binding_term) else { return };
        let leads = self.servers.iter().filter(|server| server.is_alive).map(|it| it.leads).max();
        if Some(term) > leads {
            self.fault_free.disturb();
        }
    }

    fn request(&mut self, at: Instant, event: &NetworkEvent<'_>) -> Checked {
        let caller = event.caller;
        let Some(message) = self.implementation.decode(event.method, false, event.bytes) else {
            return self.unreadable();
        };
        let heard = |term| self.fault_free.refusals_heard(event.callee, term);
        let Some(asked) = asked(&message, heard) else { return Ok(()) };
        self.calls.insert(event.call, asked);
        match message {
            RaftMessage::RequestVote { term, pre_vote: false, .. } => self.candidate(caller, term),
            RaftMessage::AppendEntries { term, prev, entries, commit } => {
                self.leader(at, caller, term)?;
                self.entries_sent(caller, term, prev, &entries)?;
                self.commit_sent(caller, term, commit)
            }
            RaftMessage::InstallSnapshot { term, last } => {
                self.leader(at, caller, term)?;
                self.snapshot_sent(caller, last)
            }
            RaftMessage::Other { term, .. } => self.tells(caller, term),
            _ => Ok(()),
        }
    }

    fn reply(&mut self, asked: &Asked, event: &NetworkEvent<'_>) -> Checked {
        let server = event.callee;
        let reply = self.implementation.decode(event.method, true, event.bytes);
        let Some(reply) = reply else { return self.unreadable() };
        let (RaftMessage::VoteReply { term, .. }
        | RaftMessage::AppendReply { term, .. }
        | RaftMessage::SnapshotReply { term }
        | RaftMessage::Other { term, .. }) = reply
        else {
            return Ok(());
        };
        self.tells(server, term)?;
        match (reply, asked.what) {
            (RaftMessage::VoteReply { granted: true, .. }, What::Vote { candidate, last }) => {
                self.vote(server, asked, candidate, last)
            }
            (RaftMessage::AppendReply { success: true, .. }, What::Append { last, .. }) => {
                self.accepts(server, asked, last)
            }
            // In a later term than the request's it is about the term and not about the log.
            (
                RaftMessage::AppendReply { .. },
                What::Append { prev_index, refusals_heard: heard, .. },
            ) if term == asked.term => {
                let refusal = Refusal { call: event.call, prev_index, heard };
                self.fault_free.refused(server, term, refusal);
                Ok(())
            }
            (RaftMessage::SnapshotReply { .. }, What::Snapshot { last }) if term == asked.term => {
                self.accepts_snapshot(server, term, last)
            }
            _ => Ok(()),
        }
    }

    /// What is known of votes and confirmations is not all.
    fn unreadable(&mut self) -> Checked {
        self.votes.miss();
        self.confirmed.miss();
        Ok(())
    }
}

/// What a request asks; `None` for what is no request. `refusals_heard`: how many steps back the
/// leader of a term has heard of.
fn asked(message: &RaftMessage, refusals_heard: impl FnOnce(u64) -> u64) -> Option<Asked> {
    let (term, what) = match message {
        RaftMessage::RequestVote { term, pre_vote: true, .. } => (*term, What::PreVote),
        RaftMessage::RequestVote { term, candidate, last, .. } => {
            (*term, What::Vote { candidate: *candidate, last: *last })
        }
        RaftMessage::AppendEntries { term, prev, entries, .. } => {
            let index = prev.index.saturating_add(entries.len() as u64);
            let entry_term = entries.last().map_or(prev.term, |entry| entry.term);
            let last = Position { index, term: entry_term };
            let refusals_heard = refusals_heard(*term);
            (*term, What::Append { prev_index: prev.index, last, refusals_heard })
        }
        RaftMessage::InstallSnapshot { term, last } => (*term, What::Snapshot { last: *last }),
        RaftMessage::Other { term, .. } => (*term, What::Other),
        _ => return None,
    };
    Some(Asked { term, what, receiver: None })
}

/// The term that a message binds its receiver to; `None` when it is a question without
/// consequences.
fn binding_term(message: &RaftMessage) -> Option<u64> {
    match message {
        RaftMessage::RequestVote { pre_vote: true, .. } => None,
        message => Some(message.term()),
    }
}
