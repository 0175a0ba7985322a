//! What servers say to each other. A request is judged when it leaves, a reply when it leaves, and
//! what becomes of them on their way is the network's.

use super::calls::{Asked, Receiver, What};
use super::judge::{Oracle, Server};
use super::refusals::Refusal;
use super::{acknowledged, indices, leader_completeness, log_matching, stale_requests, votes};
use crate::api::life::Life;
use crate::api::vocabulary::{EntryId, Position, RaftMessage};
use crate::{Violation, property};
use labrpc::{EventKind, NetworkEvent};
use raft::RoleName;
use runtime::Instant;

impl Oracle {
    pub(super) fn see_message(
        &mut self,
        at: Instant,
        event: &NetworkEvent<'_>,
    ) -> Result<(), Violation> {
        match event.kind {
            EventKind::RequestSent => {
                self.count(event);
                self.next_call = self.next_call.max(event.call + 1);
                match self.servers[event.caller].is_alive {
                    true => self.see_request(at, event),
                    false => Ok(()),
                }
            }
            EventKind::RequestDuplicated { copy } => {
                self.next_call = self.next_call.max(copy + 1);
                if let Some(asked) = self.calls.get(event.call).copied() {
                    self.calls.insert(copy, asked);
                }
                Ok(())
            }
            EventKind::RequestDelivered => {
                self.see_arrival(event, false);
                let receiver = self.receiver(event.callee);
                if let Some(asked) = self.calls.get(event.call) {
                    asked.receiver = receiver;
                }
                Ok(())
            }
            EventKind::ReplySent => {
                self.count(event);
                match self.calls.take(event.call) {
                    Some(asked) if self.servers[event.callee].is_alive => {
                        self.see_reply(&asked, event)
                    }
                    _ => Ok(()),
                }
            }
            EventKind::RequestLost(_) | EventKind::ReplyLost(_) => {
                self.calls.take(event.call);
                if let Some(stretch) = &mut self.stretch {
                    stretch.refusals.lost(event.callee, event.call);
                }
                Ok(())
            }
            EventKind::ReplyDelivered => {
                self.see_arrival(event, true);
                if let Some(stretch) = &mut self.stretch {
                    stretch.refusals.arrived(event.callee, event.call);
                }
                Ok(())
            }
        }
    }

    fn count(&mut self, event: &NetworkEvent<'_>) {
        if let Some(stretch) = &mut self.stretch {
            stretch.message(event.bytes.len());
        }
    }

    /// In a stretch without faults a message from before may bring a term that deposes the leader.
    fn see_arrival(&mut self, event: &NetworkEvent<'_>, is_reply: bool) {
        let Some(stretch) = &mut self.stretch else { return };
        if !stretch.is_from_before(event.call) {
            return;
        }
        let term = match self.implementation.decode(event.method, is_reply, event.bytes) {
            // A question without consequences.
            None | Some(RaftMessage::RequestVote { pre_vote: true, .. }) => return,
            Some(message) => message.term(),
        };
        let leads = self.servers.iter().filter(|server| server.is_alive).map(|it| it.leads).max();
        if Some(term) > leads {
            stretch.disturb();
        }
    }

    /// What is known of a server that gets a request.
    fn receiver(&self, server: usize) -> Option<Receiver> {
        let known = &self.servers[server];
        match (&known.disk, &known.state) {
            (Some(disk), _) => Some(Receiver { term: disk.term, last: disk.log.last() }),
            (None, Some(state)) => {
                let last = Position { index: state.last_index, term: state.last_term };
                Some(Receiver { term: state.term, last })
            }
            (None, None) => None,
        }
    }

    fn see_request(&mut self, at: Instant, event: &NetworkEvent<'_>) -> Result<(), Violation> {
        let caller = event.caller;
        let Some(message) = self.implementation.decode(event.method, false, event.bytes) else {
            self.miss_a_message();
            return Ok(());
        };
        let (term, what) = match &message {
            RaftMessage::RequestVote { term, candidate, last, pre_vote } => {
                let (candidate, last) = (*candidate, *last);
                let what = if *pre_vote { What::PreVote } else { What::Vote { candidate, last } };
                (*term, what)
            }
            RaftMessage::AppendEntries { term, prev, entries, .. } => {
                let index = prev.index.saturating_add(entries.len() as u64);
                let entry_term = entries.last().map_or(prev.term, |entry| entry.term);
                let refusals_heard = self
                    .stretch
                    .as_ref()
                    .map_or(0, |stretch| stretch.refusals.heard(event.callee, *term));
                let last = Position { index, term: entry_term };
                (*term, What::Append { prev_index: prev.index, last, refusals_heard })
            }
            RaftMessage::InstallSnapshot { term, last } => (*term, What::Snapshot { last: *last }),
            RaftMessage::Other { term, .. } => (*term, What::Other),
            _ => return Ok(()),
        };
        self.calls.insert(event.call, Asked { term, what, receiver: None });
        match message {
            RaftMessage::RequestVote { term, pre_vote: false, .. } => {
                self.see_candidate(caller, term)
            }
            RaftMessage::AppendEntries { term, prev, entries, commit } => {
                self.see_leader(at, caller, term)?;
                self.see_entries(caller, term, prev, &entries)?;
                self.see_commit_sent(caller, term, commit)
            }
            RaftMessage::InstallSnapshot { term, last } => {
                self.see_leader(at, caller, term)?;
                log_matching::check_snapshot(&self.committed, caller, last)
            }
            RaftMessage::Other { term, .. } => self.tell(caller, term),
            _ => Ok(()),
        }
    }

    /// A candidate has voted for itself.
    fn see_candidate(&mut self, candidate: usize, term: u64) -> Result<(), Violation> {
        self.tell(candidate, term)?;
        if let Some(stretch) = &mut self.stretch {
            stretch.election(term);
        }
        self.votes.give(candidate, term, candidate)?;
        match &self.servers[candidate].disk {
            Some(disk) => acknowledged::check_vote(disk, candidate, term, candidate),
            None => Ok(()),
        }
    }

    fn see_leader(&mut self, at: Instant, leader: usize, term: u64) -> Result<(), Violation> {
        if let Some(stretch) = &mut self.stretch {
            stretch.leader(at);
        }
        if self.servers[leader].leads == term {
            return Ok(());
        }
        self.tell(leader, term)?;
        let who = Life { server: leader, start: self.servers[leader].start };
        self.senders.observe(who, term)?;
        self.servers[leader].leads = term;
        self.servers[leader].commit_sent = 0;
        self.votes.check_elected(leader, term)
    }

    fn see_entries(
        &mut self,
        leader: usize,
        term: u64,
        prev: Position,
        entries: &[EntryId],
    ) -> Result<(), Violation> {
        leader_completeness::check_place(&self.committed, leader, term, prev)?;
        let Server { state, memory, .. } = &self.servers[leader];
        let leads = state.as_ref().is_some_and(|it| it.role == RoleName::Leader && it.term == term);
        if let Some(memory) = memory.as_ref().filter(|_| leads) {
            log_matching::check_previous(memory, &self.entries, leader, term, prev)?;
        }
        let mut before = prev.term;
        for (index, entry) in (prev.index.saturating_add(1)..).zip(entries) {
            self.entries.observe(leader, index, *entry, before)?;
            before = entry.term;
            leader_completeness::check_entry(&self.committed, leader, term, index, *entry)?;
        }
        Ok(())
    }

    fn see_commit_sent(&mut self, leader: usize, term: u64, commit: u64) -> Result<(), Violation> {
        let server = &mut self.servers[leader];
        if commit == server.commit_sent {
            return Ok(());
        }
        // Of real threads one may make its message first and send it last.
        if commit < server.commit_sent && !runtime::is_simulated() {
            return Ok(());
        }
        indices::check_sent(leader, server.commit_sent, commit)?;
        server.commit_sent = commit;
        // A log that is shown has been, or will be, looked at with its server's own commit index.
        match server.memory {
            None if commit > self.committed.last() => self.commit(leader, commit, term),
            _ => Ok(()),
        }
    }

    fn see_reply(&mut self, asked: &Asked, event: &NetworkEvent<'_>) -> Result<(), Violation> {
        let server = event.callee;
        match self.implementation.decode(event.method, true, event.bytes) {
            Some(RaftMessage::VoteReply { term, granted }) => {
                self.tell(server, term)?;
                match asked.what {
                    What::Vote { candidate, last } if granted => {
                        self.see_vote(server, asked, candidate, last)
                    }
                    _ => Ok(()),
                }
            }
            Some(RaftMessage::AppendReply { term, success }) => {
                self.tell(server, term)?;
                match asked.what {
                    What::Append { last, .. } if success => self.see_accepted(server, asked, last),
                    // In a later term than the request's it is about the term and not about the log.
                    What::Append { prev_index, refusals_heard: heard, .. }
                        if term == asked.term =>
                    {
                        if let Some(stretch) = &mut self.stretch {
                            let refusal = Refusal { call: event.call, prev_index, heard };
                            stretch.refusals.refused(server, term, refusal);
                        }
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
            Some(RaftMessage::SnapshotReply { term }) => {
                self.tell(server, term)?;
                match asked.what {
                    What::Snapshot { last } if term == asked.term => {
                        self.confirmed.add(server, term, last);
                        let disk = self.servers[server].disk.as_ref();
                        disk.map_or(Ok(()), |disk| {
                            acknowledged::check_snapshot(disk, server, term, last)
                        })
                    }
                    _ => Ok(()),
                }
            }
            Some(RaftMessage::Other { term, .. }) => self.tell(server, term),
            Some(_) => Ok(()),
            None => {
                self.miss_a_message();
                Ok(())
            }
        }
    }

    fn see_vote(
        &mut self,
        voter: usize,
        asked: &Asked,
        candidate: usize,
        last: Position,
    ) -> Result<(), Violation> {
        let term = asked.term;
        if let Some(receiver) = asked.receiver {
            stale_requests::check(voter, receiver.term, term)?;
        }
        // What its log was when it decided, its disk shows now that it holds the vote: it may have
        // been behind when the request came, and a leader of this term or a later one may have
        // changed it since. And a vote may be repeated when the log has grown.
        let is_repeated = self.votes.given(voter, term) == Some(candidate);
        let voters = self.receiver(voter).filter(|_| !is_repeated && !self.senders.has(term));
        if let Some(own) = voters.filter(|own| own.term == term) {
            votes::check_up_to_date(voter, candidate, term, own.last, last)?;
        }
        self.votes.give(voter, term, candidate)?;
        match &self.servers[voter].disk {
            Some(disk) => acknowledged::check_vote(disk, voter, term, candidate),
            None => Ok(()),
        }
    }

    fn see_accepted(
        &mut self,
        server: usize,
        asked: &Asked,
        last: Position,
    ) -> Result<(), Violation> {
        if let Some(receiver) = asked.receiver {
            stale_requests::check(server, receiver.term, asked.term)?;
        }
        let known = &mut self.servers[server];
        if let Some(disk) = &known.disk {
            acknowledged::check_append(disk, server, asked.term, last)?;
        }
        known.acknowledged.add(asked.term, last.index);
        self.confirmed.add(server, asked.term, last);
        Ok(())
    }

    /// A server tells others its term. Within a life an older answer may leave later.
    fn tell(&mut self, server: usize, term: u64) -> Result<(), Violation> {
        self.highest_term = self.highest_term.max(term);
        let known = &mut self.servers[server];
        if term < known.told_before {
            let before = known.told_before;
            let message = format!("server {server}'s term went back from {before} to {term}");
            let violation = Violation::new(property::TERM_MONOTONIC, message);
            return Err(violation.at_servers([server]).in_term(term));
        }
        known.told = known.told.max(term);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Sight, Watcher};
    use crate::{Budgets, Implementation, MakeArgs, OurRaft, Peer};
    use raft::message::RequestVoteArgs;
    use runtime::Simulation;
    use std::sync::Arc;

    fn sends_less() -> Result<(), Violation> {
        let mut oracle = Oracle::new(2, Arc::new(OurRaft), false);
        oracle.see_commit_sent(0, 1, 5)?;
        oracle.see_commit_sent(0, 1, 4)
    }

    #[test]
    fn a_commit_index_that_is_sent_goes_back_on_the_real_clock_only() {
        let finished = Simulation::new(1).run(async { sends_less() });
        let violation = finished.result.unwrap().unwrap_err();
        assert_eq!(violation.property, "safety:index");
        assert_eq!(sends_less(), Ok(()));
    }

    /// Its messages say their sender's term and nothing else.
    struct SaysItsTerm;

    impl Implementation for SaysItsTerm {
        fn name(&self) -> &str {
            "says its term"
        }

        fn make(&self, _: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
            anyhow::bail!("it is only listened to")
        }

        fn decode(&self, _: &str, _: bool, bytes: &[u8]) -> Option<RaftMessage> {
            Some(RaftMessage::Other { name: "TimeoutNow", term: bytes[0].into() })
        }
    }

    /// Server 1 answers a message of server 0, in these terms; it has said term 3 in its last life.
    fn says(asked: u8, answered: u8) -> Result<(), Violation> {
        let mut oracle = Oracle::new(2, Arc::new(SaysItsTerm), false);
        oracle.servers.iter_mut().for_each(|server| server.is_alive = true);
        oracle.servers.iter_mut().for_each(|server| server.told_before = 3);
        let at = Instant::START;
        for (kind, term) in [(EventKind::RequestSent, asked), (EventKind::ReplySent, answered)] {
            let (method, bytes) = ("Raft.TimeoutNow", [term]);
            let event =
                NetworkEvent { at, call: 0, kind, caller: 0, callee: 1, method, bytes: &bytes };
            oracle.see(at, &Sight::Message(&event))?;
        }
        Ok(())
    }

    #[test]
    fn of_a_message_without_an_opinion_the_term_counts() {
        assert_eq!(says(3, 4), Ok(()));
        for (asked, answered) in [(2, 4), (3, 2)] {
            assert_eq!(says(asked, answered).unwrap_err().property, property::TERM_MONOTONIC);
        }
    }

    /// A leader of term 4 that a request for a vote in `term` reaches in a stretch without faults, and
    /// what comes of two elections then.
    fn is_asked_for_a_vote(term: u64, sent_before: bool, pre_vote: bool) -> Result<(), Violation> {
        let mut oracle = Oracle::new(3, Arc::new(OurRaft), false);
        (oracle.servers[1].is_alive, oracle.servers[1].leads) = (true, 4);
        let args = RequestVoteArgs {
            term,
            candidate_id: 0,
            last_log_index: 0,
            last_log_term: 0,
            pre_vote,
        };
        let (at, bytes) = (Instant::START, labrpc::encode(&args).unwrap());
        let see = |oracle: &mut Oracle, kind| {
            let method = "Raft.RequestVote";
            let event =
                NetworkEvent { at, call: 0, kind, caller: 0, callee: 1, method, bytes: &bytes };
            oracle.see(at, &Sight::Message(&event))
        };
        let budgets = Budgets { elections_per_minute_max: 1, ..Budgets::unlimited() };
        if sent_before {
            see(&mut oracle, EventKind::RequestSent)?;
            oracle.see(at, &Sight::FaultFreeBegins(&budgets))?;
        } else {
            oracle.see(at, &Sight::FaultFreeBegins(&budgets))?;
            see(&mut oracle, EventKind::RequestSent)?;
        }
        see(&mut oracle, EventKind::RequestDelivered)?;
        let stretch = oracle.stretch.as_mut().unwrap();
        (6..8).for_each(|term| stretch.election(term));
        oracle.see(at, &Sight::FaultFreeEnds)
    }

    /// Seed 52459 of a Raft without pipelining: the request of a candidate that had crashed came late.
    #[test]
    fn elections_are_not_held_against_a_leader_that_a_late_request_deposes() {
        assert_eq!(is_asked_for_a_vote(5, true, false), Ok(()));
        for (term, sent_before, pre_vote) in [(5, false, false), (4, true, false), (5, true, true)]
        {
            let violation = is_asked_for_a_vote(term, sent_before, pre_vote).unwrap_err();
            assert_eq!(violation.property, "efficiency:elections");
        }
    }
}
