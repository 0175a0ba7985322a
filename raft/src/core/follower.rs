//! What a follower does with AppendEntries (extended Raft paper, section 5.3; Figure 2,
//! AppendEntries).
//!
//! Requests may arrive late, twice and in any order. A follower that has what a request brings
//! keeps what it has after that: only an entry that really differs is removed.

use crate::core::{Core, Role};
use crate::message::{AppendEntriesArgs, AppendEntriesReply, Entry, Position};
use runtime::Instant;

impl Core {
    /// The receiver's side of AppendEntries.
    pub(crate) fn handle_append_entries(
        &mut self,
        now: Instant,
        args: AppendEntriesArgs,
    ) -> AppendEntriesReply {
        let follows = self.is_possible(args.leader_id, args.term, args.last_index())
            && terms_are_possible(&args)
            && !self.is_contradicted_by(args.leader_id, index_of_history(&args))
            && self.follow(now, args.leader_id, args.term);
        if !follows {
            return self.refuse_append(Vec::new());
        }
        let prev = Position { index: args.prev_log_index, term: args.prev_log_term };
        let last_new_index = args.last_index();
        if !self.agrees_at(prev) {
            return self.refuse_append(self.places_that_may_agree(prev));
        }
        if !self.store_entries(prev.index, args.entries) {
            return self.refuse_append(Vec::new());
        }
        // Only up to what this request has shown to be the same as the leader's: after that there
        // may be entries of another history.
        self.commit_index = self.commit_index.max(args.leader_commit.min(last_new_index));
        AppendEntriesReply { term: self.term, success: true, last_of_terms: Vec::new() }
    }

    /// Accepts a leader's word, if it is the leader of this term or a later one.
    pub(crate) fn follow(&mut self, now: Instant, leader: usize, term: u64) -> bool {
        let leads_too = term == self.term && matches!(self.role, Role::Leader(_));
        // There can be no second leader of the same term: a server that says so is broken.
        if term < self.term || leads_too {
            return false;
        }
        if !self.may_follow() {
            return false;
        }
        self.become_follower(now, term);
        self.leader = Some(leader);
        self.leader_heard_at = now;
        self.reset_election_timer(now);
        true
    }

    /// Entries that the snapshot stands for are committed, and so the same on every leader.
    fn agrees_at(&self, prev: Position) -> bool {
        prev.index < self.log.snapshot().index || self.log.term_at(prev.index) == Some(prev.term)
    }

    /// Stores what is new of the entries after `prev_index`. False when they contradict what has
    /// been committed; this server then stops rather than applying two histories.
    fn store_entries(&mut self, prev_index: u64, entries: Vec<Entry>) -> bool {
        for (index, entry) in (prev_index + 1..).zip(entries) {
            if index <= self.log.snapshot().index {
                continue;
            }
            match self.log.term_at(index) {
                Some(term) if term == entry.term => continue,
                Some(term) if index <= self.commit_index => {
                    self.failure = Some(format!(
                        "the leader of term {} replaces entry {index} of term {term}, which is \
                         committed, by one of term {}",
                        self.term, entry.term
                    ));
                    return false;
                }
                Some(_) => {
                    let freed_bytes = self.log.truncate_from(index);
                    self.durability.log_was_cut(index - 1, freed_bytes);
                }
                None => {}
            }
            self.log.push(entry);
        }
        true
    }

    /// Where this log could agree with one that has `prev`. What is committed agrees in any case.
    fn places_that_may_agree(&self, prev: Position) -> Vec<Position> {
        let place = self.log.last_possible_match(prev);
        if place.index >= self.commit_index {
            return self.log.last_of_terms(place, self.commit_index, TERMS_IN_REFUSAL_MAX);
        }
        let term = self.log.term_at(self.commit_index).unwrap_or(place.term);
        vec![Position { index: self.commit_index, term }]
    }

    fn refuse_append(&self, last_of_terms: Vec<Position>) -> AppendEntriesReply {
        AppendEntriesReply { term: self.term, success: false, last_of_terms }
    }
}

/// How many terms a refusal names: a few hundred bytes at most.
const TERMS_IN_REFUSAL_MAX: usize = 32;

/// Up to where this shows entries that were there before; 0 when the leader may have begun the log.
fn index_of_history(args: &AppendEntriesArgs) -> u64 {
    let is_older = |entry: &Entry| entry.term < args.term;
    let entries = args.entries.iter().take_while(|entry| is_older(entry)).count();
    let older = if entries > 0 { args.prev_log_index + entries as u64 } else { 0 };
    older.max(args.prev_log_index).max(args.leader_commit)
}

/// Along a log terms never decrease, and none exceeds the current term.
fn terms_are_possible(args: &AppendEntriesArgs) -> bool {
    let terms = args.entries.iter().map(|entry| entry.term);
    let mut before = args.prev_log_term;
    let ordered = terms.into_iter().all(|term| std::mem::replace(&mut before, term) <= term);
    ordered && before <= args.term
}

#[cfg(test)]
mod tests;
