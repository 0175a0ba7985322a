//! A voter's vote, and a candidate's count.

use raft::message::{RequestVoteArgs, RequestVoteReply};
use raft_api::{Inspection, Naming};

/// What the vote of `voter` is worth when a candidate's request reaches it: `inside` is the voter
/// before it decides.
///
/// ```
/// use narration::{Naming, vote_at_hand};
/// use raft::message::RequestVoteArgs;
/// use raft_api::{Inspection, RoleName};
///
/// let asked = RequestVoteArgs {
///     term: 3,
///     candidate_id: 2,
///     last_log_index: 0,
///     last_log_term: 0,
///     pre_vote: false,
/// };
/// let inside = Inspection {
///     term: 3,
///     voted_for: Some(0),
///     role: RoleName::Follower,
///     commit_index: 0,
///     last_applied: 0,
///     snapshot_index: 0,
///     snapshot_term: 0,
///     last_index: 0,
///     last_term: 0,
/// };
/// let words = vote_at_hand(Naming::Node, 1, &asked, &inside);
/// assert_eq!(words, "has voted for node 0 in term 3");
/// ```
pub fn vote_at_hand(
    naming: Naming,
    voter: usize,
    asked: &RequestVoteArgs,
    inside: &Inspection,
) -> String {
    let Inspection { term, voted_for, .. } = *inside;
    if term > asked.term {
        return format!("is in term {term} already");
    }
    if term < asked.term {
        return format!("is in term {term}, so its vote in term {} is free", asked.term);
    }
    match voted_for {
        None => format!("has not voted in term {term}"),
        Some(candidate) if candidate == voter => format!("has voted for itself in term {term}"),
        Some(candidate) => {
            format!("has voted for {} in term {term}", naming.of(candidate))
        }
    }
}

/// Counts the votes that candidates have, from the replies that reach them. A vote that arrives
/// twice counts once; pre-votes are not counted.
#[derive(Clone, Debug)]
pub struct Votes {
    servers: usize,
    /// By candidate: the term of its last candidacy, and whose votes it has.
    candidacies: Vec<(u64, Vec<bool>)>,
}

impl Votes {
    /// For a cluster of that many servers.
    pub fn new(servers: usize) -> Votes {
        Votes { servers, candidacies: vec![(0, vec![false; servers]); servers] }
    }

    /// A reply has reached the candidate. Returns what the count says now, when it has changed.
    ///
    /// ```
    /// # use raft::message::{RequestVoteArgs, RequestVoteReply};
    /// # let asked = RequestVoteArgs {
    /// #     term: 3, candidate_id: 2, last_log_index: 0, last_log_term: 0, pre_vote: false,
    /// # };
    /// let mut votes = narration::Votes::new(5);
    /// let granted = RequestVoteReply { term: 3, vote_granted: true };
    /// assert_eq!(votes.reply(4, &asked, &granted).unwrap(), "has 2 of 5 votes in term 3");
    /// assert_eq!(
    ///     votes.reply(0, &asked, &granted).unwrap(),
    ///     "has 3 of 5 votes in term 3, a majority"
    /// );
    /// assert_eq!(votes.reply(4, &asked, &granted), None);
    /// ```
    pub fn reply(
        &mut self,
        voter: usize,
        asked: &RequestVoteArgs,
        reply: &RequestVoteReply,
    ) -> Option<String> {
        let RequestVoteArgs { term, candidate_id, pre_vote, .. } = *asked;
        let counts = reply.vote_granted && reply.term == term && !pre_vote;
        let (current_term, voters) = self.candidacies.get_mut(candidate_id)?;
        if !counts || voter >= self.servers || term < *current_term {
            return None;
        }
        if term > *current_term {
            *current_term = term;
            voters.fill(false);
            // A candidate votes for itself first.
            voters[candidate_id] = true;
        }
        if std::mem::replace(&mut voters[voter], true) {
            return None;
        }
        let (granted, servers) = (voters.iter().filter(|voted| **voted).count(), self.servers);
        let majority = if granted == servers / 2 + 1 { ", a majority" } else { "" };
        Some(format!("has {granted} of {servers} votes in term {term}{majority}"))
    }
}

#[cfg(test)]
mod tests;
