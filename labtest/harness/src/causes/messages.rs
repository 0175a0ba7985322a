//! What servers say to each other.

use super::commits::Raised;
use super::fact::{Wrong, ends_at};
use super::known::Append;
use super::{CauseKind, Causes};
use crate::api::vocabulary::{Decoded, Encoded, Position, RaftMessage};
use labrpc::{EventKind, NetworkEvent};
use std::collections::BTreeMap;

/// A call under way, and the term of its receiver when it arrived.
#[derive(Debug)]
pub(super) struct Call {
    request: RaftMessage,
    term_at_arrival: Option<u64>,
}

/// The terms of the entries that leaders have said they have, by the leader's term and the index.
#[derive(Debug, Default)]
pub(super) struct Sent(BTreeMap<(u64, u64), u64>);

impl Sent {
    fn add(&mut self, append: &Append) {
        let Append { term, prev, entries } = append;
        self.0.insert((*term, prev.index), prev.term);
        for (index, entry) in (prev.index.saturating_add(1)..).zip(entries) {
            self.0.insert((*term, index), entry.term);
        }
    }

    /// Whether `is_it` holds for one of `count` places from `first` on, as a leader of these terms has it.
    pub(super) fn any(
        &self,
        (from, to): (u64, u64),
        first: u64,
        count: u64,
        is_it: impl Fn(Position) -> bool,
    ) -> bool {
        let last = first.saturating_add(count);
        (from..=to).any(|term| {
            let mut places = self.0.range((term, first)..(term, last));
            places.any(|((_, index), entry_term)| {
                is_it(Position { index: *index, term: *entry_term })
            })
        })
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
                if let Some(Call { request, .. }) = self.calls.get(&event.call) {
                    let (request, term_at_arrival) = (request.clone(), None);
                    self.calls.insert(copy, Call { request, term_at_arrival });
                }
            }
            EventKind::RequestDelivered => self.arrives(at, event),
            EventKind::ReplySent => self.reply(at, event),
            EventKind::ReplyDelivered => self.reply_arrives(at, event),
            EventKind::RequestLost(_) | EventKind::ReplyLost(_) => {
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
                self.commit_sent(at, caller, *term, *commit);
            }
            RaftMessage::InstallSnapshot { term, .. } => {
                self.tells_term(caller, *term);
                self.leads(at, caller, *term);
            }
            RaftMessage::Other { term, .. } => self.tells_term(caller, *term),
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
                return;
            }
            _ => return self.tells_term(caller, term),
        }
        self.calls.insert(event.call, Call { request: message, term_at_arrival: None });
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
        let message = match self.calls.get_mut(&event.call) {
            Some(call) => {
                call.term_at_arrival = self.servers[receiver].term();
                call.request.clone()
            }
            None if event.one_way => match self.decode(event, false) {
                Some(message) => message,
                None => return,
            },
            None => return,
        };
        let known = &mut self.servers[receiver];
        match &message {
            RaftMessage::RequestVote { pre_vote: true, .. } => return,
            RaftMessage::AppendEntries { term, prev, entries, .. } => {
                known.was_sent(Append { term: *term, prev: *prev, entries: entries.clone() });
                known.requests_since += 1;
            }
            RaftMessage::InstallSnapshot { term, last } => {
                known.sent_snapshot = Some(*last);
                known.matched.add(*term, last.index);
                known.requests_since += 1;
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
        let Some(Call { request, term_at_arrival }) = self.calls.get(&event.call) else { return };
        let (request, term_at_arrival) = (request.clone(), *term_at_arrival);
        let (term, own_term) = (request.term(), reply.term());
        let is_yes = match (&reply, &request) {
            (
                RaftMessage::VoteReply { granted, .. },
                RaftMessage::RequestVote { pre_vote: true, .. },
            ) => {
                if !granted && own_term <= term {
                    self.refuses_vote(at, server, &request);
                }
                return;
            }
            (RaftMessage::VoteReply { granted, .. }, _) => *granted,
            (RaftMessage::AppendReply { success, .. }, _) => *success,
            (RaftMessage::SnapshotReply { .. }, _) => own_term == term,
            _ => false,
        };
        self.tells_term(server, own_term);
        if !is_yes {
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
        let is_question = call.is_some_and(|it| {
            matches!(it.request, RaftMessage::RequestVote { pre_vote: true, .. })
        });
        if let Some(reply) = reply.filter(|_| !is_question) {
            self.hears(at, event.caller, reply.term());
        }
    }

    /// A vote leaves its server.
    fn gives_vote(&mut self, at: u64, voter: usize, term: u64, candidate: usize) {
        let known = &self.servers[voter];
        // Of one that shows its inside the log is compared when it decides.
        let on_disk = known.disk.as_ref().filter(|disk| disk.term == term);
        let own = on_disk.filter(|_| known.inside.is_none()).map(|disk| disk.log.last());
        if let Some(own) = own.filter(|_| self.votes.sent(voter, term).is_none()) {
            self.compare_logs(at, voter, term, candidate, own);
        }
        self.votes(at, voter, term, candidate, true);
        self.tells_vote(at, voter, term, candidate);
    }

    /// A server says that its log is its leader's up to `last`; `append`: what it was sent.
    fn acknowledges(
        &mut self,
        at: u64,
        server: usize,
        term: u64,
        last: Position,
        append: Option<&Append>,
    ) {
        let known = &mut self.servers[server];
        known.acknowledged.add(term, last.index);
        let Some(disk) = &known.disk else { return };
        let on_disk = match last.term {
            0 => last.index <= disk.log.last().index,
            _ => disk.log.has(last),
        };
        if disk.term > term || (disk.term == term && on_disk) {
            return;
        }
        let memory = &known.log;
        let in_memory = known.inside.is_some() && memory.has(last);
        let contradicts = |append: &Append| {
            let indices = append.prev.index.max(1)..=append.last().index;
            let mut indices = indices.filter(|index| *index > disk.log.snapshot().index);
            indices.find(|index| {
                let own = disk.log.term_at(*index);
                own.is_some() && own != append.term_at(*index)
            })
        };
        let conflict = append.filter(|_| !in_memory).and_then(|it| Some((it, contradicts(it)?)));
        let holds = ends_at(disk.log.last());
        let (kind, text, from) = match conflict {
            Some((append, index)) => {
                let (own, theirs) = (disk.log.term_at(index), append.term_at(index));
                let (own, theirs) = (own.unwrap_or_default(), theirs.unwrap_or_default());
                let kind = match index == append.prev.index {
                    true => CauseKind::APPENDED_WITHOUT_MATCH,
                    false => CauseKind::KEPT_CONFLICT,
                };
                let text = format!(
                    "acknowledges all up to {last} in term {term}, but has {index} of term {own}, where \
                     it was sent one of term {theirs}"
                );
                (kind, text, index)
            }
            None => {
                let up_to = if last.term == 0 { last.index.to_string() } else { last.to_string() };
                let text = format!(
                    "acknowledges all up to {up_to} in term {term}, but its disk holds term {} and a log \
                     that {holds}",
                    disk.term
                );
                (CauseKind::TOLD_BEFORE_STORED, text, last.index.min(disk.log.last().index + 1))
            }
        };
        let wrong = Wrong::new(kind, text).in_term(term).at(from..=last.index.max(from));
        self.wrong(at, server, wrong);
    }
}
