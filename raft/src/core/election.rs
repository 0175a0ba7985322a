//! How a leader is elected (extended Raft paper, sections 5.2 and 5.4.1; Figure 2, RequestVote).
//!
//! A server that hears nothing from a leader for its election timeout stands for election: it
//! begins a new term, votes for itself and asks all others. Those that have not answered it asks
//! again after half an election timeout, so that an election survives a lossy network. Votes are
//! kept as a set of voters: a grant that arrives twice counts once.

use crate::core::progress::Progress;
use crate::core::{Core, Role};
use crate::message::{Outgoing, Position, RequestVoteArgs, RequestVoteReply};
use runtime::Instant;
use std::time::Duration;

/// The answers to one candidacy.
#[derive(Debug)]
pub(crate) struct Ballot {
    votes: Vec<Vote>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vote {
    Missing,
    Granted,
    Refused,
}

impl Ballot {
    fn new(servers: usize, candidate: usize) -> Ballot {
        let mut votes = vec![Vote::Missing; servers];
        votes[candidate] = Vote::Granted;
        Ballot { votes }
    }

    fn record(&mut self, voter: usize, granted: bool) {
        // A late refusal does not take back a vote: a vote holds for its whole term.
        if self.votes[voter] != Vote::Granted {
            self.votes[voter] = if granted { Vote::Granted } else { Vote::Refused };
        }
    }

    fn granted(&self) -> usize {
        self.votes.iter().filter(|&&vote| vote == Vote::Granted).count()
    }

    fn missing(&self) -> impl Iterator<Item = usize> {
        self.votes
            .iter()
            .enumerate()
            .filter(|&(_, &vote)| vote == Vote::Missing)
            .map(|(voter, _)| voter)
    }
}

impl Core {
    /// Each server draws its own timeout, and a new one each term, so that votes are rarely split
    /// and never for long.
    pub(crate) fn draw_election_timeout(&mut self) {
        let (min, max) = (self.config.election_timeout_min(), self.config.election_timeout_max());
        self.election_timeout = self.rng.duration(min..=max);
    }

    /// Called when the leader of this term is heard from, when a vote is given and when a candidacy
    /// begins, and never for a mere request for a vote (Figure 2, Rules for Followers).
    pub(crate) fn reset_election_timer(&mut self, now: Instant) {
        self.election_deadline = now + self.election_timeout;
    }

    /// The election timeout has elapsed.
    pub(crate) fn stand_for_election(&mut self, now: Instant) {
        if self.stays_in_quarantine(now) {
            return;
        }
        self.leader = None;
        self.draw_election_timeout();
        self.reset_election_timer(now);
        let ballot = Ballot::new(self.servers, self.me);
        if self.config.pre_vote && self.servers > 1 {
            self.role = Role::PreCandidate(ballot);
            self.ask_for_missing_votes(now);
        } else {
            self.become_candidate(now, ballot);
        }
    }

    /// The connection to another server has broken. If that is the leader, its process may have ended, and
    /// asking early finds a new leader early. If it has not ended, the others refuse.
    pub(crate) fn handle_disconnected(&mut self, now: Instant, from: usize) {
        let max = self.config.disconnected_timeout_max();
        let follows = matches!(self.role, Role::Follower) && self.leader == Some(from);
        if max.is_zero() || !self.config.pre_vote || !follows {
            return;
        }
        // So that it does not refuse another that asks first. What a lease relies on stays.
        self.leader = None;
        self.election_deadline =
            self.election_deadline.min(now + self.rng.duration(Duration::ZERO..=max));
    }

    fn become_candidate(&mut self, now: Instant, ballot: Ballot) {
        self.set_hard_state(self.term + 1, Some(self.me));
        self.role = Role::Candidate(ballot);
        self.ask_for_missing_votes(now);
        self.finish_election_if_won(now);
    }

    /// Sends RequestVote to everyone who has not answered yet.
    pub(crate) fn ask_for_missing_votes(&mut self, now: Instant) {
        let (ballot, pre_vote) = match &self.role {
            Role::PreCandidate(ballot) => (ballot, true),
            Role::Candidate(ballot) => (ballot, false),
            Role::Follower | Role::Leader(_) => return,
        };
        let last = self.log.last();
        let args = RequestVoteArgs {
            term: if pre_vote { self.term + 1 } else { self.term },
            candidate_id: self.me,
            last_log_index: last.index,
            last_log_term: last.term,
            pre_vote,
        };
        let requests = ballot.missing().map(|to| Outgoing::RequestVote { to, args: args.clone() });
        self.outbox.extend(requests);
        self.round_deadline = now + self.config.vote_retry();
    }

    /// The receiver's side of RequestVote.
    pub(crate) fn handle_request_vote(
        &mut self,
        now: Instant,
        args: &RequestVoteArgs,
    ) -> RequestVoteReply {
        let vote_granted = self.is_possible(args.candidate_id, args.term, args.last_log_index)
            && !self.is_contradicted_by(args.candidate_id, args.last_log_index)
            && self.may_vote()
            && match args.pre_vote {
                true => self.would_vote(now, args),
                false => self.vote(now, args),
            };
        RequestVoteReply { term: self.term, vote_granted }
    }

    fn vote(&mut self, now: Instant, args: &RequestVoteArgs) -> bool {
        if args.term < self.term || (self.config.check_quorum && self.has_a_live_leader(now)) {
            return false;
        }
        if args.term > self.term {
            self.become_follower(now, args.term);
        }
        let is_free = self.voted_for.is_none_or(|candidate| candidate == args.candidate_id);
        if !is_free || !self.is_up_to_date(args) {
            return false;
        }
        if self.voted_for.is_none() {
            self.set_hard_state(self.term, Some(args.candidate_id));
        }
        self.reset_election_timer(now);
        true
    }

    /// A pre-vote changes nothing here, and a server that has a leader gives none.
    fn would_vote(&self, now: Instant, args: &RequestVoteArgs) -> bool {
        args.term > self.term && !self.has_a_live_leader(now) && self.is_up_to_date(args)
    }

    fn is_up_to_date(&self, args: &RequestVoteArgs) -> bool {
        self.log.is_matched_by(Position { index: args.last_log_index, term: args.last_log_term })
    }

    /// True within the shortest election timeout after hearing from a leader, and on a leader.
    fn has_a_live_leader(&self, now: Instant) -> bool {
        let heard_recently = now.since(self.leader_heard_at) < self.config.election_timeout_min();
        // A leader with a lease relies on what this server may have told it before a restart.
        let may_have_one = self.leader.is_some() || self.config.lease_ms > 0;
        matches!(self.role, Role::Leader(_)) || (may_have_one && heard_recently)
    }

    /// The candidate's side: `asked` is what this reply answers.
    pub(crate) fn handle_vote_reply(
        &mut self,
        now: Instant,
        from: usize,
        asked: &RequestVoteArgs,
        reply: &RequestVoteReply,
    ) {
        if self.hears_term(now, from, reply.term) || self.steps_down_for(now, from, reply.term) {
            return;
        }
        let ballot = match (&mut self.role, asked.pre_vote) {
            (Role::PreCandidate(ballot), true) if asked.term == self.term + 1 => ballot,
            (Role::Candidate(ballot), false) if asked.term == self.term => ballot,
            // An election that is over, or has not been this server's.
            _ => return,
        };
        ballot.record(from, reply.vote_granted);
        self.finish_election_if_won(now);
    }

    /// A candidate's own vote counts like any other once it can't be taken back by a crash; where
    /// there are no other votes to wait for, that is all that has to be waited for.
    pub(crate) fn finish_election_if_won(&mut self, now: Instant) {
        if !self.durability.is_hard_state_durable() {
            return;
        }
        let majority = self.majority();
        match &self.role {
            Role::PreCandidate(ballot) if ballot.granted() >= majority => {
                let ballot = Ballot::new(self.servers, self.me);
                self.reset_election_timer(now);
                self.become_candidate(now, ballot);
            }
            Role::Candidate(ballot) if ballot.granted() >= majority => self.become_leader(now),
            _ => {}
        }
    }

    fn become_leader(&mut self, now: Instant) {
        let last_index = self.log.last_index();
        let mut progress: Vec<_> =
            (0..self.servers).map(|_| Progress::new(last_index, now)).collect();
        progress[self.me].match_index = self.durability.durable_index();
        self.role = Role::Leader(progress);
        self.leader = Some(self.me);
        self.quorum_deadline = now + self.config.election_timeout_max();
        self.commit_notice_deadline = None;
        if self.quarantine.is_some() {
            // A disk that was suspected: a majority would not have voted for an empty log.
            self.set_quarantine(None);
        }
        self.lead_a_round(now);
    }

    /// Follows the leader of `term`. The vote is free again when the term is a new one.
    pub(crate) fn become_follower(&mut self, now: Instant, term: u64) {
        if term > self.term {
            self.set_hard_state(term, None);
            self.leader = None;
            self.draw_election_timeout();
        }
        if matches!(self.role, Role::Leader(_)) {
            // A leader has let its own timer run out long ago.
            self.leader = None;
            self.reset_election_timer(now);
            self.reads.fail();
        }
        self.role = Role::Follower;
        self.flush_wanted = false;
    }

    /// All servers: a higher term in a reply makes a follower (Figure 2, Rules for Servers).
    pub(crate) fn steps_down_for(&mut self, now: Instant, from: usize, term: u64) -> bool {
        let is_higher = term > self.term && self.is_possible(from, term, 0);
        if is_higher {
            self.become_follower(now, term);
        }
        is_higher
    }
}

#[cfg(test)]
mod tests;
