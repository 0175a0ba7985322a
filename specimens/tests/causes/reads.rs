//! Reads that were given too low an index, from the trace alone.

use super::{Naive, expect, is_state, number, speaks_as_leader};
use labtest::formats::Cause;
use serde_json::Value;

impl Naive {
    /// The read stands in the trace, something that it lacks was applied before it began, and its server had heard
    /// no more than the fact says.
    pub(super) fn check_read(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let lacks = fact.place.index.ok_or("what does it lack?")?;
        let reads = self.lines.iter().filter(|line| {
            let is_then = line["kind"] == "read" && number(line, "at") == Some(fact.when);
            is_then && number(line, "server") == Some(server as u64)
        });
        let mut reads = reads.filter(|line| number(line, "index").map(|it| it + 1) == Some(lacks));
        let since = reads.next().and_then(|line| number(line, "since")).ok_or("no such read")?;
        let applies = |line: &Value| {
            matches!(line["kind"].as_str(), Some("apply" | "snapshot"))
                && line["source"] != "service"
                && number(line, "index") >= Some(lacks)
                && number(line, "at") <= Some(since)
        };
        expect(self.lines.iter().any(applies), "nothing was applied that it lacks")?;
        let shown = self.now(server, fact.when).or_else(|| self.before(server, fact.when));
        expect(shown.map(|it| it.term) == fact.place.term, "it is in another term")?;
        if let Some(other) = fact.place.servers.get(1) {
            let leads_later = |line: &Value| {
                let later = number(line, "term").filter(|term| Some(*term) > fact.place.term);
                number(line, "at") <= Some(fact.when)
                    && number(line, "server") == Some(*other as u64)
                    && later.is_some()
                    && is_state(line, "leader", later)
            };
            expect(self.lines.iter().any(leads_later), "nobody leads a later term")?;
        }
        match fact.fact.as_str() {
            "read-unconfirmed" => {
                expect(self.asks(server, since, fact.when), "it asks nobody")?;
                expect(!self.is_confirmed(server, since, fact.when), "a majority has answered")
            }
            "read-on-lost-lease" => {
                expect(!self.asks(server, since, fact.when), "it asks somebody")?;
                expect(!self.is_confirmed(server, since, fact.when), "a majority has answered")
            }
            "read-before-own-commit" => {
                let term = fact.place.term;
                let mut elected = self.states(server).filter(|(_, it)| Some(it.term) == term);
                let stood = elected.next().ok_or("it was never in that term")?.1;
                expect(shown.is_some_and(|it| it.commit <= stood.last.1), "it has committed more")
            }
            _ => Ok(()),
        }
    }

    /// Whether a server sends a request as a leader in that time.
    fn asks(&self, server: usize, since: u64, until: u64) -> bool {
        self.requests(server, since, until).next().is_some()
    }

    fn requests(&self, server: usize, since: u64, until: u64) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| {
            let is_then = number(line, "at").is_some_and(|at| (since..=until).contains(&at));
            is_then && number(line, "from") == Some(server as u64) && speaks_as_leader(line)
        })
    }

    /// Whether a majority, itself counted, has answered what it sent since then.
    fn is_confirmed(&self, server: usize, since: u64, until: u64) -> bool {
        let has_arrived = |call: Option<u64>| {
            self.lines.iter().any(|line| {
                line["kind"] == "deliver"
                    && line["reply"] == true
                    && number(line, "call") == call
                    && number(line, "at") <= Some(until)
            })
        };
        let answered =
            self.requests(server, since, until).filter(|line| has_arrived(number(line, "call")));
        let mut others: Vec<u64> = answered.filter_map(|line| number(line, "to")).collect();
        others.sort_unstable();
        others.dedup();
        others.len() + 1 > self.servers / 2
    }
}
