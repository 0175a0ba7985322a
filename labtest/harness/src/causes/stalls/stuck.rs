//! Followers that get no further, and whether that is up to what they are sent.

use super::{SLOW_NS, WINDOW_NS};
use crate::api::vocabulary::Position;
use crate::causes::fact::{Fact, What, Wrong, ends_at};
use crate::causes::known::Server;
use crate::causes::offers::Offer;
use crate::causes::{CauseKind, Causes};
use labtrace::seconds;

/// This many requests in a row bring a follower up to date.
const REQUESTS_MAX: u64 = 10;

impl Causes {
    /// A follower that a leader reaches gets no further. `until`: when the failure shows.
    pub(super) fn is_stuck(&self, until: u64) -> Option<Fact> {
        let leader = self.leader();
        let ahead = leader.or_else(|| self.furthest())?;
        let end = self.servers[ahead].last()?;
        self.servers.iter().enumerate().find_map(|(number, server)| {
            let own = server.last().filter(|own| server.is_alive && own.index < end.index)?;
            let is_long = server.changed_at.saturating_add(SLOW_NS) <= until;
            let since = until.saturating_sub(if leader.is_some() { SLOW_NS } else { WINDOW_NS });
            let is_reached = server.is_reached(since) && server.tried.requests >= REQUESTS_MAX;
            if number == ahead || !is_long || !is_reached {
                return None;
            }
            let sends_in_vain = leader.and_then(|leader| self.sends_in_vain(leader, number, until));
            if let (Some(leader), Some((at, text))) = (leader, sends_in_vain) {
                let wrong = Wrong::new(CauseKind::SENT_AGAIN, text).with([number]);
                let wrong = Wrong { term: self.servers[leader].term(), ..wrong };
                let what = What::Wrong(wrong.at(own.index + 1..=end.index));
                return Some(Fact { at, server: leader, what });
            }
            let whose = match leader {
                Some(leader) => format!("the log of server {leader}, the leader,"),
                None => format!("the log of server {ahead}"),
            };
            let text = format!(
                "gets no further: its log {}, {whose} {}, and {} requests have reached it since",
                ends_at(own),
                ends_at(end),
                server.tried.requests
            );
            let wrong = Wrong::new(CauseKind::NEVER_CATCHES_UP, text).with([ahead]);
            let wrong = wrong.at(own.index + 1..=end.index);
            Some(Fact { at: server.changed_at, server: number, what: What::Wrong(wrong) })
        })
    }

    /// What a leader sends that can't bring a follower on, and since when: requests of a term that is over there,
    /// or nothing to store, although the follower accepts that and says so.
    fn sends_in_vain(&self, leader: usize, follower: usize, until: u64) -> Option<(u64, String)> {
        let (leads, follows) = (&self.servers[leader], &self.servers[follower]);
        let (term, own_term) = (leads.term()?, follows.term()?);
        let tried = follows.tried;
        if own_term > term && tried.refused >= REQUESTS_MAX {
            let text = format!(
                "goes on in term {term}: server {follower}, which is in term {own_term}, has refused {} of its \
                 requests since, and no answer names a later term",
                tried.refused
            );
            return Some((follows.changed_at, text));
        }
        let answers = leads.heard.latest(follower)?.saturating_add(SLOW_NS) > until;
        let offer = self.offers.get(leader, follower).filter(|offer| offer.term == term)?;
        let is_long = offer.since.saturating_add(SLOW_NS) <= until;
        let is_empty = is_long && offer.heartbeats >= REQUESTS_MAX && offer.refused == 0;
        (answers && is_empty && self.seen.all_messages()).then(|| {
            let text = format!(
                "has sent server {follower} {} heartbeats and no entry since {}, although that answers, its log \
                 {}, and the leader's own {}{}",
                offer.heartbeats,
                seconds(offer.since),
                end_of(follows),
                end_of(leads),
                fate(&offer)
            );
            (offer.since, text)
        })
    }

    /// Whose log a candidate would need.
    fn furthest(&self) -> Option<usize> {
        let end = |server: &usize| {
            let Position { index, term } = self.servers[*server].last().unwrap_or_default();
            (term, index)
        };
        (0..self.servers.len()).filter(|server| self.servers[*server].is_alive).max_by_key(end)
    }
}

/// What became of the last request with something to store.
fn fate(offer: &Offer) -> String {
    let lost = offer.carrier.and_then(|carrier| carrier.lost);
    lost.map_or_else(String::new, |lost| {
        let of = if lost.is_answer { "the answer to " } else { "" };
        format!("; {of}the last request that carried something was lost at {}", seconds(lost.at))
    })
}

fn end_of(server: &Server) -> String {
    server.last().map_or_else(|| "is not seen".to_owned(), ends_at)
}
