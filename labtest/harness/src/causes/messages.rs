//! What servers say to each other.

use super::commits::Raised;
use super::fact::Wrong;
use super::known::{Append, end_of};
use super::stalls::SLOW_NS;
use super::{CauseKind, Causes};
use crate::api::vocabulary::{Decoded, Encoded, Position, RaftMessage};
use labrpc::{EventKind, NetworkEvent};

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    request: RaftMessage,
    /// When it left; of an answer that is a message of its own, when the request left that it answers.
    sent_at: u64,
    /// The term of its receiver when it arrived, and where its log ended.
    term_at_arrival: Option<u64>,
    last_at_arrival: Option<Position>,
}

impl Call {
    fn new(request: RaftMessage, sent_at: u64) -> Call {
        Call { request, sent_at, term_at_arrival: None, last_at_arrival: None }
    }
}

impl Causes {
    pub(super) fn message(&mut self, at: u64, event: &NetworkEvent<'_>) {
        match event.kind {
            EventKind::RequestSent if self.servers[event.caller].is_alive => {
                self.request(at, event)
            }
            EventKind::RequestSent => {}
            EventKind::RequestDuplicated { copy } => {
                self.offers.copied(event.call);
                if let Some(Call { request, sent_at, .. }) = self.calls.get(&event.call) {
                    let copied = Call::new(request.clone(), *sent_at);
                    self.calls.insert(copy, copied);
                }
            }
            EventKind::RequestDelivered => self.arrives(at, event),
            EventKind::ReplySent => self.reply(at, event),
            EventKind::ReplyDelivered => self.reply_arrives(at, event),
            EventKind::RequestLost(_) | EventKind::ReplyLost(_) => {
                let is_answer = matches!(event.kind, EventKind::ReplyLost(_));
                self.offers.lost(at, event.call, is_answer);
                self.calls.remove(&event.call);
            }
        }
    }

    fn decode(&mut self, event: &NetworkEvent<'_>, reply: bool) -> Option<RaftMessage> {
        let request = self.calls.get(&event.call).map(|call| &call.request).filter(|_| reply);
        let NetworkEvent { method, bytes, .. } = *event;
        match self.implementation.decode(&Encoded { method, reply, request, bytes }) {
            Decoded::Message(message) => Some(message),
            Decoded::Nothing => None,
            Decoded::Unknown => {
                self.seen.misses_messages = true;
                None
            }
        }
    }

    fn request(&mut self, at: u64, event: &NetworkEvent<'_>) {
        let Some(message) = self.decode(event, false) else { return };
        self.seen.messages = true;
        let (caller, term) = (event.caller, message.term());
        let mut sent_at = at;
        match &message {
            RaftMessage::RequestVote { pre_vote: true, .. } => {}
            RaftMessage::RequestVote { term, last, .. } => {
                self.tells_term(caller, *term);
                self.stands(at, caller, *term, Some(*last));
                self.votes(at, caller, *term, caller, true);
                self.tells_vote(at, caller, *term, caller);
            }
            RaftMessage::AppendEntries { term, prev, entries, commit } => {
                self.tells_term(caller, *term);
                self.leads(at, caller, *term);
                let append = Append { term: *term, prev: *prev, entries: entries.clone() };
                self.sent.add(&append);
                self.spent.sent(at, caller, event.callee, &append);
                let carries = !append.entries.is_empty();
                let ends = (caller, event.callee);
                self.offers.sent(at, ends, append.term, (event.call, carries));
                self.commit_sent(at, caller, *term, *commit);
                self.servers[caller].heard.asks(at, *term);
            }
            RaftMessage::InstallSnapshot { term, .. } => {
                self.tells_term(caller, *term);
                self.leads(at, caller, *term);
                self.offers.sent(at, (caller, event.callee), *term, (event.call, true));
                self.servers[caller].heard.asks(at, *term);
            }
            RaftMessage::Other { term, .. } => {
                self.tells_term(caller, *term);
                sent_at = self.servers[caller].last_asked_by(event.callee);
            }
            // Answers that are messages of their own.
            RaftMessage::VoteReply { granted: true, pre_vote: true, .. } => return,
            RaftMessage::VoteReply { term, granted: true, .. } => {
                self.tells_term(caller, *term);
                self.gives_vote(at, caller, *term, event.callee);
                return;
            }
            RaftMessage::AppendReply { success: true, match_index: Some(index), .. } => {
                self.tells_term(caller, term);
                let entry_term = self.servers[caller].term_at(*index);
                let last = Position { index: *index, term: entry_term };
                self.confirmed.add(caller, term, last);
                self.acknowledges(at, caller, term, last, None);
                sent_at = self.servers[caller].last_asked_by(event.callee);
            }
            RaftMessage::AppendReply { success, .. } => {
                if !success {
                    self.refuses_append(caller, event.callee);
                }
                self.tells_term(caller, term);
                sent_at = self.servers[caller].last_asked_by(event.callee);
            }
            _ => return self.tells_term(caller, term),
        }
        self.calls.insert(event.call, Call::new(message, sent_at));
    }

    /// A commit index that a leader sends shows what it does not show itself.
    fn commit_sent(&mut self, at: u64, leader: usize, term: u64, commit: Option<u64>) {
        let known = &mut self.servers[leader];
        let Some(to) = commit.filter(|to| known.inside.is_none() && *to > known.commit_sent) else {
            return;
        };
        let from = std::mem::replace(&mut known.commit_sent, to);
        self.commits(at, leader, Raised { from, to, term_before: term, term, leads: true });
    }

    fn tells_term(&mut self, server: usize, term: u64) {
        let told = &mut self.servers[server].told;
        *told = term.max(*told);
    }

    fn arrives(&mut self, at: u64, event: &NetworkEvent<'_>) {
        let receiver = event.callee;
        let (message, sent_at) = match self.calls.get_mut(&event.call) {
            Some(call) => {
                call.term_at_arrival = self.servers[receiver].term();
                call.last_at_arrival = self.servers[receiver].last();
                (call.request.clone(), call.sent_at)
            }
            None if event.one_way => match self.decode(event, false) {
                Some(message) => (message, 0),
                None => return,
            },
            None => return,
        };
        self.arrived(at, (event.caller, receiver), message.clone(), (sent_at, false));
        let known = &mut self.servers[receiver];
        match &message {
            RaftMessage::RequestVote { pre_vote: true, .. } => return,
            // A server with a leader need not listen to candidates (4.2.3 of the dissertation).
            RaftMessage::RequestVote { .. } if known.has_leader(at.saturating_sub(SLOW_NS)) => {
                return;
            }
            RaftMessage::AppendEntries { term, prev, entries, .. } => {
                known.was_sent(Append { term: *term, prev: *prev, entries: entries.clone() });
                known.was_asked(at, (event.caller, *term), sent_at);
            }
            RaftMessage::InstallSnapshot { term, last } => {
                known.sent_snapshot = Some(*last);
                known.pieces.add(at, event.caller, *last);
                known.matched.add(*term, last.index);
                known.was_asked(at, (event.caller, *term), sent_at);
            }
            RaftMessage::AppendReply { term, .. } | RaftMessage::Other { term, .. } => {
                known.heard.answered(*term, event.caller, sent_at);
            }
            _ => {}
        }
        self.hears(at, receiver, message.term());
        if event.one_way {
            self.calls.remove(&event.call);
        }
    }

    fn hears(&mut self, at: u64, server: usize, term: u64) {
        let known = &mut self.servers[server];
        if known.ignored.is_none() && known.term().is_some_and(|own| own < term) {
            known.ignored = Some((term, at));
        }
    }

    fn reply(&mut self, at: u64, event: &NetworkEvent<'_>) {
        let server = event.callee;
        let Some(reply) = self.decode(event, true).filter(|_| self.servers[server].is_alive) else {
            return;
        };
        let Some(call) = self.calls.get(&event.call) else { return };
        let (request, term_at_arrival) = (call.request.clone(), call.term_at_arrival);
        let last_at_arrival = call.last_at_arrival;
        let (term, own_term) = (request.term(), reply.term());
        let is_yes = match (&reply, &request) {
            (
                RaftMessage::VoteReply { granted, .. },
                RaftMessage::RequestVote { pre_vote: true, .. },
            ) => {
                return match granted {
                    true => self.promises_vote(at, server, &request, last_at_arrival),
                    false if own_term <= term => self.refuses_vote(at, server, &request),
                    false => {}
                };
            }
            (RaftMessage::VoteReply { granted, .. }, _) => *granted,
            (RaftMessage::AppendReply { success, .. }, _) => *success,
            (RaftMessage::SnapshotReply { .. }, _) => own_term == term,
            _ => false,
        };
        self.tells_term(server, own_term);
        if !is_yes {
            if matches!(request, RaftMessage::AppendEntries { .. }) {
                self.refuses_append(server, event.caller);
            }
            return self.refuses(at, server, event.caller, own_term, &request);
        }
        if let Some(own) = term_at_arrival.filter(|own| *own > term) {
            let text = format!("says yes to a request of term {term}, when it was in term {own}");
            let wrong = Wrong::new(CauseKind::STALE_REQUEST_ACCEPTED, text).in_term(term);
            self.wrong(at, server, wrong.with([event.caller]));
        }
        match (reply, request) {
            (RaftMessage::VoteReply { .. }, RaftMessage::RequestVote { candidate, .. }) => {
                self.gives_vote(at, server, term, candidate);
            }
            (
                RaftMessage::AppendReply { match_index, .. },
                RaftMessage::AppendEntries { prev, entries, .. },
            ) => {
                let append = Append { term, prev, entries };
                let last = match match_index {
                    None => append.last(),
                    Some(index) => {
                        let own = || self.servers[server].term_at(index);
                        Position { index, term: append.term_at(index).unwrap_or_else(own) }
                    }
                };
                self.confirmed.add(server, term, last);
                self.acknowledges(at, server, term, last, Some(&append));
            }
            (RaftMessage::SnapshotReply { .. }, RaftMessage::InstallSnapshot { last, .. }) => {
                self.confirmed.add(server, term, last);
                self.acknowledges(at, server, term, Position { term: 0, ..last }, None);
            }
            _ => {}
        }
    }

    fn refuses_append(&mut self, follower: usize, leader: usize) {
        self.servers[follower].tried.refused += 1;
        self.offers.refused(leader, follower);
    }

    /// A server says no. In a later term than the request's that is about the term.
    fn refuses(
        &mut self,
        at: u64,
        server: usize,
        caller: usize,
        own_term: u64,
        request: &RaftMessage,
    ) {
        if own_term != request.term() {
            return;
        }
        match request {
            RaftMessage::RequestVote { .. } => self.refuses_vote(at, server, request),
            RaftMessage::AppendEntries { prev, .. } => {
                self.spent.refused(at, caller, server, own_term, prev.index);
            }
            _ => {}
        }
    }

    fn reply_arrives(&mut self, at: u64, event: &NetworkEvent<'_>) {
        let reply = self.decode(event, true);
        let call = self.calls.remove(&event.call);
        if let Some(Call { request, sent_at, .. }) = &call {
            let (request, sent_at) = (request.clone(), *sent_at);
            self.arrived(at, (event.callee, event.caller), request, (sent_at, true));
        }
        let request = call.as_ref().map(|call| &call.request);
        let is_question = matches!(request, Some(RaftMessage::RequestVote { pre_vote: true, .. }));
        // A promise may name the term that was asked about.
        let is_promise = |reply: &RaftMessage| {
            is_question && matches!(reply, RaftMessage::VoteReply { granted: true, .. })
        };
        let Some(reply) = reply.filter(|reply| !is_promise(reply)) else { return };
        self.hears(at, event.caller, reply.term());
        if let Some(Call { request, sent_at, .. }) = call
            && request.term() == reply.term()
        {
            let heard = &mut self.servers[event.caller].heard;
            heard.answered(reply.term(), event.callee, sent_at);
        }
    }

    /// A vote leaves its server.
    fn gives_vote(&mut self, at: u64, voter: usize, term: u64, candidate: usize) {
        let known = &self.servers[voter];
        // Of one that shows its inside the log is compared when it shows its decision, which it may have
        // done by now. Of its memory, as it was before, and its disk the less up to date counts.
        let inside = known.inside.as_ref();
        let has_shown = inside.is_some_and(|inside| inside.term >= term);
        let on_disk = known.disk.as_ref().filter(|disk| !has_shown && disk.term == term);
        let memory = inside.map(end_of);
        let own = on_disk.map(|disk| disk.log.last()).map(|disk| {
            std::cmp::min_by_key(memory.unwrap_or(disk), disk, |own| (own.term, own.index))
        });
        if let Some(own) = own.filter(|_| self.votes.sent(voter, term).is_none()) {
            self.compare_logs(at, voter, term, candidate, own);
        }
        self.votes(at, voter, term, candidate, true);
        self.tells_vote(at, voter, term, candidate);
    }
}
