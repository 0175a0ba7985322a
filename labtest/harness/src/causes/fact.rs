//! What is kept of a run: what servers did, and which of it they should not have done.

use super::CauseKind;
use super::refusal::Refusal;
use crate::api::vocabulary::Position;
use labtrace::{Cause, Place};
use std::ops::RangeInclusive;

/// One thing that a server did, or that happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Nanoseconds since the start of the run.
    pub(crate) at: u64,
    pub(crate) server: usize,
    pub(crate) what: What,
}

/// What can be told of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A life begins with what the disk held.
    Starts { term: u64, last: Position },
    /// A life ends.
    Crashes { lost_writes: usize },
    /// It stands for election, with a log that ends there, where that is known.
    Stands { term: u64, last: Option<Position> },
    /// It refuses a candidate its vote, or to say that it would give it, without a reason.
    Refuses(Refusal),
    /// It promises its vote to a candidate whose log, which ends at `last`, is less up to date than its own.
    Promises { term: u64, candidate: usize, last: Position, own: Position },
    /// It votes for another server.
    Votes { term: u64, candidate: usize },
    /// It leads, with these votes, as far as they are known, and this log.
    Leads { term: u64, voters: Vec<usize>, log: Terms },
    /// As a leader it takes a command in.
    Appends { term: u64, index: u64, command: String },
    /// Entries are gone from its log; of the first, the term that was there and the one that is now.
    Drops { first: u64, last: u64, term: u64, instead: Option<u64> },
    /// It knows more to be committed.
    Commits(Commits),
    /// It applies a command.
    Applies { index: u64, term: u64, command: String },
    /// Its service takes a snapshot.
    TakesSnapshot { index: u64 },
    /// It is handed a snapshot from another server.
    GetsSnapshot { index: u64 },
    /// It does what it must not do.
    Wrong(Wrong),
}

/// A commit index goes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commits {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The terms of the entries; 0 where one is not known.
    pub(crate) terms: Vec<u64>,
    /// The server's.
    pub(crate) term: u64,
    pub(crate) leads: bool,
    /// Who has the last of the entries.
    pub(crate) holders: Vec<usize>,
    /// Whether it is on their disks; else in their memory, and the disks are not seen.
    pub(crate) on_disks: bool,
}

/// An act that should not have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) kind: CauseKind,
    pub(crate) term: Option<u64>,
    /// Which entries it is about.
    pub(crate) indices: Option<RangeInclusive<u64>>,
    /// Whom else it concerns.
    pub(crate) others: Vec<usize>,
    /// What was done, without the server's name in front.
    pub(crate) text: String,
}

impl Wrong {
    pub(crate) fn new(kind: CauseKind, text: String) -> Wrong {
        Wrong { kind, term: None, indices: None, others: Vec::new(), text }
    }

    pub(crate) fn in_term(self, term: u64) -> Wrong {
        Wrong { term: Some(term), ..self }
    }

    pub(crate) fn at(self, indices: RangeInclusive<u64>) -> Wrong {
        Wrong { indices: Some(indices), ..self }
    }

    pub(crate) fn with(self, others: impl IntoIterator<Item = usize>) -> Wrong {
        Wrong { others: others.into_iter().collect(), ..self }
    }

    pub(crate) fn is_about(&self, index: u64) -> bool {
        self.indices.as_ref().is_some_and(|indices| indices.contains(&index))
    }
}

/// The terms in a log, after its snapshot; 0 where one is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) snapshot_index: u64,
    pub(crate) terms: Vec<u64>,
}

impl Terms {
    pub(crate) fn last_index(&self) -> u64 {
        self.snapshot_index + self.terms.len() as u64
    }

    fn last(&self) -> Position {
        let term = self.terms.last().copied().unwrap_or_default();
        Position { index: self.last_index(), term }
    }

    /// Whether the log certainly lacks the entry of that place.
    pub(crate) fn lacks(&self, place: Position) -> bool {
        if place.index <= self.snapshot_index {
            return false;
        }
        let at = usize::try_from(place.index - self.snapshot_index - 1).unwrap_or(usize::MAX);
        match self.terms.get(at) {
            None => true,
            Some(&term) => term != place.term && term != 0 && place.term != 0,
        }
    }
}

impl Fact {
    pub(crate) fn wrong(&self) -> Option<&Wrong> {
        match &self.what {
            What::Wrong(wrong) => Some(wrong),
            _ => None,
        }
    }

    /// The term that a server leads from here on, if that is a later one.
    pub(crate) fn leads_after(&self, earlier: u64) -> Option<u64> {
        match self.what {
            What::Leads { term, .. } if term > earlier => Some(term),
            _ => None,
        }
    }

    /// The fact as a chain tells it.
    pub(crate) fn told(&self) -> Cause {
        let (fact, term, index, others) = self.place();
        // The one that does it comes first.
        let mut servers = vec![self.server];
        for other in others {
            if !servers.contains(&other) {
                servers.push(other);
            }
        }
        let text = format!("server {} {}", self.server, self.words());
        let place = Place { servers, term, index };
        Cause { when: self.at, fact: fact.to_owned(), wrong: self.wrong().is_some(), place, text }
    }

    /// The name of its kind, term, index, and whom else it concerns.
    fn place(&self) -> (&'static str, Option<u64>, Option<u64>, Vec<usize>) {
        let nobody = Vec::new;
        match &self.what {
            What::Starts { term, .. } => ("starts", Some(*term), None, nobody()),
            What::Crashes { .. } => ("crashes", None, None, nobody()),
            What::Stands { term, .. } => ("stands", Some(*term), None, nobody()),
            What::Refuses(it) => ("refuses", Some(it.term), None, vec![it.candidate]),
            What::Promises { term, candidate, .. } => {
                ("promises", Some(*term), None, vec![*candidate])
            }
            What::Votes { term, candidate } => ("votes", Some(*term), None, vec![*candidate]),
            What::Leads { term, .. } => ("leads", Some(*term), None, nobody()),
            What::Appends { term, index, .. } => ("appends", Some(*term), Some(*index), nobody()),
            What::Drops { first, .. } => ("drops", None, Some(*first), nobody()),
            What::Commits(it) => ("commits", Some(it.term), Some(it.last), nobody()),
            What::Applies { term, index, .. } => ("applies", Some(*term), Some(*index), nobody()),
            What::TakesSnapshot { index } => ("takes-snapshot", None, Some(*index), nobody()),
            What::GetsSnapshot { index } => ("gets-snapshot", None, Some(*index), nobody()),
            What::Wrong(wrong) => {
                let index = wrong.indices.as_ref().map(|indices| *indices.start());
                (wrong.kind.name, wrong.term, index, wrong.others.clone())
            }
        }
    }

    /// What was done, without the server's name in front.
    pub(crate) fn words(&self) -> String {
        match &self.what {
            What::Starts { term, last } => {
                format!("starts in term {term}, with a log that {}", ends_at(*last))
            }
            What::Crashes { lost_writes: 0 } => "crashes".to_owned(),
            What::Crashes { lost_writes } => {
                let are = if *lost_writes == 1 { "is" } else { "are" };
                format!("crashes, and {lost_writes} of its writes {are} lost")
            }
            What::Stands { term, last } => {
                let log = last.map_or(String::new(), |last| format!("; its log {}", ends_at(last)));
                format!("stands for election in term {term}{log}")
            }
            What::Refuses(refusal) => refusal.words(self.server),
            What::Promises { term, candidate, last, own } => format!(
                "promises its vote in term {term} to server {candidate}, whose log {}, although its own {}",
                ends_at(*last),
                ends_at(*own)
            ),
            What::Votes { term, candidate } => {
                format!("votes for server {candidate} in term {term}")
            }
            What::Leads { term, voters, log } => {
                let votes = match voters.len() {
                    0 | 1 => String::new(),
                    _ => format!(" with the votes of {}", named(voters)),
                };
                format!("leads term {term}{votes}; its log {}", ends_at(log.last()))
            }
            What::Appends { term, index, command } => {
                format!("takes in {command} as entry {index}, as the leader of term {term}")
            }
            What::Drops { first, last, term, instead } => {
                let entries = of_term(&entries(*first, *last), *term);
                let instead =
                    instead.map_or(String::new(), |term| format!(", for one of term {term}"));
                format!("drops {entries}{instead}")
            }
            What::Commits(commits) => commits.words(),
            What::Applies { index, command, .. } => format!("applies {command} at index {index}"),
            What::TakesSnapshot { index } => format!("takes a snapshot up to {index}"),
            What::GetsSnapshot { index } => format!("is handed a snapshot up to {index}"),
            What::Wrong(wrong) => wrong.text.clone(),
        }
    }
}

impl Commits {
    /// The term of the entry at `index`, if it is one of these and its term is known.
    pub(crate) fn term_at(&self, index: u64) -> Option<u64> {
        let at = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.terms.get(at).copied().filter(|term| *term != 0)
    }

    fn words(&self) -> String {
        let entries = entries(self.first, self.last);
        let who = match self.leads {
            true => format!("commits {entries} as the leader of term {}", self.term),
            false => {
                let are = if self.first == self.last { "is" } else { "are" };
                format!("learns that {entries} {are} committed")
            }
        };
        let which = match self.term_at(self.last) {
            None => format!("entry {}", self.last),
            Some(term) => format!("{} of term {term}", self.last),
        };
        let holders = named(&self.holders);
        let s = if self.holders.len() == 1 { "" } else { "s" };
        match self.on_disks {
            true => format!("{who}: {which} is on the disk{s} of {holders}"),
            false => format!("{who}: {which} is in the log{s} of {holders} (not seen: disk)"),
        }
    }
}

/// `ends at 7 of term 2`.
pub(crate) fn ends_at(last: Position) -> String {
    match last {
        Position { index: 0, .. } => "is empty".to_owned(),
        Position { index, term: 0 } => format!("ends at {index}"),
        last => format!("ends at {last}"),
    }
}

/// `entry 5`, `entries 5 to 7`.
pub(crate) fn entries(first: u64, last: u64) -> String {
    if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
}

/// `entry 5 (of term 2)`; an unknown term is left out.
pub(crate) fn of_term(entries: &str, term: u64) -> String {
    match term {
        0 => format!("{entries} (the term is not seen)"),
        term => format!("{entries} (of term {term})"),
    }
}

/// `server 1`, `servers 0 and 2`, `nobody`.
pub(crate) fn named(servers: &[usize]) -> String {
    match servers {
        [] => "nobody".to_owned(),
        servers => {
            let place = Place { servers: servers.to_vec(), term: None, index: None };
            place.describe()
        }
    }
}
