//! What kept servers from getting on, and what was sent in vain, from the trace alone.

use super::sentences::{number_after, word_before};
use super::{Naive, expect, is_state, names_term, number, sends, speaks_as_leader};
use labtest::formats::Cause;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// This many requests in a row bring a follower up to date.
const REQUESTS_MAX: usize = 10;
const SECOND_NS: u64 = 1_000_000_000;
/// How far back it looks.
const WINDOW_NS: u64 = 10_000_000_000;

impl Naive {
    /// It is up, and neither stands nor leads from then on, up to the end. That begins with the last commit, with
    /// the time that is looked back, or with the last request of a leader that was answered.
    pub(super) fn check_no_candidate(&self, fact: &Cause, server: usize) -> Result<(), String> {
        expect(self.is_up(server, fact.when), "it was down")?;
        let commits = |server| {
            let now = self.now(server, fact.when).map_or(0, |it| it.commit);
            self.before(server, fact.when).is_some_and(|it| it.commit < now)
        };
        let leader = fact.place.servers.get(1).filter(|_| fact.place.term.is_some());
        let is_moment = match leader {
            None => {
                self.end().saturating_sub(WINDOW_NS) == fact.when || (0..self.servers).any(commits)
            }
            Some(leader) => self.lines.iter().any(|line| {
                let is_then = number(line, "at") == Some(fact.when);
                let is_by = number(line, "from") == Some(*leader as u64);
                is_then && is_by && speaks_as_leader(line)
            }),
        };
        expect(is_moment, "nothing ends then")?;
        if let (Some(leader), Some(term)) = (leader, fact.place.term) {
            let leads = self.states(*leader).next_back().map(|(_, it)| it.term);
            expect(leads == Some(term), "it leads another term")?;
        }
        self.does_not_stand(server as u64, fact.when)
    }

    fn does_not_stand(&self, server: u64, since: u64) -> Result<(), String> {
        let is_active = |line: &Value| {
            number(line, "server") == Some(server)
                && matches!(line["role"].as_str(), Some("candidate" | "leader"))
                && number(line, "at") > Some(since)
        };
        expect(!self.lines.iter().any(is_active), "it stands")
    }

    /// Quorums are to be checked. It leads that term up to the end, for seconds, and a majority never answers what it
    /// sends later; the other one is sent that and does not stand.
    pub(super) fn check_lone_leader(
        &self,
        fact: &Cause,
        leader: usize,
        other: Option<u64>,
    ) -> Result<(), String> {
        expect(self.checks_quorum, "no leader is to check its quorum")?;
        let asks_or_leads =
            |line: &Value| speaks_as_leader(line) || is_state(line, "leader", fact.place.term);
        self.some(fact, asks_or_leads)?;
        let mut later = self.lines.iter().filter(|line| {
            line["kind"] == "state"
                && number(line, "server") == Some(leader as u64)
                && number(line, "at") > Some(fact.when)
        });
        expect(later.all(|line| is_state(line, "leader", fact.place.term)), "it stops leading")?;
        expect(self.end() > fact.when + SECOND_NS, "that is not long")?;
        let requests = self.lines.iter().filter(|line| {
            speaks_as_leader(line)
                && number(line, "from") == Some(leader as u64)
                && number(line, "at") > Some(fact.when)
        });
        let calls: BTreeMap<Option<u64>, Option<u64>> =
            requests.map(|line| (number(line, "call"), number(line, "to"))).collect();
        let arrived = |reply: bool| -> BTreeSet<Option<u64>> {
            let lines = self.lines.iter().filter(|line| line["kind"] == "deliver");
            let lines = lines.filter(|line| line["reply"] == reply);
            lines.filter_map(|line| calls.get(&number(line, "call"))).copied().collect()
        };
        expect(arrived(true).len() < self.servers / 2, "a majority answers")?;
        expect(arrived(false).contains(&other), "the other one does not hear it")?;
        self.does_not_stand(other.ok_or("who hears it?")?, fact.when)
    }

    /// The first refusal in the run that the voter had no reason for, what it shows as its vote, and how many followed.
    pub(super) fn check_first_refusal(
        &self,
        fact: &Cause,
        voter: usize,
        other: Option<u64>,
    ) -> Result<(), String> {
        self.check_refusal(fact, other)?;
        if let Some((_, vote)) = fact.text.split_once("; it still shows a vote for ") {
            let now = self.now(voter, fact.when).ok_or("it shows nothing then")?;
            let whom = match vote.starts_with("itself") {
                true => Some(voter as u64),
                false => number_after(vote, "server "),
            };
            expect(Some(now.term) == fact.place.term && now.vote == whom, "it shows another vote")?;
            if let Some(term) = number_after(vote, ", given in term ") {
                let votes = self.votes_of(voter, Some(term));
                let gave = votes.iter().any(|(when, to)| *when < fact.when && Some(*to) == whom);
                expect(gave && self.stood(whom, term), "it gave no such vote")?;
            }
        }
        if fact.text.contains(" its pre-vote ") {
            return Ok(());
        }
        let without_reason = self.refusals.get_or_init(|| {
            self.lines.iter().filter_map(|line| self.refuses_without_reason(line)).collect()
        });
        expect(without_reason.first() == Some(&fact.when), "it is not the first")?;
        let were =
            if without_reason.len() == 1 { " vote was refused" } else { " votes were refused" };
        let told = word_before(&fact.text, were);
        expect(told == Some(&without_reason.len().to_string()), "another number of them")
    }

    /// When an answer leaves that refuses a vote in the term of the voter, which has voted for nobody else that stands
    /// in it, and whose log is not ahead.
    fn refuses_without_reason(&self, line: &Value) -> Option<u64> {
        let text = line["text"].as_str()?;
        let is_refusal = sends(line, "RequestVote", true) && text.starts_with("refuses server ");
        if !is_refusal || !text.contains(" its vote in term ") {
            return None;
        }
        let (at, voter) = (number(line, "at")?, number(line, "from")? as usize);
        let (candidate, term) = (number(line, "to")?, number_after(text, " its vote in term ")?);
        // One that crashes with that shows its new term no more.
        let crashes = self.lives(voter).contains(&at);
        let own = match crashes {
            true => self.states(voter).rfind(|(when, _)| *when < at).map(|(_, shown)| shown),
            false => self.before(voter, at),
        }?;
        let is_in_term = crashes || self.now(voter, at).unwrap_or(own).term == term;
        let stood = self.states(candidate as usize);
        let theirs = stood
            .filter(|(when, it)| *when <= at && it.term == term)
            .map(|(_, it)| it.last)
            .next()?;
        let has_voted = self
            .votes_of(voter, Some(term))
            .iter()
            .any(|(when, to)| *when < at && *to != candidate && self.stood(Some(*to), term));
        (own.term <= term && is_in_term && theirs >= own.last && !has_voted).then_some(at)
    }

    fn stood(&self, server: Option<u64>, term: u64) -> bool {
        self.lines.iter().any(|line| {
            let is_one = |role| is_state(line, role, Some(term));
            number(line, "server") == server && (is_one("candidate") || is_one("leader"))
        })
    }

    /// Two or more stood in that term.
    pub(super) fn check_split(&self, fact: &Cause) -> Result<(), String> {
        self.some(fact, |line| is_state(line, "candidate", fact.place.term))?;
        let stood = |other: &&usize| {
            self.lines.iter().any(|line| {
                number(line, "server") == Some(**other as u64)
                    && is_state(line, "candidate", fact.place.term)
            })
        };
        let others = &fact.place.servers[1..];
        expect(!others.is_empty() && others.iter().all(|it| stood(&it)), "nobody else stood")
    }

    /// A refusal leaves then.
    pub(super) fn check_refusal(&self, fact: &Cause, other: Option<u64>) -> Result<(), String> {
        self.some(fact, |line| {
            sends(line, "RequestVote", true)
                && number(line, "to") == other
                && names_term(line, fact.place.term)
        })
    }

    /// A message of a server that is in that term arrives, and the receiver never gets there.
    pub(super) fn check_ignored(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let heard = fact.place.term.ok_or("of which term?")?;
        let arrives =
            |line: &&Value| line["kind"] == "deliver" && number(line, "at") == Some(fact.when);
        let is_from_there = |line: &Value| {
            let (call, reply) = (number(line, "call"), &line["reply"]);
            let mut sent = self.lines.iter().filter(|sent| {
                sent["kind"] == "send" && number(sent, "call") == call && sent["reply"] == *reply
            });
            sent.any(|sent| {
                let from = number(sent, "from").unwrap_or_default() as usize;
                let sent_at = number(sent, "at").unwrap_or_default();
                number(sent, "to") == Some(server as u64) && self.was_in(from, sent_at, heard)
            })
        };
        let mut arrived = self.lines.iter().filter(arrives);
        expect(arrived.any(is_from_there), "no message of that term arrives then")?;
        let mut later = self.states(server).filter(|(when, _)| *when >= fact.when);
        expect(later.all(|(_, it)| it.term < heard), "it goes on to that term")
    }

    /// Whether a server is in that term when it sends something: it shows it at the end of that step.
    fn was_in(&self, server: usize, at: u64, term: u64) -> bool {
        [self.now(server, at), self.before(server, at)]
            .into_iter()
            .flatten()
            .any(|it| it.term == term)
    }

    /// The log of `follower` changes then for the last time, and many requests reach it later.
    pub(super) fn check_stuck(&self, fact: &Cause, follower: usize) -> Result<(), String> {
        let end = self.end();
        let logs: Vec<(u64, (u64, u64))> = self
            .states(follower)
            .filter(|(when, _)| *when <= end)
            .map(|(when, it)| (when, it.last))
            .collect();
        let own = logs.last().ok_or("its log is not seen")?.1;
        let first = logs.iter().rposition(|(_, last)| *last != own).map_or(0, |place| place + 1);
        let begun = self.lives(follower).last().copied().unwrap_or_default();
        let since = logs[first..].iter().map(|(when, _)| *when).find(|when| *when >= begun);
        expect(since == Some(fact.when), "its log does not change then for the last time")?;
        let reached = self.lines.iter().filter(|line| {
            let is_request = line["kind"] == "deliver" && line["reply"] == false;
            is_request && number(line, "at") > Some(fact.when)
        });
        let calls: BTreeSet<Option<u64>> = reached.map(|line| number(line, "call")).collect();
        let requests = self.lines.iter().filter(|line| {
            let is_to = number(line, "to") == Some(follower as u64) && speaks_as_leader(line);
            is_to && calls.contains(&number(line, "call"))
        });
        expect(requests.count() >= REQUESTS_MAX, "few requests reach it")
    }

    /// A leader sends the same again from then on, or what can't bring a follower on.
    pub(super) fn check_sent_again(&self, fact: &Cause, other: Option<u64>) -> Result<(), String> {
        let follower = other.ok_or("to whom?")?;
        let led = |line: &Value| {
            number(line, "server") == Some(fact.place.servers[0] as u64)
                && is_state(line, "leader", fact.place.term)
        };
        expect(self.lines.iter().any(led), "it never leads that term")?;
        if fact.text.contains(" heartbeats and no entry ") {
            return self.check_heartbeats(fact, fact.place.servers[0], follower);
        }
        let asks = |line: &Value| speaks_as_leader(line) && number(line, "to") == Some(follower);
        self.some(fact, asks).or_else(|_| self.check_stuck(fact, follower as usize))
    }

    /// A refusal of the follower leaves then.
    pub(super) fn check_step_by_step(
        &self,
        fact: &Cause,
        other: Option<u64>,
    ) -> Result<(), String> {
        let is_it = |line: &Value| {
            number(line, "at") == Some(fact.when)
                && number(line, "from") == other
                && number(line, "to") == Some(fact.place.servers[0] as u64)
                && sends(line, "AppendEntries", true)
        };
        expect(self.lines.iter().any(is_it), "no answer leaves then")?;
        let led = |line: &Value| {
            number(line, "server") == Some(fact.place.servers[0] as u64)
                && is_state(line, "leader", fact.place.term)
        };
        expect(self.lines.iter().any(led), "it never leads that term")
    }

    /// The promise leaves then, and the candidate's log, as it was shown, is behind the voter's.
    pub(super) fn check_promise(
        &self,
        fact: &Cause,
        server: usize,
        other: Option<u64>,
    ) -> Result<(), String> {
        self.check_refusal(fact, other)?;
        let candidate = other.ok_or("to whom?")? as usize;
        let last = |server| self.before(server, fact.when).map(|it| it.last);
        let (own, theirs) = (last(server), last(candidate));
        expect(theirs.is_some() && theirs < own, "the log of the candidate is not behind")
    }

    /// A leader's request leaves in a term in which the server is no more, and that it has never led.
    pub(super) fn check_other_term(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let term = fact.place.term;
        self.some(fact, |line| speaks_as_leader(line) && names_term(line, term))?;
        let shown = self.before(server, fact.when).or_else(|| self.now(server, fact.when));
        expect(shown.is_some_and(|it| Some(it.term) > term), "it is in no later term")?;
        let led = |line: &Value| {
            let is_before = number(line, "at") <= Some(fact.when);
            is_before
                && number(line, "server") == Some(server as u64)
                && is_state(line, "leader", term)
        };
        expect(!self.lines.iter().any(led), "it has led that term")
    }

    /// A life begins then.
    pub(super) fn check_start(&self, fact: &Cause, server: usize) -> Result<(), String> {
        expect(self.before(server, fact.when).is_none(), "it has shown itself in this life")?;
        let shown = self.now(server, fact.when).ok_or("it shows nothing then")?;
        expect(Some(shown.term) <= fact.place.term, "it is in a later term than its disk")
    }

    fn end(&self) -> u64 {
        let end = self.lines.iter().rfind(|line| line["kind"] == "failure");
        end.and_then(|line| number(line, "at")).unwrap_or(u64::MAX)
    }

    /// When the lives of a server ended.
    fn lives(&self, server: usize) -> Vec<u64> {
        let crashes = self.lines.iter().filter(|line| {
            line["kind"] == "crash" && number(line, "server") == Some(server as u64)
        });
        crashes.filter_map(|line| number(line, "at")).collect()
    }
}
