//! What Raft forbids, from the trace alone.

use super::{Naive, expect, is_state};
use labtest::formats::Cause;
use serde_json::Value;

impl Naive {
    pub(super) fn check_wrong(
        &self,
        fact: &Cause,
        server: usize,
        other: Option<u64>,
    ) -> Result<(), String> {
        let at = fact.when;
        match fact.fact.as_str() {
            "vote-twice" if self.forgets_vote(server, at, fact.place.term) => Ok(()),
            "vote-twice" => {
                let votes = self.votes_of(server, fact.place.term);
                // Who got the earlier one, unless it was the server itself, and who this one.
                let last = fact.place.servers.last().map(|it| *it as u64);
                let is_it = |(when, to): &(u64, u64)| *when == at && Some(*to) == last;
                expect(votes.iter().any(is_it), "no vote then")?;
                let mut before = votes.iter().filter(|(when, _)| *when <= at);
                expect(before.any(|(_, to)| Some(*to) != last), "no vote for another before")
            }
            "vote-for-older-log" => {
                let candidate = other.ok_or("for whom?")? as usize;
                let term = fact.place.term.ok_or("in which term?")?;
                let own = self.before(server, at).ok_or("the voter's log is not seen")?.last;
                let stood = self.states(candidate).filter(|(when, it)| {
                    *when <= at && it.term == term && it.vote == Some(candidate as u64)
                });
                let theirs = stood.map(|(_, it)| it.last).next().ok_or("that one did not stand")?;
                expect(theirs < own, "the log of the candidate is not behind")?;
                let votes = self.votes_of(server, Some(term));
                expect(
                    votes.iter().any(|(when, to)| *when == at && Some(*to) == other),
                    "no such vote",
                )
            }
            "led-without-votes" => {
                let term = fact.place.term;
                self.leads(fact, server)?;
                let voters = (0..self.servers).filter(|voter| {
                    let votes = self.grants_of(*voter, term);
                    *voter == server
                        || votes.iter().any(|(when, to)| *when <= at && *to == server as u64)
                });
                expect(voters.count() <= self.servers / 2, "a majority has voted for it")
            }
            "term-went-back" => {
                let before = self.before(server, at).map(|it| it.term);
                expect(before == fact.place.term, "it was in another term")?;
                self.went_back(server, at, |it| it.term)
            }
            "commit-went-back" | "snapshot-went-back"
                if fact.place.term.is_some()
                    && self.now(server, at).map(|it| it.term) != fact.place.term =>
            {
                Err("it is in another term".to_owned())
            }
            "commit-went-back" => self.went_back(server, at, |it| it.commit),
            "snapshot-went-back" => self
                .went_back(server, at, |it| it.commit)
                .or_else(|_| self.went_back(server, at, |it| it.applied))
                .or_else(|_| self.went_back(server, at, |it| it.snapshot))
                .or_else(|_| self.some(fact, |line| line["kind"] == "snapshot")),
            "applied-other" => {
                self.some(fact, |line| line["kind"] == "apply" && super::has_index(line, fact))
            }
            "applied-uncommitted" => {
                let now = self.now(server, at).ok_or("it shows nothing then")?;
                expect(now.applied > now.commit, "all that it has applied is committed")
            }
            "committed-without-majority" | "committed-earlier-term" | "committed-unmatched" => {
                let now = self.now(server, at).ok_or("it shows nothing then")?;
                // A life in which it has shown nothing yet begins with nothing committed.
                let before = self.before(server, at).map_or(0, |it| it.commit);
                let index = fact.place.index.ok_or("which entry?")?;
                expect(Some(now.term) == fact.place.term, "another term")?;
                expect(before < index && index <= now.commit, "another commit index")
            }
            "counted-unconfirmed" => {
                let now = self.now(server, at).ok_or("it shows nothing then")?;
                expect(Some(now.term) == fact.place.term, "another term")
            }
            // The step in which it does so has not ended: it says something in it.
            "dropped-without-conflict" if self.now(server, at).is_none() => {
                let before = self.before(server, at).ok_or("its log is not seen")?;
                expect(Some(before.last.1) >= fact.place.index, "it did not have them")?;
                self.some(fact, |line| {
                    line["kind"] == "send" && super::names_term(line, fact.place.term)
                })
            }
            "dropped-without-conflict" | "overwrote-own-log" | "snapshot-wrong-term" => {
                let (before, now) = self.both(server, at)?;
                expect(Some(now.term) == fact.place.term, "another term")?;
                expect(
                    before.last != now.last || before.snapshot != now.snapshot,
                    "its log is as it was",
                )
            }
            "told-before-stored" => {
                let now = self.now(server, at).or_else(|| self.before(server, at));
                let is_its = fact.place.term.is_none_or(|it| now.is_some_and(|now| now.term == it));
                expect(is_its, "it is in another term")?;
                self.some(fact, |line| line["kind"] == "send")
            }
            "stale-request-accepted" => {
                let shown = self.now(server, at).or_else(|| self.before(server, at));
                let term = fact.place.term.ok_or("of which term?")?;
                expect(shown.is_some_and(|it| it.term > term), "not over")?;
                let asks = |line: &Value| {
                    let is_other = other.is_none_or(|other| line["server"].as_u64() == Some(other));
                    let is_role = |role| is_state(line, role, Some(term));
                    is_other && (is_role("leader") || is_role("candidate"))
                };
                let mut before = self.lines.iter().filter(|line| line["at"].as_u64() <= Some(at));
                expect(before.any(asks), "nobody asked in that term")?;
                self.some(fact, |line| line["kind"] == "send")
            }
            "no-candidate" => self.check_no_candidate(fact, server),
            "votes-split" => self.check_split(fact),
            "led-without-quorum" => self.check_lone_leader(fact, server, other),
            "votes-refused" => self.check_first_refusal(fact, server, other),
            "term-ignored" => self.check_ignored(fact, server),
            "never-catches-up" => self.check_stuck(fact, server),
            "sent-again" => self.check_sent_again(fact, other),
            "refused-step-by-step" => self.check_step_by_step(fact, other),
            "promised-to-older-log" => self.check_promise(fact, server, other),
            "spoke-in-other-term" => self.check_other_term(fact, server),
            "started-with-other" => self.check_start(fact, server),
            read if read.starts_with("read-") => self.check_read(fact, server),
            // What is on a disk, and which entries follow on which, a trace does not have.
            _ => expect(self.is_up(server, at), "it was down"),
        }
    }

    /// Whether a server shows no vote then in the term in which it has just shown one.
    fn forgets_vote(&self, server: usize, at: u64, term: Option<u64>) -> bool {
        let Ok((before, now)) = self.both(server, at) else { return false };
        let is_of = |term_then: u64| Some(term_then) == term;
        is_of(before.term) && is_of(now.term) && before.vote.is_some() && now.vote.is_none()
    }
}
