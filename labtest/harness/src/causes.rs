//! Why a run failed: the facts that led to its failure, from what was seen of it.
//!
//! A check says that something is wrong when it shows. The act that should not have happened may be much
//! earlier. [`Causes`] looks on while a failing run is recorded and keeps what servers did: who stood, voted,
//! led, took entries in, dropped them, committed, applied, crashed. What Raft forbids is kept as a
//! [`Wrong`](fact::Wrong) of some [`CauseKind`]. When the run has failed, [`Causes::chain`] goes back from the
//! place of the failure to the first wrong that led there.
//!
//! Nothing here judges a run: that is up to the checks. What is told of an act is what was seen of it, and
//! a chain says what was hidden.
//!
//! `known` is what is known of each server; `messages`, `states` and `disks` take in what is seen, `votes`
//! and `commits` what follows. `walk` makes the chain of what should never happen, `stalls` and `costs` find
//! what servers waited for, and what was sent in vain.

mod acknowledged;
mod commits;
mod costs;
mod disks;
mod drops;
pub(crate) mod fact;
mod kind;
mod known;
mod messages;
mod occasion;
mod offers;
mod pieces;
mod reads;
mod refusal;
mod sent;
mod stalls;
mod states;
mod votes;
mod walk;

#[cfg(test)]
mod tests;

pub use kind::CauseKind;

use crate::api::life::Life;
use crate::api::value::describe;
use crate::api::vocabulary::EntryId;
use crate::checks::known::committed::Committed;
use crate::checks::known::confirmed::Confirmed;
use crate::checks::known::entries::Entries;
use crate::sight::Sight;
use crate::{Config, Failure, Implementation};
use costs::Spent;
use fact::{Fact, What, Wrong};
use known::Server;
use labtrace::Cause;
use messages::Call;
use offers::Offers;
use reads::Read;
use sent::Sent;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use votes::Votes;
use xxhash_rust::xxh3::xxh3_64;

/// The facts of a run.
pub(crate) struct Causes {
    implementation: Arc<dyn Implementation>,
    /// What was written but not synced counts as lost in a crash.
    unsynced_is_lost: bool,
    /// The election timeouts, in milliseconds, where leaders are to step down that no majority answers.
    checks_quorum: Option<(u64, u64)>,
    /// By time.
    facts: Vec<Fact>,
    servers: Vec<Server>,
    seen: Seen,
    /// Calls under way.
    calls: BTreeMap<u64, Call>,
    /// What leaders have said that their logs have.
    sent: Sent,
    offers: Offers,
    votes: Votes,
    confirmed: Confirmed,
    /// Needed to keep disks up, and never asked.
    entries: Entries,
    nothing_committed: Committed,
    /// The highest index that a server knew to be committed.
    committed: u64,
    /// The snapshots that services have taken: hashes, and at which index.
    snapshots: BTreeMap<u64, u64>,
    /// What was sent in vain since the last stretch without faults began.
    spent: Spent,
    /// Leaders, terms, and the followers of whom they counted too much.
    counted_too_much: BTreeSet<(usize, u64, usize)>,
}

/// What could be seen of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    messages: bool,
    /// A message could not be read.
    misses_messages: bool,
    disk: bool,
    inside: bool,
}

impl Seen {
    /// Whether every vote and confirmation is known.
    fn all_messages(self) -> bool {
        self.messages && !self.misses_messages
    }
}

impl Causes {
    pub(crate) fn new(config: &Config, implementation: Arc<dyn Implementation>) -> Causes {
        let raft = &config.raft;
        let timeouts = (raft.election_timeout_min_ms, raft.election_timeout_max_ms);
        let checks_quorum = raft.check_quorum && implementation.supports().quorum_checks;
        Causes {
            implementation,
            checks_quorum: checks_quorum.then_some(timeouts),
            unsynced_is_lost: config.checks.unsynced_is_lost,
            facts: Vec::new(),
            servers: (0..config.servers).map(|_| Server::default()).collect(),
            seen: Seen::default(),
            calls: BTreeMap::new(),
            sent: Sent::default(),
            offers: Offers::default(),
            votes: Votes::default(),
            confirmed: Confirmed::new(config.servers),
            entries: Entries::default(),
            nothing_committed: Committed::default(),
            committed: 0,
            snapshots: BTreeMap::new(),
            spent: Spent::default(),
            counted_too_much: BTreeSet::new(),
        }
    }

    /// What led to `failure`, by time, at most [`walk::FACTS_MAX`] facts.
    pub(crate) fn chain(&self, failure: &Failure) -> Vec<Cause> {
        walk::chain(self, failure)
    }

    /// Takes in one event, at its time in nanoseconds since the start of the run.
    pub(crate) fn see(&mut self, at: u64, sight: &Sight<'_>) {
        match *sight {
            Sight::Message(event) => self.message(at, event),
            Sight::State { who, state, peer } if self.is_present(who) => {
                self.seen.inside = true;
                self.state(at, who.server, state, peer);
            }
            Sight::StateHidden { who } if self.is_present(who) => {
                self.servers[who.server].inside = None;
            }
            Sight::Written { who, ref write } if self.is_present(who) => {
                self.written(at, who.server, write);
            }
            Sight::Synced { who, writes } if self.is_present(who) => {
                self.synced(at, who.server, writes);
            }
            Sight::Booting { who, stored } => self.booting(at, who, stored),
            Sight::Started { who, applied, .. } => self.servers[who.server].applied = applied,
            Sight::Submitted { who, started, command }
            | Sight::StoreSubmitted { who, started, command } => {
                let (term, index, command) = (started.term, started.index, describe(command));
                self.tell(at, who.server, What::Appends { term, index, command });
            }
            Sight::Applied { who, index, term, command } => {
                self.compare_with_log(at, who, index, EntryId::new(term, command));
                self.applies(at, who, index, term, describe(command));
            }
            Sight::AppliedOwn { who, index, term } => {
                self.applies(at, who, index, term, "an entry of its own".to_owned());
            }
            Sight::AppliedSnapshot { who, index, snapshot, .. } => {
                self.gets_snapshot(at, who, index, snapshot);
            }
            Sight::TookSnapshot { who, index, snapshot } => {
                self.snapshots.insert(xxh3_64(snapshot), index);
                self.tell(at, who.server, What::TakesSnapshot { index });
            }
            Sight::Read { who, waited, applied, index } if self.is_present(who) => {
                let waited = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
                let begun = at.saturating_sub(waited);
                self.reads(at, Read { server: who.server, begun, applied, index });
            }
            Sight::FaultFreeBegins(_) => self.spent = Spent::since(at),
            Sight::Crashed { server, lost_writes } => self.crashed(at, server, lost_writes),
            _ => {}
        }
    }

    /// What should not have been, in words.
    #[cfg(test)]
    pub(crate) fn wrongs(&self) -> Vec<String> {
        let wrongs = self.facts.iter().filter(|fact| fact.wrong().is_some()).map(Fact::told);
        wrongs.map(|it| format!("{} ns, {}: {}", it.when, it.fact, it.text)).collect()
    }

    fn is_present(&self, who: Life) -> bool {
        self.servers[who.server].is(who.start)
    }

    fn tell(&mut self, at: u64, server: usize, what: What) {
        self.facts.push(Fact { at, server, what });
    }

    fn wrong(&mut self, at: u64, server: usize, wrong: Wrong) {
        self.tell(at, server, What::Wrong(wrong));
    }

    /// What a service is handed is what the log has there, where that is shown.
    fn compare_with_log(&mut self, at: u64, who: Life, index: u64, applied: EntryId) {
        let known = &self.servers[who.server];
        let own = known.log.id(index).filter(|own| self.is_present(who) && own.hash != 0);
        let Some(own) = own.filter(|own| known.shows_entries && own.hash != applied.hash) else {
            return;
        };
        let text = format!(
            "applies another command at index {index} than its log has there, one of term {}",
            own.term
        );
        let wrong = Wrong::new(CauseKind::APPLIED_OTHER, text).at(index..=index);
        self.wrong(at, who.server, wrong);
    }

    fn applies(&mut self, at: u64, who: Life, index: u64, term: u64, command: String) {
        if !self.is_present(who) {
            return;
        }
        let expected = self.servers[who.server].applied + 1;
        if index != expected {
            let text = format!("applies index {index}, where {expected} comes next");
            let wrong = Wrong::new(CauseKind::APPLIED_OUT_OF_ORDER, text).at(index..=index);
            self.wrong(at, who.server, wrong);
        }
        self.servers[who.server].applied = index;
        self.tell(at, who.server, What::Applies { index, term, command });
    }

    /// Every byte of a snapshot is what some service has taken at its index.
    fn gets_snapshot(&mut self, at: u64, who: Life, index: u64, snapshot: &[u8]) {
        if !self.is_present(who) {
            return;
        }
        let server = &mut self.servers[who.server];
        let before = std::mem::replace(&mut server.applied, index);
        let pieces = std::mem::take(&mut server.pieces).words();
        self.tell(at, who.server, What::GetsSnapshot { index });
        if index < before {
            let text =
                format!("goes back to a snapshot up to {index}, after applying {before}{pieces}");
            let wrong = Wrong::new(CauseKind::SNAPSHOT_WENT_BACK, text).at(index..=before);
            self.wrong(at, who.server, wrong);
        } else if self.snapshots.get(&xxh3_64(snapshot)) != Some(&index) {
            let bytes = snapshot.len();
            let text = format!(
                "is handed {bytes} bytes as the snapshot up to {index}; no server's snapshot up to {index} is \
                 these bytes{pieces}"
            );
            let wrong = Wrong::new(CauseKind::SNAPSHOT_WRONG_STATE, text).at(index..=index);
            self.wrong(at, who.server, wrong);
        }
    }

    fn crashed(&mut self, at: u64, server: usize, lost_writes: usize) {
        self.tell(at, server, What::Crashes { lost_writes });
        self.votes.forget_unsent(server);
        let known = &mut self.servers[server];
        known.is_alive = false;
        known.inside = None;
    }
}
