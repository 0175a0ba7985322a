//! A second look at a chain of causes, by other means: from the trace alone, line by line, for each fact again.
//!
//! It knows nothing of how chains are made. Each fact must stand in the trace at its very time, done by the
//! server that it names first; the wrongs that a trace can show (votes, elections, what goes back) are
//! looked for in the whole trace, and the cause must be the first of its kind in its term.

mod reads;
mod sentences;
mod stalls;
mod wrongs;

use labtest::formats::Cause;
use serde_json::Value;
use std::cell::OnceCell;

/// A trace, line by line.
pub struct Naive {
    servers: usize,
    checks_quorum: bool,
    lines: Vec<Value>,
    /// When votes were refused without a reason: every line is compared with every other.
    refusals: OnceCell<Vec<u64>>,
}

/// What a server shows about itself.
#[derive(Clone, Copy, Debug)]
struct Shown {
    term: u64,
    last: (u64, u64),
    commit: u64,
    applied: u64,
    snapshot: u64,
    vote: Option<u64>,
}

impl Naive {
    pub fn new(trace: &str) -> Naive {
        let mut lines = trace.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        let header: Value = lines.next().expect("a header");
        let servers = header["servers"].as_u64().expect("how many servers") as usize;
        let config = header["config"].as_str().expect("how they are configured");
        let checks_quorum = config.contains("check_quorum = true");
        let lines = lines.collect();
        Naive { servers, checks_quorum, lines, refusals: OnceCell::new() }
    }

    /// Whether the chain is true, as far as a trace can tell.
    pub fn check(&self, chain: &[Cause]) -> Result<(), String> {
        if chain.len() > 10 {
            return Err(format!("{} facts are more than ten", chain.len()));
        }
        if chain.windows(2).any(|pair| pair[0].when > pair[1].when) {
            return Err("not by time".to_owned());
        }
        let end = self.lines.iter().rfind(|line| line["kind"] == "failure").expect("a failure");
        let end = end["at"].as_u64().expect("a time");
        for fact in chain {
            let problem = |what: String| format!("{what}: {} {}", fact.fact, fact.text);
            if fact.when > end {
                return Err(problem("after the failure".to_owned()));
            }
            if fact.fact != "not-seen" {
                self.check_fact(fact).map_err(problem)?;
            }
        }
        Ok(())
    }

    fn check_fact(&self, fact: &Cause) -> Result<(), String> {
        let server = *fact.place.servers.first().ok_or("nobody did it")?;
        if !fact.text.starts_with(&format!("server {server} ")) {
            return Err(format!("it is not server {server} that does it"));
        }
        let other = fact.place.servers.get(1).map(|other| *other as u64);
        let term = fact.place.term;
        let is_wrong = match fact.fact.as_str() {
            "starts" => {
                let before = self.before(server, fact.when);
                expect(before.is_none(), "it has shown itself in this life")?;
                expect(self.now(server, fact.when).map(|it| it.term) == term, "no such start")?;
                false
            }
            "crashes" => self.some(fact, |line| line["kind"] == "crash").map(|()| false)?,
            "stands" => {
                let asks = |line: &Value| {
                    let asks = sends(line, "RequestVote", false) && names_term(line, term);
                    is_state(line, "candidate", term) || asks
                };
                self.some(fact, asks).map(|()| false)?
            }
            "leads" => self.leads(fact, server).map(|()| false)?,
            "votes" | "refuses" => {
                let says = |line: &Value| {
                    let answers = sends(line, "RequestVote", true)
                        && line["to"].as_u64() == other
                        && names_term(line, term);
                    let shows = line["kind"] == "state" && line["voted_for"].as_u64() == other;
                    answers || shows && line["term"].as_u64() == term
                };
                self.some(fact, says).map(|()| false)?
            }
            // What a store submits is in no trace: its log shows it.
            "appends" if self.lines.iter().all(|line| line["kind"] != "submit") => {
                let now = self.now(server, fact.when).ok_or("it shows nothing then")?;
                expect(Some(now.term) == term, "it is in another term")?;
                expect(Some(now.last.1) >= fact.place.index, "its log does not have it")?;
                false
            }
            "appends" => {
                let is_it = |line: &Value| {
                    line["kind"] == "submit"
                        && number(line, "term") == term
                        && has_index(line, fact)
                };
                self.some(fact, is_it).map(|()| false)?
            }
            "applies" => {
                let is_it = |line: &Value| line["kind"] == "apply" && has_index(line, fact);
                self.some(fact, is_it).map(|()| false)?
            }
            "takes-snapshot" | "gets-snapshot" => {
                let is_it = |line: &Value| line["kind"] == "snapshot" && has_index(line, fact);
                self.some(fact, is_it).map(|()| false)?
            }
            "commits" => {
                let now = self.now(server, fact.when).ok_or("it shows nothing then")?;
                expect(Some(now.commit) == fact.place.index, "another commit index")?;
                // It may crash at this very time, and later than that.
                let crashes = self.some(fact, |line| line["kind"] == "crash").is_ok();
                let mut states = self.states(server).filter(|(when, _)| *when < fact.when);
                let before = match crashes {
                    true => states.next_back().map(|(_, shown)| shown),
                    false => self.before(server, fact.when),
                };
                expect(before.is_some_and(|it| it.commit < now.commit), "no rise")?;
                false
            }
            "drops" => {
                let (before, now) = self.both(server, fact.when)?;
                expect(
                    before.last != now.last || before.snapshot != now.snapshot,
                    "its log is as it was",
                )?;
                false
            }
            _ => {
                self.check_wrong(fact, server, other)?;
                self.check_sentence(fact, server)?;
                true
            }
        };
        expect(is_wrong == fact.wrong, "right and wrong are mixed up")
    }

    /// Whether the server leads that term then: as it shows, or where it shows nothing as it speaks.
    fn leads(&self, fact: &Cause, server: usize) -> Result<(), String> {
        let shows_nothing = self.states(server).next().is_none();
        let term = fact.place.term;
        self.some(fact, |line| {
            let speaks = speaks_as_leader(line) && (shows_nothing || names_term(line, term));
            is_state(line, "leader", term) || speaks
        })
    }

    /// Whether a line that the server of `fact` is named in, at that time, is what it should be.
    fn some(&self, fact: &Cause, is_it: impl Fn(&Value) -> bool) -> Result<(), String> {
        let server = fact.place.servers[0] as u64;
        let found = self.lines.iter().any(|line| {
            let by = line["server"].as_u64().or(line["from"].as_u64());
            line["at"].as_u64() == Some(fact.when) && by == Some(server) && is_it(line)
        });
        expect(found, "nothing like it at that time")
    }

    /// What a server showed, with the times, crashes left out.
    fn states(&self, server: usize) -> impl DoubleEndedIterator<Item = (u64, Shown)> + '_ {
        let of_server = self.lines.iter().filter(move |line| {
            line["kind"] == "state" && line["server"].as_u64() == Some(server as u64)
        });
        of_server.map(|line| (line["at"].as_u64().expect("a time"), shown(line)))
    }

    /// What it shows last at that time.
    fn now(&self, server: usize, at: u64) -> Option<Shown> {
        self.states(server).rfind(|(when, _)| *when == at).map(|(_, shown)| shown)
    }

    /// What it showed last before that time, in the same life.
    fn before(&self, server: usize, at: u64) -> Option<Shown> {
        let crash = self.lines.iter().filter(|line| {
            line["kind"] == "crash" && line["server"].as_u64() == Some(server as u64)
        });
        let begun = crash.filter_map(|line| line["at"].as_u64()).rfind(|when| *when <= at);
        let in_life = |when: u64| when < at && begun.is_none_or(|begun| begun < when);
        self.states(server).rfind(|(when, _)| in_life(*when)).map(|(_, shown)| shown)
    }

    fn both(&self, server: usize, at: u64) -> Result<(Shown, Shown), String> {
        let now = self.now(server, at).ok_or("it shows nothing then")?;
        Ok((self.before(server, at).unwrap_or(now), now))
    }

    fn went_back(
        &self,
        server: usize,
        at: u64,
        what: impl Fn(&Shown) -> u64,
    ) -> Result<(), String> {
        let crashes = |since: u64| {
            self.lines.iter().any(|line| {
                let is_between = number(line, "at").is_some_and(|it| (since..=at).contains(&it));
                is_between
                    && line["kind"] == "crash"
                    && number(line, "server") == Some(server as u64)
            })
        };
        // It may show itself more than once at a time.
        let shown: Vec<(u64, Shown)> =
            self.states(server).filter(|(when, _)| *when <= at).collect();
        let goes_back = |pair: &[(u64, Shown)]| {
            pair[1].0 == at && what(&pair[1].1) < what(&pair[0].1) && !crashes(pair[0].0)
        };
        expect(shown.windows(2).any(goes_back), "it did not go back")
    }

    /// The votes that a server shows, or sends, in a term: when, and to whom.
    fn votes_of(&self, voter: usize, term: Option<u64>) -> Vec<(u64, u64)> {
        let shows = self.states(voter).filter(|(_, it)| Some(it.term) == term);
        let mut votes: Vec<(u64, u64)> =
            shows.filter_map(|(when, it)| Some((when, it.vote?))).collect();
        votes.extend(self.grants_of(voter, term));
        votes.sort_unstable();
        votes
    }

    /// The votes that have left a server.
    fn grants_of(&self, voter: usize, term: Option<u64>) -> Vec<(u64, u64)> {
        let Some(term) = term else { return Vec::new() };
        let grants = format!("its vote in term {term}");
        let is_it = |line: &&Value| {
            let says = line["text"].as_str().unwrap_or_default();
            let gives = says.starts_with("gives ") && says.ends_with(&grants);
            let is_by = line["from"].as_u64() == Some(voter as u64);
            line["reply"] == true && is_by && gives
        };
        let grants = self.lines.iter().filter(is_it);
        grants.filter_map(|line| Some((line["at"].as_u64()?, line["to"].as_u64()?))).collect()
    }

    fn is_up(&self, server: usize, at: u64) -> bool {
        server < self.servers
            && self.lines.iter().any(|line| {
                let by = line["server"].as_u64().or(line["from"].as_u64()).or(line["to"].as_u64());
                line["at"].as_u64() <= Some(at) && by == Some(server as u64)
            })
    }
}

fn expect(is_so: bool, else_what: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(else_what.to_owned()) }
}

fn number(line: &Value, field: &str) -> Option<u64> {
    line[field].as_u64()
}

fn has_index(line: &Value, fact: &Cause) -> bool {
    number(line, "index") == fact.place.index
}

fn is_state(line: &Value, role: &str, term: Option<u64>) -> bool {
    line["kind"] == "state" && line["role"] == role && number(line, "term") == term
}

fn sends(line: &Value, method: &str, reply: bool) -> bool {
    let is_method = line["method"].as_str().is_some_and(|it| it.ends_with(method));
    line["kind"] == "send" && is_method && line["reply"] == reply
}

/// Whether its words have that term.
fn names_term(line: &Value, term: Option<u64>) -> bool {
    let words = line["text"].as_str().unwrap_or_default();
    term.is_some_and(|term| {
        let named = format!("term {term}");
        let mut ends = words.match_indices(&named).map(|(at, it)| at + it.len());
        ends.any(|end| !words[end..].starts_with(|next: char| next.is_ascii_digit()))
    })
}

fn speaks_as_leader(line: &Value) -> bool {
    sends(line, "AppendEntries", false) || sends(line, "InstallSnapshot", false)
}

fn shown(line: &Value) -> Shown {
    let of = |field: &str| number(line, field).expect("a number");
    Shown {
        term: of("term"),
        last: (of("last_term"), of("last_index")),
        commit: of("commit_index"),
        applied: of("applied"),
        snapshot: of("snapshot_index"),
        vote: number(line, "voted_for"),
    }
}
