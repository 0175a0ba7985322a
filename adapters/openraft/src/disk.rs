//! What is on the disk beside the log.

use crate::types::{Vote, candidate_of, term_of};
use labtest::sans_io::Hard;
use labtest::serde::{Deserialize, Serialize};

/// What the crate calls a vote is whom a server has voted for, or whom it follows as the leader of the term.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct HardState {
    /// As the crate has it.
    pub(crate) vote: Option<Vote>,
    /// Whom the server has voted for in that term. It may then follow another: the one that has won.
    pub(crate) voted_for: Option<usize>,
}

impl Hard for HardState {
    fn term(&self) -> u64 {
        self.vote.as_ref().map_or(0, term_of)
    }

    fn voted_for(&self) -> Option<usize> {
        self.voted_for
    }
}

impl HardState {
    /// Takes the crate's next vote.
    pub(crate) fn update(&mut self, vote: Vote) {
        let same_term = self.term() == term_of(&vote);
        let kept = self.voted_for.filter(|_| same_term);
        let given = Some(candidate_of(&vote)).filter(|_| !vote.is_committed());
        *self = HardState { vote: Some(vote), voted_for: kept.or(given) };
    }
}
