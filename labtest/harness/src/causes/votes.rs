//! Who stood, who voted for whom, who led.

use super::fact::{Fact, What, Wrong, ends_at, named};
use super::refusal::Refusal;
use super::stalls::SLOW_NS;
use super::{CauseKind, Causes};
use crate::api::vocabulary::{Position, RaftMessage};
use crate::checks::rules::election_restriction::is_behind;
use crate::majority::majority;
use labtrace::seconds;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The votes of the run, and the candidates' logs.
#[derive(Debug, Default)]
pub(super) struct Votes {
    /// By term and voter, the first one first.
    votes: BTreeMap<(u64, usize), Vec<Vote>>,
    /// By term and candidate: where its log ended, where that is known.
    candidates: BTreeMap<(u64, usize), Option<Position>>,
}

#[derive(Clone, Copy, Debug)]
struct Vote {
    candidate: usize,
    /// It has left its server, or nobody can see whether it has.
    is_sent: bool,
    /// When it was given; none where that was in an earlier life.
    at: Option<u64>,
}

impl Votes {
    /// Whom a server has given its vote in a term, as others know it.
    pub(super) fn sent(&self, voter: usize, term: u64) -> Option<usize> {
        let votes = self.votes.get(&(term, voter))?;
        votes.iter().find(|vote| vote.is_sent).map(|vote| vote.candidate)
    }

    /// Who has voted for a candidate; `sent`: only votes that have left their servers.
    fn voters(&self, candidate: usize, term: u64, sent: bool) -> Vec<usize> {
        let of_term = self.votes.range((term, 0)..=(term, usize::MAX));
        let has = |votes: &[Vote]| {
            votes.iter().any(|vote| vote.candidate == candidate && (vote.is_sent || !sent))
        };
        of_term.filter(|(_, votes)| has(votes)).map(|((_, voter), _)| *voter).collect()
    }

    /// What was not sent before a crash may not have been on the disk.
    pub(super) fn forget_unsent(&mut self, voter: usize) {
        let of_voter = self.votes.iter_mut().filter(|((_, of), _)| *of == voter);
        of_voter.for_each(|(_, votes)| votes.retain(|vote| vote.is_sent));
    }
}

impl Causes {
    /// A server stands for election, with a log that ends at `last` if that is known.
    pub(super) fn stands(&mut self, at: u64, server: usize, term: u64, last: Option<Position>) {
        let known = self.votes.candidates.entry((term, server));
        let mut is_new = false;
        let known = known.or_insert_with(|| {
            is_new = true;
            last
        });
        *known = known.or(last);
        if is_new {
            self.tell(at, server, What::Stands { term, last });
            self.stands_in_vain(at, server, term);
        }
    }

    /// A server gives its vote; `is_sent`: the vote has left it.
    pub(super) fn votes(&mut self, at: u64, voter: usize, term: u64, to: usize, is_sent: bool) {
        let are_unreadable = self.seen.misses_messages && !self.seen.messages;
        let is_sent = is_sent || are_unreadable;
        let votes = self.votes.votes.entry((term, voter)).or_default();
        if let Some(known) = votes.iter_mut().find(|vote| vote.candidate == to) {
            known.is_sent |= is_sent;
            return;
        }
        let other = votes.first().copied();
        votes.push(Vote { candidate: to, is_sent, at: Some(at) });
        if voter != to {
            self.tell(at, voter, What::Votes { term, candidate: to });
        }
        if let Some(Vote { candidate: other, at: given_at, .. }) = other {
            let whom = if other == voter { "itself".to_owned() } else { format!("server {other}") };
            let when = given_at.map_or_else(String::new, |at| format!(" at {}", seconds(at)));
            let text =
                format!("votes for server {to} in term {term}, having voted for {whom}{when}");
            let wrong = Wrong::new(CauseKind::VOTE_TWICE, text).in_term(term).with([other, to]);
            self.wrong(at, voter, wrong);
        }
    }

    /// A server refuses a candidate its vote. It has a reason when it has voted for another that stands, or
    /// when its own log is ahead.
    pub(super) fn refuses_vote(&mut self, at: u64, voter: usize, request: &RaftMessage) {
        let RaftMessage::RequestVote { term, candidate, last, pre_vote } = *request else { return };
        let Some(own) = self.servers[voter].last() else { return };
        // A server with a leader gives no promise, as it should be.
        if pre_vote && self.servers[voter].has_leader(at.saturating_sub(SLOW_NS)) {
            return;
        }
        let is_behind = (last.term, last.index) < (own.term, own.index);
        let votes = self.votes.votes.get(&(term, voter)).filter(|_| !pre_vote);
        let has_voted = votes.into_iter().flatten().any(|vote| {
            // A vote that is kept from another term is none of this one.
            let stands = self.votes.candidates.contains_key(&(term, vote.candidate));
            vote.candidate != candidate && stands
        });
        if !is_behind && !has_voted {
            let refusal = Refusal { term, candidate, pre_vote, shows_vote: None };
            self.tell(at, voter, What::Refuses(refusal));
            let shown = self.servers[voter].inside.as_ref().filter(|inside| inside.term == term);
            if let Some(vote) = shown.and_then(|inside| inside.voted_for) {
                self.shows_vote(at, voter, term, vote);
            }
        }
    }

    /// A server shows that it has a vote in `term`, in which it may just have refused another one.
    pub(super) fn shows_vote(&mut self, at: u64, voter: usize, term: u64, candidate: usize) {
        let given = |of: &u64| {
            let votes = self.votes.votes.get(&(*of, voter)).into_iter().flatten();
            let stood = self.votes.candidates.contains_key(&(*of, candidate));
            stood && votes.into_iter().any(|vote| vote.candidate == candidate)
        };
        let now = self.facts.iter_mut().rev().take_while(|fact| fact.at == at);
        for fact in now.filter(|fact| fact.server == voter) {
            if let What::Refuses(refusal) = &mut fact.what
                && refusal.term == term
                && !refusal.pre_vote
            {
                refusal.shows_vote = Some((candidate, (0..term).rev().find(given)));
            }
        }
    }

    /// A server promises a candidate its vote; `then`: where its own log ended when it was asked. What is less up
    /// to date counts.
    pub(super) fn promises_vote(
        &mut self,
        at: u64,
        voter: usize,
        request: &RaftMessage,
        then: Option<Position>,
    ) {
        let RaftMessage::RequestVote { term, candidate, last, .. } = *request else { return };
        let (Some(then), Some(now)) = (then, self.servers[voter].last()) else { return };
        let own = std::cmp::min_by_key(then, now, |own| (own.term, own.index));
        if is_behind(last, own, term) {
            self.tell(at, voter, What::Promises { term, candidate, last, own });
        }
    }

    /// A life begins with a vote that an earlier one has given.
    pub(super) fn votes_as_before(&mut self, voter: usize, term: u64, candidate: usize) {
        let votes = self.votes.votes.entry((term, voter)).or_default();
        if votes.iter().all(|vote| vote.candidate != candidate) {
            votes.push(Vote { candidate, is_sent: false, at: None });
        }
    }

    /// `voter`, whose log ends at `own`, has just voted for `candidate`.
    pub(super) fn compare_logs(
        &mut self,
        at: u64,
        voter: usize,
        term: u64,
        candidate: usize,
        own: Position,
    ) {
        let theirs = self.votes.candidates.get(&(term, candidate)).copied().flatten();
        let Some(theirs) = theirs.filter(|_| voter != candidate) else { return };
        let is_told = |fact: &Fact| {
            let wrong = fact.wrong().filter(|wrong| wrong.kind == CauseKind::VOTE_FOR_OLDER_LOG);
            fact.server == voter && wrong.is_some_and(|wrong| wrong.term == Some(term))
        };
        let mut now = self.facts.iter().rev().take_while(|fact| fact.at == at);
        if !is_behind(theirs, own, term) || now.any(is_told) {
            return;
        }
        let text = format!(
            "votes in term {term} for server {candidate}, whose log {}, although its own {}: {}",
            ends_at(theirs),
            ends_at(own),
            compared(theirs, own)
        );
        let wrong = Wrong::new(CauseKind::VOTE_FOR_OLDER_LOG, text);
        self.wrong(at, voter, wrong.in_term(term).with([candidate]));
    }

    /// Whether a server that is in a later term speaks as the leader of an earlier one. If it has led that, it may
    /// be late.
    fn speaks_late(&mut self, at: u64, server: usize, term: u64) -> bool {
        let own = self.servers[server].inside.as_ref().map_or(0, |inside| inside.term);
        if own <= term {
            return false;
        }
        let led = |fact: &Fact| {
            let is_told = matches!(fact.what, What::Leads { term: of, .. } if of == term);
            let kind = fact.wrong().filter(|wrong| wrong.term == Some(term)).map(|it| it.kind);
            fact.server == server && (is_told || kind == Some(CauseKind::SPOKE_IN_OTHER_TERM))
        };
        if !self.facts.iter().any(led) {
            let text =
                format!("sends requests as the leader of term {term}, when it is in term {own}");
            let wrong = Wrong::new(CauseKind::SPOKE_IN_OTHER_TERM, text).in_term(term);
            self.wrong(at, server, wrong);
        }
        true
    }

    /// A server acts as the leader of `term`.
    pub(super) fn leads(&mut self, at: u64, server: usize, term: u64) {
        if self.servers[server].leads == term || self.speaks_late(at, server, term) {
            return;
        }
        self.servers[server].leads = term;
        let mut voters = self.votes.voters(server, term, self.seen.all_messages());
        if !voters.contains(&server) {
            voters.push(server);
            voters.sort_unstable();
        }
        let servers = self.servers.len();
        let is_known =
            self.seen.all_messages() || self.servers.iter().all(|it| it.inside.is_some());
        let is_elected = voters.len() >= majority(servers);
        let log = self.servers[server].terms();
        let of = named(&voters);
        self.tell(at, server, What::Leads { term, voters, log });
        if is_known && !is_elected {
            let text =
                format!("leads term {term} with no votes but those of {of}, of {servers} servers");
            let wrong = Wrong::new(CauseKind::LED_WITHOUT_VOTES, text);
            self.wrong(at, server, wrong.in_term(term));
        }
    }
}

/// How the log of a candidate is behind the voter's.
fn compared(theirs: Position, own: Position) -> String {
    let length = match theirs.index.cmp(&own.index) {
        Ordering::Less => "shorter",
        Ordering::Equal => "as long",
        Ordering::Greater => "longer",
    };
    match theirs.term == own.term {
        true => format!("the candidate's is {length}, of the same last term"),
        false if theirs.index < own.index => {
            format!("the candidate's is {length}, and of an older last term")
        }
        false => format!("the candidate's is {length}, but of an older last term"),
    }
}
