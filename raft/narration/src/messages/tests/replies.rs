use super::*;
use raft::message::Position;
use raft_api::RoleName;

fn inside(term: u64, voted_for: Option<usize>) -> Inspection {
    Inspection {
        term,
        voted_for,
        role: RoleName::Follower,
        commit_index: 0,
        last_applied: 0,
        snapshot_index: 0,
        snapshot_term: 0,
        last_index: 7,
        last_term: 2,
    }
}

fn asked(pre_vote: bool) -> RequestVoteArgs {
    RequestVoteArgs { term: 3, candidate_id: 2, last_log_index: 7, last_log_term: 2, pre_vote }
}

fn answers(args: &RequestVoteArgs, term: u64, granted: bool, inside: &Inspection) -> String {
    let reply = Reply::RequestVote(RequestVoteReply { term, vote_granted: granted });
    reply.words(Naming::Node, 2, &Request::RequestVote(args.clone()), Some(inside))
}

#[test]
fn a_vote_is_given() {
    let free = inside(3, Some(2));
    assert_eq!(answers(&asked(false), 3, true, &free), "gives node 2 its vote in term 3");
    assert_eq!(answers(&asked(true), 2, true, &free), "would vote for node 2 in term 3");
}

#[test]
fn a_refusal_has_its_reason() {
    let refuses = |inside: Inspection| answers(&asked(false), inside.term, false, &inside);
    assert_eq!(refuses(inside(5, None)), "refuses node 2 its vote in term 3: is in term 5");
    assert_eq!(
        refuses(inside(3, Some(0))),
        "refuses node 2 its vote in term 3: has voted for node 0"
    );
    assert_eq!(
        refuses(Inspection { role: RoleName::Candidate, ..inside(3, Some(1)) }),
        "refuses node 2 its vote in term 3: has voted for itself"
    );
    assert_eq!(
        refuses(Inspection { role: RoleName::Leader, ..inside(3, Some(1)) }),
        "refuses node 2 its vote in term 3: leads"
    );
    assert_eq!(
        refuses(Inspection { last_index: 8, ..inside(3, None) }),
        "refuses node 2 its vote in term 3: its log is ahead, it ends at 8 of term 2"
    );
    // A longer log of an earlier term is not ahead, and a vote of an earlier term binds nobody.
    let unclear = Inspection { last_index: 9, last_term: 1, ..inside(2, Some(0)) };
    assert_eq!(refuses(unclear), "refuses node 2 its vote in term 3");
}

#[test]
fn a_refusal_by_somebody_unseen_has_no_reason() {
    let reply = Reply::RequestVote(RequestVoteReply { term: 3, vote_granted: false });
    let request = Request::RequestVote(asked(false));
    assert_eq!(reply.words(Naming::Node, 2, &request, None), "refuses node 2 its vote in term 3");
    let reply = Reply::RequestVote(RequestVoteReply { term: 4, vote_granted: false });
    assert_eq!(
        reply.words(Naming::Node, 2, &request, None),
        "refuses node 2 its vote in term 3: is in term 4"
    );
}

#[test]
fn a_pre_vote_is_refused_in_the_term_itself() {
    assert_eq!(
        answers(&asked(true), 3, false, &inside(3, None)),
        "would not vote for node 2 in term 3: is in term 3"
    );
}

fn append(prev_log_index: u64, entries: usize) -> Request {
    let entry = Entry { term: 3, command: Bytes::from_static(b"x") };
    Request::AppendEntries(AppendEntriesArgs {
        term: 3,
        leader_id: 2,
        prev_log_index,
        prev_log_term: 2,
        entries: vec![entry; entries],
        leader_commit: 6,
    })
}

fn append_reply(term: u64, success: bool, last_of_terms: &[(u64, u64)]) -> Reply {
    let last_of_terms =
        last_of_terms.iter().map(|&(index, term)| Position { index, term }).collect();
    Reply::AppendEntries(AppendEntriesReply { term, success, last_of_terms })
}

#[test]
fn appended_entries_are_accepted_or_refused() {
    let cases = [
        (append(7, 2), append_reply(3, true, &[])),
        (append(7, 0), append_reply(3, true, &[])),
        (append(0, 0), append_reply(3, true, &[])),
        (append(7, 2), append_reply(3, false, &[(4, 1), (2, 0)])),
        (append(7, 2), append_reply(3, false, &[(0, 0)])),
        (append(7, 0), append_reply(5, false, &[])),
        (append(7, 0), append_reply(3, false, &[])),
    ];
    let said = cases.map(|(request, reply)| reply.words(Naming::Node, 2, &request, None));
    assert_eq!(
        said,
        [
            "accepts node 2's entries: their logs agree up to 9",
            "accepts node 2's heartbeat: their logs agree up to 7",
            "accepts node 2's heartbeat: their logs meet at the start",
            "refuses node 2's entries after 7 of term 2: their logs agree up to 4 of term 1 at most",
            "refuses node 2's entries after 7 of term 2: their logs share no entry",
            "refuses node 2's heartbeat after 7 of term 2: is in term 5",
            "refuses node 2's heartbeat after 7 of term 2",
        ]
    );
}

#[test]
fn a_snapshot_is_taken_refused_or_there_in_part() {
    let piece = InstallSnapshotArgs {
        term: 3,
        leader_id: 2,
        last_included_index: 9,
        last_included_term: 2,
        offset: 0,
        data: Bytes::from_static(b"state"),
        done: false,
    };
    let last = InstallSnapshotArgs { offset: 5, done: true, ..piece.clone() };
    let asked =
        [piece.clone(), last].map(|args| Request::InstallSnapshot(args).words(Naming::Node, 1));
    assert_eq!(
        asked,
        [
            "sends node 1 its snapshot up to 9 of term 2 (5 bytes from 0) in term 3",
            "sends node 1 its snapshot up to 9 of term 2 (5 bytes from 5, the last) in term 3",
        ]
    );
    let request = Request::InstallSnapshot(piece);
    let said = [(3, None), (4, Some(0)), (3, Some(5))].map(|(term, missing_from)| {
        let reply = Reply::InstallSnapshot(InstallSnapshotReply { term, missing_from });
        reply.words(Naming::Node, 2, &request, None)
    });
    assert_eq!(
        said,
        [
            "has node 2's snapshot up to 9",
            "refuses node 2's snapshot: is in term 4",
            "has the first 5 bytes of node 2's snapshot up to 9",
        ]
    );
}

#[test]
fn bytes_have_words_whatever_they_are() {
    let request = labrpc::encode(&asked(false)).unwrap();
    let reply = labrpc::encode(&RequestVoteReply { term: 3, vote_granted: true }).unwrap();
    let words = |request: Option<&[u8]>, reply: &[u8]| {
        reply_words(Naming::Node, 2, method::REQUEST_VOTE, request, reply, None)
    };
    assert_eq!(words(Some(&request), &reply), "gives node 2 its vote in term 3");
    assert_eq!(words(None, &reply), "answers node 2's Raft.RequestVote (2 bytes)");
    assert_eq!(words(Some(&request), b"?"), "answers node 2's Raft.RequestVote (1 byte)");
    assert_eq!(words(Some(b"?"), &reply), "answers node 2's Raft.RequestVote (2 bytes)");
}

#[test]
fn an_answer_to_another_question_says_only_its_term() {
    let reply = append_reply(3, true, &[]);
    let request = Request::RequestVote(asked(false));
    assert_eq!(reply.words(Naming::Node, 2, &request, None), "answers node 2 from term 3");
}
