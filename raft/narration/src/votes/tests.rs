use super::*;
use raft_api::RoleName;

fn asked(term: u64, pre_vote: bool) -> RequestVoteArgs {
    RequestVoteArgs { term, candidate_id: 2, last_log_index: 0, last_log_term: 0, pre_vote }
}

fn granted(term: u64) -> RequestVoteReply {
    RequestVoteReply { term, vote_granted: true }
}

#[test]
fn a_vote_at_hand_is_free_given_or_of_a_term_that_is_over() {
    let voter = |term, voted_for| {
        let inside = Inspection {
            term,
            voted_for,
            role: RoleName::Follower,
            commit_index: 0,
            last_applied: 0,
            snapshot_index: 0,
            snapshot_term: 0,
            last_index: 0,
            last_term: 0,
        };
        vote_at_hand(Naming::Node, 1, &asked(3, false), &inside)
    };
    assert_eq!(voter(2, Some(0)), "is in term 2, so its vote in term 3 is free");
    assert_eq!(voter(3, None), "has not voted in term 3");
    assert_eq!(voter(3, Some(0)), "has voted for node 0 in term 3");
    assert_eq!(voter(3, Some(1)), "has voted for itself in term 3");
    assert_eq!(voter(4, Some(0)), "is in term 4 already");
}

#[test]
fn a_new_candidacy_counts_from_one() {
    let mut votes = Votes::new(3);
    assert_eq!(
        votes.reply(0, &asked(1, false), &granted(1)).unwrap(),
        "has 2 of 3 votes in term 1, a majority"
    );
    assert_eq!(
        votes.reply(1, &asked(1, false), &granted(1)).unwrap(),
        "has 3 of 3 votes in term 1"
    );
    assert_eq!(
        votes.reply(1, &asked(2, false), &granted(2)).unwrap(),
        "has 2 of 3 votes in term 2, a majority"
    );
    assert_eq!(votes.reply(0, &asked(1, false), &granted(1)), None, "of a term that is over");
}

#[test]
fn refusals_pre_votes_and_strangers_are_not_counted() {
    let mut votes = Votes::new(3);
    let refused = RequestVoteReply { term: 1, vote_granted: false };
    assert_eq!(votes.reply(0, &asked(1, false), &refused), None);
    assert_eq!(votes.reply(0, &asked(1, true), &granted(1)), None);
    assert_eq!(votes.reply(3, &asked(1, false), &granted(1)), None);
    let stranger = RequestVoteArgs { candidate_id: 3, ..asked(1, false) };
    assert_eq!(votes.reply(0, &stranger, &granted(1)), None);
}
