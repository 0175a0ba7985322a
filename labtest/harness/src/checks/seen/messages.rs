//! What servers say to each other. A request is judged when it leaves, an answer when it leaves, and
//! what happens to them on their way is up to the network.
//!
//! An answer is the reply to a call or a message of its own; `answers.rs` has the latter.

use crate::api::vocabulary::{Decoded, Encoded, Position, RaftMessage};
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
                if event.one_way {
                    self.fault_free.answers_late(event.call);
                }
                self.calls.arrived(event.call, self.servers[event.callee].receiver());
                if event.one_way {
                    let asked = self.calls.take(event.call);
                    asked.into_iter().for_each(|asked| self.answers.asked(event, asked));
                }
                Ok(())
            }
            EventKind::ReplySent => {
                self.fault_free.message(event.bytes.len());
                match self.calls.take(event.call) {
                    Some(asked) if self.servers[event.callee].is_alive => self.reply(asked, event),
                    None if self.calls.has_forgotten => self.unreadable(event),
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

    fn decode(&self, event: &NetworkEvent<'_>, request: Option<&RaftMessage>) -> Decoded {
        let reply = matches!(event.kind, EventKind::ReplySent | EventKind::ReplyDelivered);
        let NetworkEvent { method, bytes, .. } = *event;
        self.implementation.decode(&Encoded { method, reply, request, bytes })
    }

    /// In a stretch without faults a message from before may bring a term that deposes the leader.
    fn arrival(&mut self, event: &NetworkEvent<'_>, is_reply: bool) {
        if !self.fault_free.is_from_before(event.call) {
            return;
        }
        let request = if is_reply { self.calls.request(event.call) } else { None };
        let message = self.decode(event, request).message();
        let Some(term) = message.as_ref().and_then(binding_term) else { return };
        let leads = self.servers.iter().filter(|server| server.is_alive).map(|it| it.leads).max();
        if Some(term) > leads && self.fault_free.disturb() {
            self.coverage.disturbed(event.at);
        }
    }

    fn request(&mut self, at: Instant, event: &NetworkEvent<'_>) -> Checked {
        let caller = event.caller;
        let message = match self.decode(event, None) {
            Decoded::Unknown => return self.unreadable(event),
            Decoded::Nothing => return Ok(()),
            Decoded::Message(message) => message,
        };
        self.coverage.messages = true;
        let heard = |term| self.fault_free.refusals_heard(event.callee, term);
        let Some((term, what)) = asked(&message, heard) else {
            return self.answer(event, &message);
        };
        let said = match &message {
            RaftMessage::RequestVote { term, pre_vote: false, .. } => self.candidate(caller, *term),
            RaftMessage::AppendEntries { term, prev, entries, commit } => {
                self.leader(at, caller, *term).and_then(|()| {
                    self.entries_sent(caller, *term, *prev, entries)?;
                    commit.map_or(Ok(()), |commit| self.commit_sent(caller, *term, commit))
                })
            }
            RaftMessage::InstallSnapshot { term, last } => {
                self.leader(at, caller, *term).and_then(|()| self.snapshot_sent(caller, *last))
            }
            RaftMessage::Other { term, .. } => self.tells(caller, *term),
            _ => Ok(()),
        };
        self.calls.insert(event.call, Asked { term, what, request: message, receiver: None });
        said
    }

    fn reply(&mut self, asked: Asked, event: &NetworkEvent<'_>) -> Checked {
        let server = event.callee;
        let reply = match self.decode(event, Some(&asked.request)) {
            Decoded::Unknown => return self.unreadable(event),
            Decoded::Nothing => {
                self.answers.are_expected(&asked);
                return Ok(());
            }
            Decoded::Message(reply) => reply,
        };
        let term = reply.term();
        match reply {
            RaftMessage::RequestVote { .. }
            | RaftMessage::AppendEntries { .. }
            | RaftMessage::InstallSnapshot { .. } => return Ok(()),
            // It may have the term that was asked about, and then says nothing of the voter's own.
            RaftMessage::VoteReply { granted: true, .. }
                if matches!(asked.what, What::PreVote { .. }) && term >= asked.term => {}
            _ => self.tells(server, term)?,
        }
        match (reply, asked.what) {
            (RaftMessage::VoteReply { granted: true, .. }, What::Vote { candidate, last }) => {
                self.vote(server, &asked, candidate, last)
            }
            (RaftMessage::VoteReply { granted: true, .. }, What::PreVote { candidate, last }) => {
                self.pre_vote(server, &asked, candidate, last)
            }
            (
                RaftMessage::AppendReply { success: true, match_index, .. },
                What::Append { last, .. },
            ) => {
                let last = match match_index {
                    None => last,
                    Some(index) => self.place_of(server, &asked.request, index),
                };
                self.accepts(server, &asked, last)
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

    /// The entry up to which a server says it has what the leader has: its term as the request has it, or
    /// as the server's own log does; 0 where neither is known.
    pub(in crate::checks) fn place_of(
        &self,
        server: usize,
        request: &RaftMessage,
        index: u64,
    ) -> Position {
        let of_log = || self.servers[server].log().and_then(|log| log.term_at(index));
        Position { index, term: term_in(request, index).or_else(of_log).unwrap_or(0) }
    }

    /// What is known of votes and confirmations is not all.
    pub(in crate::checks) fn unreadable(&mut self, event: &NetworkEvent<'_>) -> Checked {
        self.coverage.message_missed(event, "was not understood");
        self.votes.miss();
        self.confirmed.miss();
        Ok(())
    }
}

/// The term of the entry at `index`, if a request says it.
pub(in crate::checks) fn term_in(request: &RaftMessage, index: u64) -> Option<u64> {
    match request {
        RaftMessage::AppendEntries { prev, .. } if prev.index == index => Some(prev.term),
        RaftMessage::AppendEntries { prev, entries, .. } => {
            let offset = index.checked_sub(prev.index.saturating_add(1))?;
            entries.get(usize::try_from(offset).ok()?).map(|entry| entry.term)
        }
        RaftMessage::InstallSnapshot { last, .. } if last.index == index => Some(last.term),
        _ => None,
    }
}

/// What a request asks, and its term; `None` for what is not a request. `refusals_heard`: how many steps back
/// the leader of a term has heard of.
fn asked(message: &RaftMessage, refusals_heard: impl FnOnce(u64) -> u64) -> Option<(u64, What)> {
    let mut asked = asked_of(message)?;
    if let (term, What::Append { refusals_heard: heard, .. }) = &mut asked {
        *heard = refusals_heard(*term);
    }
    Some(asked)
}

fn asked_of(message: &RaftMessage) -> Option<(u64, What)> {
    Some(match message {
        RaftMessage::RequestVote { term, candidate, last, pre_vote: true } => {
            (*term, What::PreVote { candidate: *candidate, last: *last })
        }
        RaftMessage::RequestVote { term, candidate, last, .. } => {
            (*term, What::Vote { candidate: *candidate, last: *last })
        }
        RaftMessage::AppendEntries { term, prev, entries, .. } => {
            let index = prev.index.saturating_add(entries.len() as u64);
            let entry_term = entries.last().map_or(prev.term, |entry| entry.term);
            let last = Position { index, term: entry_term };
            (*term, What::Append { prev_index: prev.index, last, refusals_heard: 0 })
        }
        RaftMessage::InstallSnapshot { term, last } => (*term, What::Snapshot { last: *last }),
        RaftMessage::Other { term, .. } => (*term, What::Other),
        RaftMessage::VoteReply { .. }
        | RaftMessage::AppendReply { .. }
        | RaftMessage::SnapshotReply { .. } => return None,
    })
}

/// The term that a message binds its receiver to; `None` when it is a question without
/// consequences.
fn binding_term(message: &RaftMessage) -> Option<u64> {
    match message {
        RaftMessage::RequestVote { pre_vote: true, .. } => None,
        message => Some(message.term()),
    }
}
