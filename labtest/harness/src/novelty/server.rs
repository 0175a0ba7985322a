//! A server, in few small numbers.

use crate::checks::Glance;
use raft::RoleName;

/// What all servers are measured by.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) highest_term: u64,
    pub(super) committed: u64,
}

/// What a server is, whoever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) role: u8,
    /// Another is in a later term.
    is_behind: bool,
    /// It does not have all committed entries.
    lacks: bool,
    /// It lacks some, and has others that are not committed as far as is known.
    is_diverged: bool,
    /// Its log is a snapshot and nothing after it.
    is_snapshot: bool,
    /// Something that it has written is not durable.
    is_pending: bool,
}

impl Shape {
    pub(super) fn of(it: &Glance, scale: Scale) -> Shape {
        let lacks = it.agreed < scale.committed;
        if !it.is_alive {
            return Shape { role: DOWN, lacks, ..Shape::default() };
        }
        Shape {
            role: role(it.role),
            is_behind: it.term < scale.highest_term,
            lacks,
            is_diverged: lacks && it.last.index > it.agreed,
            is_snapshot: it.snapshot > 0 && it.snapshot == it.last.index,
            is_pending: it.pending > 0,
        }
    }

    /// All of it as a number.
    pub(super) fn number(self) -> u8 {
        let bit = |is_so: bool, place: u8| u8::from(is_so) << place;
        self.distant() | bit(self.lacks, 5) | bit(self.is_snapshot, 6) | bit(self.is_pending, 7)
    }

    /// Its part, its term and its log, as far as they show from a distance: there are few of these, so that all
    /// servers together can be told by them.
    pub(super) fn distant(self) -> u8 {
        self.role | u8::from(self.is_behind) << 3 | u8::from(self.is_diverged) << 4
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

    fn shape(agreed: u64, index: u64) -> Shape {
        let last = Position { index, term: 5 };
        Shape::of(&Glance { agreed, last, ..follower() }, SCALE)
    }

    #[test]
    fn how_far_all_have_come_makes_no_difference() {
        let last = Position { index: 110, term: 8 };
        let later = Glance { term: 8, last, agreed: 110, commit: 110, ..follower() };
        let scale = Scale { highest_term: 8, committed: 110 };
        assert_eq!(Shape::of(&later, scale), Shape::of(&follower(), SCALE));
        assert_ne!(Shape::of(&later, Scale { highest_term: 9, ..scale }), shape(10, 10));
    }

    #[test]
    fn what_a_log_is_to_the_committed_one_makes_a_difference() {
        let (same, behind, diverged) = (shape(10, 10), shape(5, 5), shape(5, 8));
        assert_eq!((behind, same), (shape(4, 4), shape(10, 12)));
        for (one, other) in [(same, behind), (behind, diverged), (same, diverged)] {
            assert_ne!(one.number(), other.number());
        }
        assert_eq!(same.distant(), behind.distant());
        assert_ne!(behind.distant(), diverged.distant());
        let down = Glance { is_alive: false, ..follower() };
        assert_eq!(Shape::of(&down, SCALE).distant(), DOWN);
    }
}
