//! What a Raft may do otherwise than ours and be right, and what it may not.

use crate::common::test_of_name;
use labtest::runtime::{sleep, spawn};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, Decoded, DiskDecoder, Encoded, EntryId, Implementation, Inspection,
    MakeArgs, Message, NotLeader, OurRaft, Overrides, Peer, RunOptions, RunOutcome, Service,
    Started, State, Supports, Verdict, anyhow, mpsc, record_one, run_one,
};
use std::sync::Arc;
use std::time::Duration;

/// How our Raft is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// It knows where a command will be a while after it was asked.
    AnswersLate,
    /// Its service reads a leader's snapshot from the disk.
    SnapshotsFromDisk,
    /// Its requests are understood, and its replies are said to say nothing.
    RepliesSayNothing,
    /// Its requests are understood, and its replies are not.
    RepliesAreUnknown,
    /// It says that index 2 is an entry of its own.
    OwnEntryAt2,
    /// The same, and it declares that it has such entries.
    DeclaredOwnEntryAt2,
    /// Its timeouts are fixed.
    FixedTimeouts,
}

#[derive(Clone, Copy)]
struct Other(Seen);

impl Implementation for Other {
    fn name(&self) -> &str {
        "other"
    }

    fn supports(&self) -> Supports {
        let fixed = match self.0 {
            Seen::FixedTimeouts => "election_timeout_min_ms = 700\nelection_timeout_max_ms = 900",
            _ => "",
        };
        Supports { own_entries: self.0 == Seen::DeclaredOwnEntryAt2, fixed, ..OurRaft.supports() }
    }

    /// It has no words for its messages.
    fn describe(&self, _message: &Message<'_>) -> Option<String> {
        None
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        match self.0 {
            Seen::RepliesSayNothing if message.reply => Decoded::Nothing,
            Seen::RepliesAreUnknown if message.reply => Decoded::Unknown,
            _ => OurRaft.decode(message),
        }
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        OurRaft.disk_decoder()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        if self.0 == Seen::FixedTimeouts {
            let raft = &config.raft;
            let timeouts = (raft.election_timeout_min_ms, raft.election_timeout_max_ms);
            assert_eq!(timeouts, (700, 900));
        }
        let (altered, mut messages) = mpsc::channel(1);
        let seen = self.0;
        spawn(async move {
            while let Some(message) = messages.recv().await {
                if apply.send(as_seen(seen, message)).await.is_err() {
                    return;
                }
            }
        });
        let raft = OurRaft.make(MakeArgs { peers, me, persister, apply: altered, config })?;
        Ok(Arc::new(OtherPeer { raft, seen }))
    }
}

fn as_seen(seen: Seen, message: ApplyMsg) -> ApplyMsg {
    match (seen, message) {
        (Seen::SnapshotsFromDisk, ApplyMsg::Snapshot { index, term, snapshot }) => {
            ApplyMsg::StoredSnapshot { index, term, snapshot: snapshot.into() }
        }
        (
            Seen::OwnEntryAt2 | Seen::DeclaredOwnEntryAt2,
            ApplyMsg::Command { index: 2, term, .. },
        ) => ApplyMsg::Own { index: 2, term },
        (_, message) => message,
    }
}

struct OtherPeer {
    raft: Arc<dyn Peer>,
    seen: Seen,
}

impl Peer for OtherPeer {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        assert_ne!(self.seen, Seen::AnswersLate, "the tester calls `submit`");
        self.raft.start(command)
    }

    fn submit(&self, command: Bytes) -> BoxFuture<Result<Started, NotLeader>> {
        let raft = Arc::clone(&self.raft);
        match self.seen {
            Seen::AnswersLate => Box::pin(async move {
                sleep(Duration::from_millis(1)).await;
                raft.start(command)
            }),
            _ => raft.submit(command),
        }
    }

    fn get_state(&self) -> State {
        self.raft.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.raft.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.raft.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.raft.service()
    }

    fn changes(&self) -> Option<u64> {
        self.raft.changes()
    }

    fn inspect(&self) -> Option<Inspection> {
        self.raft.inspect()
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.raft.entry_at(index)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.raft.match_index(server)
    }
}

fn run(name: &str, seed: u64, seen: Seen) -> RunOutcome {
    let raft: Arc<dyn Implementation> = Arc::new(Other(seen));
    run_one(&test_of_name(name), seed, &raft, &RunOptions::default())
}

#[track_caller]
fn passes(seen: Seen, tests: &[&str], seeds: u64) {
    for name in tests {
        for seed in 1..=seeds {
            let verdict = run(name, seed, seen).verdict;
            assert_eq!(verdict, Verdict::Passed, "{seen:?}, {name}, seed {seed}");
        }
    }
}

#[test]
fn a_leader_may_know_a_commands_place_a_while_after_it_was_asked() {
    let tests = ["4B::basic_agree", "4B::backup", "4C::reliable_churn", "kv::basic"];
    passes(Seen::AnswersLate, &tests, 2);
    passes(Seen::AnswersLate, &["explore::crash", "explore::kv"], 10);
}

#[test]
fn a_service_may_read_a_snapshot_from_the_disk() {
    passes(Seen::SnapshotsFromDisk, &["4D::snapshot_install", "4D::snapshot_install_crash"], 2);
    passes(Seen::SnapshotsFromDisk, &["explore::everything", "explore::kv"], 10);
}

#[test]
fn a_conversation_that_is_understood_by_half_makes_no_alarm() {
    for seen in [Seen::RepliesSayNothing, Seen::RepliesAreUnknown] {
        passes(seen, &["explore::network", "explore::everything"], 20);
    }
}

#[test]
fn what_is_not_checked_is_told() {
    let coverage = run("explore::network", 1, Seen::RepliesAreUnknown).coverage.expect("it ended");
    assert_eq!(coverage.words(), "applied values, messages, disk, inside");
    let [unchecked] = coverage.off.as_slice() else { panic!("{coverage:?}") };
    assert_eq!(unchecked.what, "votes and confirmations");
    assert!(unchecked.why.ends_with("to Raft.RequestVote was not understood"), "{unchecked:?}");
    let whole = run("explore::network", 1, Seen::FixedTimeouts).coverage.expect("it ended");
    assert_eq!(whole.off, []);
}

#[test]
fn an_entry_of_its_own_is_declared_and_the_same_for_all() {
    let Verdict::Failed(failure) = run("4B::basic_agree", 1, Seen::OwnEntryAt2).verdict else {
        panic!("it passed")
    };
    assert_eq!(failure.property, "contract:apply");
    // Declared it is one, but a command had been promised that place.
    let outcome = run("4B::basic_agree", 1, Seen::DeclaredOwnEntryAt2);
    let Verdict::Failed(failure) = outcome.verdict else { panic!("it passed") };
    assert_eq!(failure.property, "safety:applied-values");
    assert!(failure.message.contains("an entry of Raft's own"), "{failure}");
}

#[test]
fn what_is_fixed_is_what_tests_and_explorations_go_by() {
    passes(Seen::FixedTimeouts, &["4A::initial_election", "explore::network"], 5);
}

#[test]
fn a_configuration_that_says_otherwise_than_what_is_fixed_is_refused() {
    let text = "[raft]\nelection_timeout_min_ms = 400\n";
    let overrides = Overrides::for_tests(text, "my.toml").expect("it is one");
    let options = RunOptions { overrides, ..RunOptions::default() };
    let raft: Arc<dyn Implementation> = Arc::new(Other(Seen::FixedTimeouts));
    let outcome = run_one(&test_of_name("4A::initial_election"), 1, &raft, &options);
    let Verdict::Undecided(reason) = outcome.verdict else { panic!("{:?}", outcome.verdict) };
    let expected = "my.toml:2: the Raft under test has `raft.election_timeout_min_ms` fixed to 700, in \
                    4A::initial_election";
    assert_eq!(reason, expected);
}

#[test]
fn messages_without_words_are_shown_as_their_types_print_themselves() {
    let raft: Arc<dyn Implementation> = Arc::new(Other(Seen::AnswersLate));
    let test = test_of_name("4A::initial_election");
    let trace = record_one(&test, 1, &raft, &RunOptions::default()).trace;
    for words in [
        ": RequestVoteArgs { term: 1, candidate_id: ",
        "'s RequestVote: RequestVoteReply { term: 1, vote_granted: true }",
    ] {
        assert!(trace.contains(words), "{words}");
    }
}

#[test]
fn a_raft_without_options_of_its_own_says_so() {
    let options = [("mode".to_owned(), "lab".to_owned())];
    let Err(error) = Other(Seen::FixedTimeouts).with_options(&options) else {
        panic!("it has some")
    };
    assert_eq!(error.to_string(), "other has no options of its own, and so no `mode`");
}
