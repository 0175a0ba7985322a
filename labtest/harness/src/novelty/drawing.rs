//! The sketch of a run while it is made.

use super::message::{Calls, EARLIER};
use super::server::{Scale, Shape};
use super::{Seen, Sheet, amount};
use crate::Config;
use crate::checks::{Glance, Oracle};
use crate::majority::majority;
use crate::sight::Sight;
use labrpc::{EventKind, NetworkEvent};
use runtime::Instant;

/// Looks at a run, and draws its sketch.
pub(crate) struct Drawing {
    sheet: Sheet,
    seen: Seen,
    servers: Vec<Known>,
    calls: Calls,
    committed: u64,
    /// The options that make a difference to what anything means.
    options: u8,
}

/// A server, as it was seen last.
#[derive(Clone, Copy, Default)]
struct Known {
    glance: Glance,
    shape: Shape,
    /// What it did last, the latest first.
    did: [u8; 2],
}

impl Drawing {
    pub(crate) fn new(config: &Config, sheet: &Sheet) -> Drawing {
        let raft = &config.raft;
        let options = [raft.pre_vote, raft.check_quorum, config.snapshots, config.journal];
        let bit = |(place, is_on): (usize, &bool)| u8::from(*is_on) << place;
        Drawing {
            sheet: Sheet::clone(sheet),
            seen: Seen::new(),
            servers: vec![Known::default(); config.servers],
            calls: Calls::new(),
            committed: 0,
            options: options.iter().enumerate().map(bit).sum(),
        }
    }

    /// Looks at an event that the checks have not seen yet.
    pub(crate) fn before(&mut self, at: Instant, sight: &Sight<'_>, oracle: &Oracle) {
        self.seen.now = at;
        if let Sight::Message(event) = sight {
            self.message(at, event, oracle);
        }
    }

    /// Looks at an event that the checks have seen.
    pub(crate) fn after(&mut self, sight: &Sight<'_>, oracle: &Oracle) {
        match *sight {
            Sight::State { who, .. }
            | Sight::Written { who, .. }
            | Sight::Synced { who, .. }
            | Sight::Started { who, .. }
            | Sight::AppliedSnapshot { who, .. } => self.look_at(who.server, oracle),
            Sight::Crashed { server, lost_writes } => {
                self.look_at(server, oracle);
                self.did(server, 12 + amount(lost_writes as u64).min(2));
            }
            Sight::TookSnapshot { who, .. } => self.did(who.server, 11),
            _ => {}
        }
        if oracle.committed_up_to() != self.committed {
            self.commits(oracle);
        }
    }

    fn message(&mut self, at: Instant, event: &NetworkEvent<'_>, oracle: &Oracle) {
        let NetworkEvent { call, caller, callee, .. } = *event;
        match event.kind {
            EventKind::RequestSent => self.calls.sent(at, call, self.servers[caller].glance.start),
            EventKind::RequestDelivered => {
                let Some(asked) = oracle.asked(call) else { return };
                let both = (&self.servers[caller].glance, &self.servers[callee].glance);
                let fact = self.calls.request(at, call, asked, both);
                self.came(callee, fact);
            }
            EventKind::ReplySent => {
                if let Some(asked) = oracle.asked(call) {
                    self.calls.answered(call, asked);
                }
            }
            EventKind::ReplyDelivered => {
                if let Some(fact) = self.calls.reply(at, call, &self.servers[caller].glance) {
                    self.came(caller, fact);
                }
            }
            EventKind::RequestDuplicated { .. }
            | EventKind::RequestLost(_)
            | EventKind::ReplyLost(_) => {}
        }
    }

    /// A message has come: alone, and after what its receiver did last.
    fn came(&mut self, receiver: usize, fact: [u8; 6]) {
        let [kind, term, role, place, age, changed] = fact;
        self.seen.note(&fact);
        // What is out of time matters by what it meets.
        if age > 1 || changed > 0 || term == EARLIER {
            self.seen.note(&[kind, term, role, place.min(1), self.servers[receiver].did[0], 45]);
        }
    }

    fn look_at(&mut self, server: usize, oracle: &Oracle) {
        let now = oracle.glance(server);
        let Known { glance: before, shape: old, .. } = self.servers[server];
        if now == before {
            return;
        }
        let highest_term = oracle.highest_term();
        let scale = Scale { highest_term, committed: oracle.committed_up_to() };
        let shape = Shape::of(&now, scale);
        (self.servers[server].glance, self.servers[server].shape) = (now, shape);
        for event in events(server, &before, &now).into_iter().flatten() {
            self.did(server, event);
        }
        let (was, is) = (old.number(), shape.number());
        if was != is {
            self.seen.note(&[40, was, is]);
            self.together();
        }
    }

    /// What all servers are together, whoever is who.
    fn together(&mut self) {
        let mut all: Vec<u8> = self.servers.iter().map(|server| server.shape.distant()).collect();
        all.sort_unstable();
        all.dedup();
        all.push(41);
        self.seen.note(&all);
    }

    /// A server has done something.
    fn did(&mut self, server: usize, event: u8) {
        let did = &mut self.servers[server].did;
        if did[0] == event {
            return;
        }
        let [first, second] = *did;
        *did = [event, first];
        self.seen.note(&[42, event, first, second]);
        self.seen.note(&[43, event, self.options]);
    }

    /// More is committed: how close was it?
    fn commits(&mut self, oracle: &Oracle) {
        let last = oracle.committed_up_to();
        let majority = majority(self.servers.len());
        let copies = oracle.durable_copies(last);
        let spare = (copies + 2).saturating_sub(majority).min(4) as u8;
        let alive = self.servers.iter().filter(|it| it.glance.is_alive).count();
        let alive = (alive + 1).saturating_sub(majority).min(3) as u8;
        let leaders = self.servers.iter().filter(|it| it.shape.role == 4).count().min(3) as u8;
        let is_many = amount(last - self.committed);
        self.committed = last;
        self.seen.note(&[44, spare, alive, leaders, is_many]);
    }
}

/// What a server did.
fn events(server: usize, before: &Glance, now: &Glance) -> [Option<u8>; 8] {
    use raft::RoleName::{Candidate, Leader, PreCandidate};
    let begins = now.start != before.start;
    let role = |role| now.role == Some(role) && (before.role, before.term) != (now.role, now.term);
    let if_so = |is_so: bool, event: u8| is_so.then_some(event);
    let votes = now.voted_for.is_some_and(|vote| vote != server)
        && (now.voted_for, now.term) != (before.voted_for, before.term);
    let shorter = now.last.index < before.last.index
        || now.last.term > before.last.term && now.last.index <= before.last.index;
    let installed = now.snapshot > before.snapshot && now.snapshot > before.last.index;
    [
        if_so(begins && now.start > 1, 1),
        if_so(role(PreCandidate), 2),
        if_so(role(Candidate), 3),
        if_so(role(Leader), 4),
        if_so(before.role == Some(Leader) && now.role != Some(Leader), 5),
        if_so(votes, 6),
        if_so(!begins && shorter && !installed, 7),
        if_so(!begins && now.snapshot > before.snapshot, 8 + u8::from(installed)),
    ]
}

impl Drop for Drawing {
    fn drop(&mut self) {
        *self.sheet.lock() = std::mem::take(&mut self.seen.sketch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;
    use raft::RoleName;

    fn done(before: &Glance, now: &Glance) -> Vec<u8> {
        events(0, before, now).into_iter().flatten().collect()
    }

    #[test]
    fn what_a_server_does_shows_in_what_it_becomes() {
        let at = |index, term| Position { index, term };
        let it = Glance { start: 1, term: 2, last: at(5, 2), ..Glance::default() };
        assert!(done(&it, &it).is_empty());
        let grown = Glance { last: at(6, 2), ..it };
        assert!(done(&it, &grown).is_empty());
        assert_eq!(done(&it, &Glance { last: at(4, 1), ..it }), [7], "it removes entries");
        assert_eq!(done(&it, &Glance { last: at(5, 3), ..it }), [7], "it replaces entries");
        assert_eq!(done(&it, &Glance { snapshot: 3, ..it }), [8]);
        let installed = Glance { snapshot: 9, last: at(9, 2), ..it };
        assert_eq!(done(&it, &installed), [9], "it was sent a snapshot");
        let leader = Glance { role: Some(RoleName::Leader), term: 3, ..it };
        assert_eq!(done(&it, &leader), [4]);
        assert_eq!(done(&leader, &Glance { role: None, ..leader }), [5]);
        assert_eq!(done(&it, &Glance { voted_for: Some(1), ..it }), [6]);
        assert!(done(&it, &Glance { voted_for: Some(0), ..it }).is_empty());
        assert_eq!(done(&it, &Glance { start: 2, last: at(0, 0), ..it }), [1], "a new life");
    }
}
