//! A server with a new disk, in place of one that was lost.
//!
//! A server's promises are on its disk: whom it voted for, which leaders it has turned away, which entries
//! others may count on. With another disk it must not act as if it had made none. So it begins in
//! quarantine ([`Quarantine`]), which is on the new disk itself and outlasts restarts:
//!
//! 1. *Asking.* It neither votes nor stands, and follows nobody: it may have promised a later leader not to.
//!    It asks all other servers for their terms, by a pre-vote, which changes nothing, until each has
//!    answered. Only answers to its own questions count, since any other message may be old. Its former self
//!    voted only for candidates, and followed only leaders, that had stored their term before they spoke. So
//!    no vote and no acknowledgement of the former self that anybody may count is of a term above *t*, the
//!    highest that the others name. (It may have stood in a later term itself, but only a candidate counts
//!    votes, and that candidate is gone.)
//! 2. *Catching up.* It moves to term *t* + 1. A leader up to *t*, which may think that this server still has
//!    what it acknowledged, hears of that term and steps down; those of later terms begin with no opinion of
//!    this server. It takes their entries and snapshots, and still neither votes nor stands.
//! 3. *It is over* when its log has an entry of a term above *t*. The leader of that term was elected by a
//!    majority without this server. In every majority that had stored an entry which was committed up to *t*
//!    there is one of those voters, so the leader had that entry when its term began (section 5.4.3), and
//!    this server has it now.
//!
//! What it acknowledges while it catches up counts for commits: it is on its disk, and it obeys no leader that
//! its former self may have turned away.
//!
//! Quarantine lasts as long as nobody submits anything, as another server can't be heard, and as the others
//! elect no leader among themselves. For that they must be a majority of all, which in a cluster of two they
//! are not. There this server votes while it catches up: the only other server has all that was committed, and
//! is the only one it can vote for. Where a majority have lost their disks no leader is elected: what is lost
//! is lost.
//!
//! A *suspected* disk is an empty one of which nobody has said that it is new. The server takes part like any
//! other of a new cluster until it hears that the cluster has a history, and then it stops. When a leader
//! without a history is heard first, the cluster is a new one.

use crate::core::Core;
use crate::core::record::Quarantine;
use crate::core::restore::Restored;
use crate::message::{Outgoing, RequestVoteArgs};
use runtime::Instant;

/// What a server is to think of a disk that is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// It belongs to a new cluster, as in the lab.
    #[default]
    Trusted,
    /// It belongs to a new cluster, but if another server shows that the cluster has a history, this server
    /// stops and says so. It guards against mistakes and proves nothing: a server that has heard nothing can't
    /// know.
    Kept,
    /// It takes the place of a disk that is lost: the server begins in quarantine. A disk that is not empty
    /// is taken for what it is, so that a server can be started so again.
    New,
}

impl Disk {
    /// What there is to think of what was restored.
    pub(crate) fn quarantine(self, restored: &Restored) -> Option<Quarantine> {
        let is_empty = restored.hard_state.term == 0 && restored.log.last_index() == 0;
        match (self, restored.quarantine) {
            (Disk::New, None) if is_empty => Some(Quarantine::Asking),
            (Disk::New, Some(Quarantine::Suspected)) => Some(Quarantine::Asking),
            (Disk::Kept, None) if is_empty => Some(Quarantine::Suspected),
            (_, stored) => stored,
        }
    }
}

impl Core {
    /// The server starts, with what there is to think of its disk.
    pub(crate) fn begin_quarantine(&mut self, quarantine: Option<Quarantine>, now: Instant) {
        if quarantine != self.quarantine {
            self.set_quarantine(quarantine);
        }
        if quarantine == Some(Quarantine::Asking) {
            self.election_deadline = now;
        }
    }

    /// Goes on to the next part of quarantine, or ends it.
    pub(crate) fn set_quarantine(&mut self, quarantine: Option<Quarantine>) {
        self.quarantine = quarantine;
        self.durability.quarantine_changes();
    }

    /// Whether it may vote for others.
    pub(crate) fn may_vote(&self) -> bool {
        match self.quarantine {
            None | Some(Quarantine::Suspected) => true,
            Some(Quarantine::CatchingUp { .. }) => self.servers == 2,
            Some(Quarantine::Asking) => false,
        }
    }

    /// In place of standing for election. False when there is no reason to.
    pub(crate) fn stays_in_quarantine(&mut self, now: Instant) -> bool {
        match self.quarantine {
            None | Some(Quarantine::Suspected) => return false,
            Some(Quarantine::CatchingUp { .. }) => self.reset_election_timer(now),
            Some(Quarantine::Asking) => {
                self.ask_for_terms();
                self.election_deadline = now + self.config.vote_retry();
            }
        }
        true
    }

    fn ask_for_terms(&mut self) {
        let args = RequestVoteArgs {
            term: self.term + 1,
            candidate_id: self.me,
            last_log_index: self.log.last().index,
            last_log_term: self.log.last().term,
            pre_vote: true,
        };
        let (me, heard) = (self.me, &self.terms_heard);
        let missing = (0..self.servers).filter(|&other| other != me && heard[other].is_none());
        let requests = missing.map(|to| Outgoing::RequestVote { to, args: args.clone() });
        self.outbox.extend(requests);
    }

    /// Another server has answered. False when that is not what this server waits for.
    pub(crate) fn hears_term(&mut self, now: Instant, from: usize, term: u64) -> bool {
        if self.quarantine != Some(Quarantine::Asking) {
            return false;
        }
        if self.is_possible(from, term, 0) {
            self.terms_heard[from] = Some(term);
        }
        let others = self.terms_heard.iter().enumerate().filter(|&(other, _)| other != self.me);
        let highest = others
            .map(|(_, heard)| *heard)
            .try_fold(self.term, |highest, heard| Some(highest.max(heard?)));
        if let Some(above_term) = highest {
            // The term first: on disk, too, it comes before what relies on it.
            self.set_hard_state(above_term + 1, None);
            self.set_quarantine(Some(Quarantine::CatchingUp { above_term }));
            self.reset_election_timer(now);
        }
        true
    }

    /// A leader speaks, whose term is not too low. False when this server follows nobody yet.
    pub(crate) fn may_follow(&mut self) -> bool {
        match self.quarantine {
            None => return true,
            Some(Quarantine::Asking) => return false,
            // What showed a history has stopped it before.
            Some(Quarantine::Suspected) => self.set_quarantine(None),
            Some(Quarantine::CatchingUp { above_term }) if self.log.last().term > above_term => {
                self.set_quarantine(None);
            }
            Some(Quarantine::CatchingUp { .. }) => {}
        }
        true
    }

    /// Another server knows of entries up to `index`, and this one's disk can't be of a new cluster. If it
    /// is suspected to be none, the server stops.
    pub(crate) fn is_contradicted_by(&mut self, from: usize, index: u64) -> bool {
        let is_contradicted = self.quarantine == Some(Quarantine::Suspected) && index > 0;
        if is_contradicted {
            self.failure = Some(format!(
                "the disk is empty, but server {from} knows of entries up to {index}: the cluster has a \
                 history. If the disk takes the place of one that is lost, start the server with \
                 Disk::New (--new-disk)"
            ));
        }
        is_contradicted
    }
}

#[cfg(test)]
mod tests;
