//! What a fact says beside its kind, from the trace alone: on which message it happened, how often, since when.

use super::{Naive, Shown, expect, names_term, number, sends, speaks_as_leader};
use labtest::formats::{Cause, seconds};
use serde_json::Value;

impl Naive {
    pub(super) fn check_sentence(&self, fact: &Cause, server: usize) -> Result<(), String> {
        self.check_occasion(fact, server)?;
        self.check_pieces(fact, server)?;
        match fact.fact.as_str() {
            "vote-twice" => self.check_earlier_vote(fact, server),
            "vote-for-older-log" => self.check_comparison(fact, server),
            "snapshot-went-back" => self.check_applied(fact, server),
            _ => Ok(()),
        }
    }

    /// `, on … that server 1 sent at 2.133 s`, or `, on server 1's answer to … sent at 0.490 s`: it arrives then, and
    /// nothing else does.
    fn check_occasion(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let Some((_, on)) = fact.text.split_once(", on ") else { return Ok(()) };
        let (is_answer, what) = match on.split_once("'s answer to ") {
            Some((_, what)) => (true, what),
            None => (false, on),
        };
        let from = number_after(on, "server ").ok_or("from whom?")?;
        let sent_at = word_after(what, " sent at ").ok_or("sent when?")?;
        let arrivals: Vec<(&Value, bool)> = self.arrivals_at(fact.when, server).collect();
        let [(request, answers)] = arrivals[..] else {
            return Err(format!("{} messages arrive then", arrivals.len()));
        };
        let ends = (number(request, "from"), number(request, "to"));
        let (from, to) = (Some(from), Some(server as u64));
        expect(answers == is_answer, "an answer is taken for a request")?;
        expect(ends == if is_answer { (to, from) } else { (from, to) }, "it is from another")?;
        expect(says_when(request, "at", sent_at), "it was sent at another time")?;
        expect(is_called(request, what), "it is another message")
    }

    /// The requests that arrive, or are answered, at a server then; whether it is the answer.
    fn arrivals_at(&self, at: u64, server: usize) -> impl Iterator<Item = (&Value, bool)> {
        let arrives = self
            .lines
            .iter()
            .filter(move |line| line["kind"] == "deliver" && number(line, "at") == Some(at));
        let arrived = arrives.filter_map(|line| Some((self.request(line)?, line["reply"] == true)));
        arrived.filter(move |(request, is_answer)| {
            let receiver = if *is_answer { "from" } else { "to" };
            number(request, receiver) == Some(server as u64)
        })
    }

    /// The request of a line's call, or of the one that it is a copy of.
    fn request(&self, line: &Value) -> Option<&Value> {
        let call = number(line, "call");
        let copied =
            self.lines.iter().find(|it| it["kind"] == "duplicate" && number(it, "copy") == call);
        let call = copied.map_or(call, |it| number(it, "call"));
        self.lines
            .iter()
            .find(|it| it["kind"] == "send" && it["reply"] == false && number(it, "call") == call)
    }

    /// `; it was sent server 2's snapshot up to 6 in 2 requests from 2.530 s on, then …`: the last that arrived before
    /// it was handed one.
    fn check_pieces(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let Some((_, sent)) = fact.text.split_once("; it was sent ") else { return Ok(()) };
        let own = Some(server as u64);
        let is_end = |line: &&Value| {
            let is_handed = line["kind"] == "snapshot" && line["source"] == "leader";
            let is_before = number(line, "at") < Some(fact.when);
            (is_handed || line["kind"] == "crash") && is_before && number(line, "server") == own
        };
        let since = self.lines.iter().rfind(is_end).and_then(|line| number(line, "at"));
        let mut sendings: Vec<(u64, String, u64)> = Vec::new();
        for line in self.lines.iter().filter(|line| {
            let at = number(line, "at");
            line["kind"] == "deliver"
                && line["reply"] == false
                && at <= Some(fact.when)
                && at >= since
        }) {
            let Some(request) = self.request(line).filter(|it| sends(it, "InstallSnapshot", false))
            else {
                continue;
            };
            if number(request, "to") != own {
                continue;
            }
            let text = request["text"].as_str().unwrap_or_default();
            let (from, index) = (number(request, "from"), number_after(text, "snapshot up to "));
            let (from, index) = (from.unwrap_or_default(), index.unwrap_or_default());
            let what = format!("server {from}'s snapshot up to {index}");
            match sendings.last_mut() {
                Some((_, last, count)) if *last == what => *count += 1,
                _ => sendings.push((number(line, "at").unwrap_or_default(), what, 1)),
            }
        }
        let told: Vec<&str> = sent.split(", then ").collect();
        let first = sendings.len().checked_sub(told.len()).ok_or("fewer were sent")?;
        let is_it = |(told, (at, what, count)): (&&str, &(u64, String, u64))| {
            let how_often = match count {
                1 => format!("in one request at {}", seconds(*at)),
                count => format!("in {count} requests from {} on", seconds(*at)),
            };
            told.starts_with(&format!("{what} {how_often}"))
        };
        expect(told.iter().zip(&sendings[first..]).all(is_it), "others were sent")
    }

    /// `having voted for server 2 at 0.608 s`.
    fn check_earlier_vote(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let Some((_, vote)) = fact.text.split_once(", having voted for ") else { return Ok(()) };
        let to = match vote.strip_prefix("itself") {
            Some(_) => server as u64,
            None => number_after(vote, "server ").ok_or("for whom?")?,
        };
        let votes = self.votes_of(server, fact.place.term);
        let mut votes = votes.iter().filter(|(when, whom)| *whom == to && *when <= fact.when);
        match word_after(vote, " at ") {
            Some(when) => expect(votes.any(|(at, _)| is_moment(*at, when)), "not at that time"),
            None => expect(votes.next().is_some(), "it gave none"),
        }
    }

    /// `the candidate's is shorter, of the same last term`.
    fn check_comparison(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let Some((_, how)) = fact.text.split_once(": the candidate's is ") else {
            return Err("how are they compared?".to_owned());
        };
        let candidate = fact.place.servers.get(1).copied().ok_or("for whom?")?;
        let last = |it: Shown| it.last;
        let own = self.before(server, fact.when).map(last).ok_or("the voter's log is not seen")?;
        let stood = self.states(candidate).find(|(when, it)| {
            *when <= fact.when
                && Some(it.term) == fact.place.term
                && it.vote == Some(candidate as u64)
        });
        let theirs = stood.map(|(_, it)| it.last).ok_or("that one did not stand")?;
        let length = match theirs.1.cmp(&own.1) {
            std::cmp::Ordering::Less => "shorter",
            std::cmp::Ordering::Equal => "as long",
            std::cmp::Ordering::Greater => "longer",
        };
        expect(how.starts_with(length), "its length is another")?;
        let is_same = how.ends_with("of the same last term");
        expect(is_same == (theirs.0 == own.0), "the last terms are mixed up")
    }

    /// `; it had applied 12`.
    fn check_applied(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let Some(applied) = number_after(&fact.text, "; it had applied ") else { return Ok(()) };
        let before = self.before(server, fact.when).ok_or("it has not shown that")?;
        expect(before.applied == applied, "it had applied something else")
    }

    /// `12 heartbeats and no entry since 2.345 s`, and what was lost of the request before them.
    pub(super) fn check_heartbeats(
        &self,
        fact: &Cause,
        leader: usize,
        follower: u64,
    ) -> Result<(), String> {
        let told = word_before(&fact.text, " heartbeats and no entry").ok_or("how many?")?;
        let is_to = |line: &&Value| {
            let ends = (number(line, "from"), number(line, "to"));
            speaks_as_leader(line)
                && ends == (Some(leader as u64), Some(follower))
                && names_term(line, fact.place.term)
        };
        let sent: Vec<&Value> = self.lines.iter().filter(is_to).collect();
        let carries =
            |line: &&Value| !line["text"].as_str().is_some_and(|text| text.contains("heartbeat"));
        let last = sent.iter().rposition(carries);
        let first = last.unwrap_or_default();
        let heartbeats = sent.len() - last.map_or(0, |last| last + 1);
        expect(told == heartbeats.to_string(), "another number of heartbeats")?;
        let begin = sent.get(first).ok_or("none")?;
        expect(number(begin, "at") == Some(fact.when), "it does not begin then")?;
        expect(
            says_when(begin, "at", word_after(&fact.text, " since ").unwrap_or("")),
            "since when?",
        )?;
        let Some((what, when)) = fact.text.split_once(" was lost at ") else { return Ok(()) };
        let is_answer = what.ends_with("the answer to the last request that carried something");
        let is_lost = |line: &Value| {
            line["kind"] == "lose"
                && number(line, "call") == number(begin, "call")
                && line["reply"] == is_answer
                && says_when(line, "at", when)
        };
        expect(self.lines.iter().any(is_lost), "it was not lost then")
    }
}

/// Whether a request is what a fact calls it.
fn is_called(request: &Value, what: &str) -> bool {
    let text = request["text"].as_str().unwrap_or_default();
    let term = number_after(what, "in term ");
    if what.starts_with("a heartbeat") {
        sends(request, "AppendEntries", false) && text.contains("heartbeat")
    } else if what.starts_with("the snapshot") {
        let index = number_after(what, "up to ");
        sends(request, "InstallSnapshot", false) && number_after(text, "up to ") == index
    } else if what.starts_with("the request for a vote") {
        sends(request, "RequestVote", false) && names_term(request, term)
    } else {
        what.starts_with("entr")
            && sends(request, "AppendEntries", false)
            && !text.contains("heartbeat")
    }
}

pub(super) fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The number of a time behind these words.
pub(super) fn word_after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.split_once(words).map(|(_, rest)| rest)
}

pub(super) fn word_before<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.split_once(words)?.0.rsplit(' ').next()
}

fn says_when(line: &Value, field: &str, words: &str) -> bool {
    number(line, field).is_some_and(|at| is_moment(at, words))
}

/// Whether words begin with that time.
fn is_moment(at: u64, words: &str) -> bool {
    words.starts_with(&seconds(at))
}
