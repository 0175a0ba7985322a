//! Facts that need not be told, because a wrong says the same.

use super::Walk;
use super::chosen::Chosen;
use crate::causes::CauseKind;
use crate::causes::fact::{Fact, What};

impl Walk<'_> {
    /// Where a wrong says all that another fact says, it is as important, and is told alone.
    pub(super) fn leave_out_what_wrongs_say(&self, chosen: &mut Chosen) {
        let places: Vec<usize> = chosen.0.keys().copied().collect();
        for place in &places {
            let says_it = |wrong: &&usize| self.facts[**wrong].tells(&self.facts[*place]);
            if let Some(wrong) = places.iter().find(says_it)
                && let Some(weight) = chosen.0.remove(place)
            {
                chosen.add(*wrong, weight);
            }
        }
    }
}

impl Fact {
    /// Whether it is a wrong that says all that `other` says.
    fn tells(&self, other: &Fact) -> bool {
        let Some(wrong) =
            self.wrong().filter(|_| (self.at, self.server) == (other.at, other.server))
        else {
            return false;
        };
        let is_about = |first: u64| wrong.indices.as_ref().is_some_and(|it| *it.start() == first);
        match (&other.what, wrong.kind) {
            (
                What::Drops { first, .. },
                CauseKind::DROPPED_WITHOUT_CONFLICT | CauseKind::OVERWROTE_OWN_LOG,
            ) => is_about(*first),
            (
                What::Votes { term, candidate },
                CauseKind::VOTE_TWICE | CauseKind::VOTE_FOR_OLDER_LOG,
            ) => wrong.term == Some(*term) && wrong.others.contains(candidate),
            (What::Commits(commits), CauseKind::COMMITTED_WITHOUT_MAJORITY) => {
                is_about(commits.first)
            }
            (
                What::GetsSnapshot { index },
                CauseKind::SNAPSHOT_WRONG_STATE | CauseKind::SNAPSHOT_WENT_BACK,
            ) => is_about(*index),
            _ => false,
        }
    }
}
