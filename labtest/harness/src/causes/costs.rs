//! What was sent in vain.

use super::fact::{Fact, What, Wrong};
use super::known::Append;
use super::{CauseKind, Causes};
use crate::property;
use std::collections::BTreeMap;

/// What was sent in vain since nothing was broken, by leader and follower.
#[derive(Debug, Default)]
pub(super) struct Spent {
    refused: BTreeMap<(usize, usize, u64), Refused>,
    sent: BTreeMap<(usize, usize), Repeated>,
    /// When that began.
    since: u64,
    /// The first that stood without need.
    stood: Option<Fact>,
}

/// A follower's refusals in one term.
#[derive(Debug)]
struct Refused {
    at: u64,
    count: u64,
    /// The entry in front of the first refused request, and the first of all entries in front of one.
    from: u64,
    to: u64,
}

/// What a leader sends to a follower.
#[derive(Debug)]
struct Repeated {
    /// When the first was sent that was as the one before.
    at: u64,
    term: u64,
    /// The entry in front, and how many entries there were.
    last: (u64, usize),
    count: u64,
}

/// Nobody stands so soon after its leader has reached it: election timeouts are longer than that.
const SOON_NS: u64 = 20_000_000;

impl Spent {
    /// What is spent from now on counts.
    pub(super) fn since(at: u64) -> Spent {
        Spent { since: at, ..Spent::default() }
    }

    pub(super) fn refused(
        &mut self,
        at: u64,
        leader: usize,
        follower: usize,
        term: u64,
        prev: u64,
    ) {
        let first = || Refused { at, count: 0, from: prev, to: prev };
        let refused = self.refused.entry((leader, follower, term)).or_insert_with(first);
        refused.count += 1;
        refused.to = refused.to.min(prev);
    }

    pub(super) fn sent(&mut self, at: u64, leader: usize, follower: usize, append: &Append) {
        let what = (append.prev.index, append.entries.len());
        let first = || Repeated { at, term: append.term, last: (u64::MAX, 0), count: 0 };
        let repeated = self.sent.entry((leader, follower)).or_insert_with(first);
        if repeated.term == append.term && repeated.last == what {
            if repeated.count == 0 {
                repeated.at = at;
            }
            repeated.count += 1;
        }
        (repeated.term, repeated.last) = (append.term, what);
    }
}

impl Causes {
    /// What was most often sent in vain, for a failure about costs.
    pub(super) fn spent_most(&self, of: &str) -> Option<Fact> {
        match of {
            property::REFUSALS => {
                let most = self.spent.refused.iter().max_by_key(|(_, refused)| refused.count);
                most.map(|(key, refused)| refused.fact(*key))
            }
            property::RPC_COUNT | property::RPC_BYTES => {
                let most = self.spent.sent.iter().max_by_key(|(_, repeated)| repeated.count);
                most.filter(|(_, it)| it.count > 0).map(|(key, repeated)| repeated.fact(*key))
            }
            property::ELECTIONS => self.spent.stood.clone(),
            _ => None,
        }
    }

    /// Who stood and led since nothing was broken.
    pub(super) fn elections(&self) -> Vec<usize> {
        let first = self.facts.partition_point(|fact| fact.at < self.spent.since);
        let is_of_one = |fact: &Fact| matches!(fact.what, What::Leads { .. } | What::Stands { .. });
        (first..self.facts.len()).filter(|place| is_of_one(&self.facts[*place])).collect()
    }

    /// A server stands in `term`. It has no need to if the leader of the term before has just reached it.
    pub(super) fn stands_in_vain(&mut self, at: u64, server: usize, term: u64) {
        let heard = self.servers[server].reached_in(term.saturating_sub(1));
        let Some((leader, heard)) = heard.filter(|(_, heard)| heard + SOON_NS > at) else { return };
        if self.spent.stood.is_some() {
            return;
        }
        let text = format!(
            "stands for election in term {term}, {} ms after a request of server {leader}, which leads, has \
             reached it",
            (at - heard) / 1_000_000
        );
        let wrong = Wrong::new(CauseKind::STOOD_WITHOUT_NEED, text).in_term(term).with([leader]);
        self.spent.stood = Some(Fact { at, server, what: What::Wrong(wrong) });
    }
}

impl Refused {
    fn fact(&self, (leader, follower, term): (usize, usize, u64)) -> Fact {
        let Refused { at, count, from, to } = *self;
        let text = format!(
            "is refused {count} times by server {follower} in term {term}, and goes back from {from} to {to}"
        );
        let wrong = Wrong::new(CauseKind::REFUSED_STEP_BY_STEP, text).in_term(term);
        let what = What::Wrong(wrong.at(to..=from).with([follower]));
        Fact { at, server: leader, what }
    }
}

impl Repeated {
    fn fact(&self, (leader, follower): (usize, usize)) -> Fact {
        let Repeated { at, term, count, .. } = *self;
        let text = format!(
            "sends server {follower} {count} times what it has just sent it, up to term {term}"
        );
        let wrong = Wrong::new(CauseKind::SENT_AGAIN, text).in_term(term);
        Fact { at, server: leader, what: What::Wrong(wrong.with([follower])) }
    }
}
