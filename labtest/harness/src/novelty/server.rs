//! A server, in few small numbers.

use super::amount;
use crate::checks::Glance;
use raft::RoleName;

/// What all servers are measured by.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) highest_term: u64,
    pub(super) committed: u64,
}

/// What a server is, whoever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub(super) role: u8,
    /// How far its term is behind the highest, up to 2.
    pub(super) terms: u8,
    /// How many committed entries it does not have.
    pub(super) lacks: u8,
    /// How many entries it has that are not committed, as far as is known.
    pub(super) extra: u8,
    /// Whether it has a snapshot, and nothing after it.
    pub(super) snapshot: u8,
    /// How many of its writes are not durable.
    pub(super) pending: u8,
    /// How far it is from knowing what is committed.
    pub(super) unknown: u8,
    /// Whether it has voted, and for itself.
    pub(super) vote: u8,
}

impl Shape {
    pub(super) fn of(server: usize, it: &Glance, scale: Scale) -> Shape {
        let Scale { highest_term, committed } = scale;
        if !it.is_alive {
            let lacks = amount(committed.saturating_sub(it.agreed));
            return Shape { role: DOWN, lacks, ..Shape::default() };
        }
        Shape {
            role: role(it.role),
            terms: highest_term.saturating_sub(it.term).min(2) as u8,
            lacks: amount(committed.saturating_sub(it.agreed)),
            extra: amount(it.last.index.saturating_sub(it.agreed)),
            snapshot: u8::from(it.snapshot > 0)
                + u8::from(it.snapshot > 0 && it.snapshot == it.last.index),
            pending: it.pending.min(2) as u8,
            unknown: amount(committed.saturating_sub(it.commit)).min(2),
            vote: it.voted_for.map_or(0, |vote| 1 + u8::from(vote == server)),
        }
    }

    /// The same from still further: part, later term, another log.
    pub(super) fn faint(&self) -> u8 {
        let diverged = self.lacks > 0 && self.extra > 0;
        self.role | self.terms.min(1) << 3 | u8::from(diverged) << 4
    }

    /// The same, seen from further away.
    pub(super) fn coarse(&self) -> u8 {
        let diverged = self.lacks > 0 && self.extra > 0;
        self.role
            | self.terms.min(1) << 3
            | u8::from(self.lacks > 0) << 4
            | u8::from(diverged) << 5
            | u8::from(self.snapshot == 2) << 6
            | self.pending.min(1) << 7
    }
}

const DOWN: u8 = 5;

pub(super) fn role(role: Option<RoleName>) -> u8 {
    match role {
        None => 0,
        Some(RoleName::Follower) => 1,
        Some(RoleName::PreCandidate) => 2,
        Some(RoleName::Candidate) => 3,
        Some(RoleName::Leader) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;

    const SCALE: Scale = Scale { highest_term: 5, committed: 10 };

    fn follower() -> Glance {
        Glance {
            is_alive: true,
            role: Some(RoleName::Follower),
            term: 5,
            last: Position { index: 10, term: 5 },
            agreed: 10,
            commit: 10,
            ..Glance::default()
        }
    }

    #[test]
    fn who_it_is_and_how_far_all_have_come_makes_no_difference() {
        let voted = |server| Glance { voted_for: Some(server), ..follower() };
        assert_eq!(Shape::of(1, &voted(1), SCALE), Shape::of(2, &voted(2), SCALE));
        assert_ne!(Shape::of(1, &voted(1), SCALE), Shape::of(1, &voted(2), SCALE));
        let last = Position { index: 110, term: 8 };
        let later = Glance { term: 8, last, agreed: 110, commit: 110, ..follower() };
        let scale = Scale { highest_term: 8, committed: 110 };
        assert_eq!(Shape::of(0, &later, scale), Shape::of(0, &follower(), SCALE));
    }

    #[test]
    fn what_a_log_is_to_the_committed_one_makes_a_difference() {
        let log =
            |agreed, index| Glance { agreed, last: Position { index, term: 5 }, ..follower() };
        let shape = |agreed, index| Shape::of(0, &log(agreed, index), SCALE);
        let (same, behind, ahead, diverged) =
            (shape(10, 10), shape(5, 5), shape(10, 12), shape(5, 8));
        assert_eq!(behind, shape(4, 4));
        for (one, other) in [(same, behind), (same, ahead), (behind, diverged), (ahead, diverged)] {
            assert_ne!(one, other);
        }
        assert_ne!(behind.coarse(), diverged.coarse());
        let down = Glance { is_alive: false, ..follower() };
        assert_eq!(Shape::of(0, &down, SCALE).role, DOWN);
    }
}
