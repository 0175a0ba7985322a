//! Recordings: the same run as without, and files that are what they should be.

use crate::common::{Faulty, NoFault, WrongValue};
use labtest::report::{render_svg, render_timeline};
use labtest::{
    Implementation, LabTest, MakeArgs, Once, OurRaft, Peer, Recorded, RunOptions, Verdict,
    all_tests, record_one, run_one,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

fn record(test: &LabTest, seed: u64, options: &RunOptions) -> Recorded {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let recorded = record_one(test, seed, &implementation, options);
    let plain = run_one(test, seed, &implementation, options);
    assert_eq!(recorded.outcome.trace_hash, plain.trace_hash, "{} seed {seed}", test.name);
    assert_eq!(recorded.outcome.verdict, plain.verdict);
    assert_eq!(recorded.outcome.measures, plain.measures);
    recorded
}

fn lines(text: &str) -> (Value, Vec<Value>) {
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (lines.next().unwrap(), lines.collect())
}

fn number(line: &Value, name: &str) -> u64 {
    line[name].as_u64().unwrap_or_else(|| panic!("{name} in {line}"))
}

#[test]
fn every_test_is_the_same_run_when_it_is_recorded() {
    for test in all_tests() {
        let recorded = record(test, 3, &RunOptions::default());
        check_trace(test.name, &recorded);
        check_history(test.name, &recorded);
        let page = render_timeline(&recorded.trace).unwrap();
        assert!(page.contains(test.name));
        assert!(render_svg(&recorded.trace).unwrap().starts_with("<svg"));
    }
}

/// In the order of time; nothing arrives that was not sent, and nothing twice; the end has the hash.
fn check_trace(test: &str, recorded: &Recorded) {
    let (header, events) = lines(&recorded.trace);
    assert_eq!(header["schema"], "labtest.trace/v3");
    assert_eq!(header["test"], test);
    let servers = number(&header, "servers");
    assert!(servers > 0);
    let (mut under_way, mut at, mut kinds) = (BTreeSet::new(), 0, BTreeSet::new());
    let mut unanswered = BTreeSet::new();
    for event in &events {
        assert!(number(event, "at") >= at, "{event}");
        at = number(event, "at");
        kinds.insert(event["kind"].as_str().unwrap());
        let message = || (number(event, "call"), event["reply"].as_bool().unwrap());
        match event["kind"].as_str().unwrap() {
            "send" => {
                assert!(number(event, "from") < servers && number(event, "to") < servers);
                assert!(under_way.insert(message()), "{event}");
                assert_ne!(event["text"], "");
                unanswered.remove(&number(event, "call"));
            }
            "duplicate" => assert!(under_way.insert((number(event, "copy"), false)), "{event}"),
            // The server died with the request in its hands: there will be no reply.
            "lose" if unanswered.contains(&number(event, "call")) => {
                assert_eq!((message().1, &event["why"]), (true, &"dead".into()), "{event}");
                unanswered.remove(&number(event, "call"));
            }
            "deliver" | "lose" => {
                assert!(under_way.remove(&message()), "{event}");
                if event["kind"] == "deliver" && !message().1 {
                    unanswered.insert(number(event, "call"));
                }
            }
            "state" | "apply" | "snapshot" | "crash" => assert!(number(event, "server") < servers),
            _ => {}
        }
    }
    for kind in ["send", "deliver", "state", "end"] {
        assert!(kinds.contains(kind), "{test} has no {kind}");
    }
    let end = events.last().unwrap();
    assert_eq!(end["trace_hash"], format!("{:016x}", recorded.outcome.trace_hash));
    assert_eq!(end["verdict"], "passed");
}

/// A process does one thing at a time, and is answered what it asked.
fn check_history(test: &str, recorded: &Recorded) {
    let (header, events) = lines(&recorded.history);
    assert_eq!(header["schema"], "labtest.history/v2");
    let mut under_way: BTreeSet<u64> = BTreeSet::new();
    for event in &events {
        let process = number(event, "process");
        match event["type"].as_str().unwrap() {
            "invoke" => assert!(under_way.insert(process), "{test}: {event}"),
            "ok" | "fail" | "info" => assert!(under_way.remove(&process), "{test}: {event}"),
            other => panic!("{other}"),
        }
        if header["model"] != "kv" {
            assert_eq!(event["type"] == "ok", event.get("index").is_some(), "{event}");
        }
    }
    // Elections need no commands, and who counts messages hands them to the leader itself.
    let is_without_clients = test.starts_with("4A") || test == "4B::count";
    assert_eq!(events.is_empty(), is_without_clients, "{test}");
}

#[test]
fn a_raft_that_shows_nothing_is_recorded_from_outside() {
    let test = &all_tests()[1];
    let options = RunOptions { outside_only: true, ..RunOptions::default() };
    let (_, events) = lines(&record(test, 3, &options).trace);
    let has = |kind: &str| events.iter().any(|event| event["kind"] == kind);
    assert!(has("role") && has("send") && !has("state"));
    let leaders = events.iter().filter(|event| event["leader"] == true).count();
    assert!(leaders >= 2, "the one that was cut off, and another");
}

#[test]
fn a_message_of_a_raft_without_words_has_its_method() {
    // The wrapper does not pass on what our Raft says about its messages.
    let implementation: Arc<dyn Implementation> = Arc::new(Faulty(NoFault));
    let recorded = record_one(&all_tests()[0], 1, &implementation, &RunOptions::default());
    assert_eq!(recorded.outcome.verdict, Verdict::Passed);
    assert!(recorded.trace.contains(r#""text":"calls RequestVote of server "#));
    assert!(recorded.trace.contains(r#""text":"answers server "#));
}

/// A Raft whose runs may differ. It fails; its field makes the run again.
struct MayDiffer(Arc<dyn Implementation>);

impl Implementation for MayDiffer {
    fn name(&self) -> &str {
        "may differ"
    }

    fn once(&self) -> Option<Once> {
        Some(Once { first: Arc::new(Faulty(WrongValue)), again: Arc::clone(&self.0) })
    }

    fn make(&self, _args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        unreachable!("only those for a single run make servers")
    }
}

#[test]
fn a_run_that_may_not_come_again_has_a_recording_if_it_can_be_made_again() {
    let test = all_tests().iter().find(|test| test.name == "4B::basic_agree").unwrap();
    let fails = |again: Arc<dyn Implementation>| {
        let implementation: Arc<dyn Implementation> = Arc::new(MayDiffer(again));
        assert!(implementation.may_differ());
        let outcome = run_one(test, 1, &implementation, &RunOptions::default());
        assert!(matches!(outcome.verdict, Verdict::Failed(_)));
        outcome
    };
    let same = fails(Arc::new(Faulty(WrongValue)));
    let (_, events) = lines(&same.recording.unwrap().trace);
    let end = events.last().unwrap();
    assert_eq!(end["trace_hash"], format!("{:016x}", same.trace_hash));
    assert_eq!(end["verdict"], "failed");
    let another = fails(Arc::new(Faulty(NoFault)));
    assert!(another.recording.is_none());
}
