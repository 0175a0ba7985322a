//! The scenarios in `scenarios/` tell what their comments say, and a right Raft passes them.

use labtest::scenario::{Load, Others, Scenario, record_scenario, run_scenario};
use labtest::{Implementation, OurRaft, Recorded, RunOptions, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=10;

fn raft() -> Arc<dyn Implementation> {
    Arc::new(OurRaft)
}

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let text = fs::read_to_string(&path).expect("the file is there");
    Scenario::from_toml(&text, name).unwrap_or_else(|error| panic!("{error}"))
}

fn recorded(scenario: &Scenario, seed: u64) -> Recorded {
    let recorded = record_scenario(scenario, seed, &raft(), &RunOptions::default());
    assert_eq!(recorded.outcome.verdict, Verdict::Passed, "seed {seed}");
    recorded
}

/// The events of a trace, or the lines of a history.
fn lines(text: &str) -> Vec<Value> {
    text.lines().skip(1).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// How many commands clients saw committed.
fn acknowledged(recorded: &Recorded) -> usize {
    lines(&recorded.history).iter().filter(|line| line["type"] == "ok").count()
}

#[test]
fn all_of_them_can_be_read_and_are_passed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the folder is there") {
        let file = file.expect("a file");
        if !file.path().is_file() {
            continue; // Those in folders have tests of their own.
        }
        let name = file.file_name().to_string_lossy().into_owned();
        for seed in SEEDS {
            let scenario = scenario(&name);
            let outcome = run_scenario(&scenario, seed, &raft(), &RunOptions::default());
            assert_eq!(outcome.verdict, Verdict::Passed, "{name}, seed {seed}");
        }
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn those_for_live_runs_are_passed_in_a_simulation_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/live");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("the file can be read");
        let name = path.display().to_string();
        let scenario =
            Scenario::from_toml_for_live(&text, &name).unwrap_or_else(|error| panic!("{error}"));
        let outcome = run_scenario(&scenario, 1, &raft(), &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{name}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn figure_8_goes_as_in_the_paper() {
    for seed in SEEDS {
        let events = lines(&recorded(&scenario("figure8.toml"), seed).trace);
        let of_kind = |kind: &'static str| events.iter().filter(move |event| event["kind"] == kind);
        // (a), (b), (c), (d): S1, S5, S1, S5 lead.
        let mut leaders: Vec<u64> = of_kind("state")
            .filter(|state| state["role"] == "leader")
            .filter_map(|state| state["server"].as_u64())
            .collect();
        leaders.dedup();
        assert_eq!(leaders, [0, 4, 0, 4], "seed {seed}");
        // (c): a majority has the second command, but it is not committed.
        let has_second = |state: &&Value| {
            let at = state["at"].as_u64().unwrap_or_default() / 1_000_000;
            let ends = (&state["last_index"], &state["last_term"]) == (&2.into(), &1.into());
            // A server that has just started does not know yet that the first one is committed.
            let is_open = state["commit_index"].as_u64().is_some_and(|index| index < 2);
            (900..1300).contains(&at) && ends && is_open
        };
        let mut holders: Vec<u64> =
            of_kind("state").filter(has_second).filter_map(|it| it["server"].as_u64()).collect();
        holders.sort_unstable();
        holders.dedup();
        assert!(holders.len() >= 3 && holders.contains(&0), "seed {seed}: {holders:?}");
        // (d), (e): another command has taken its place, everywhere.
        let second = of_kind("apply").filter(|apply| apply["index"] == 2);
        let applied: Vec<&Value> = second.map(|apply| &apply["command"]).collect();
        assert!(applied.len() >= 5, "seed {seed}: {applied:?}");
        assert!(applied.iter().all(|command| **command == "1000003"), "seed {seed}: {applied:?}");
    }
}

#[test]
fn a_server_that_comes_back_disturbs_nobody_with_pre_vote() {
    let quiet = scenario("disruptive-rejoin.toml");
    let mut disturbed = quiet.clone();
    disturbed.raft.pre_vote = false;
    disturbed.raft.check_quorum = false;
    for seed in SEEDS {
        assert_eq!(recorded(&quiet, seed).outcome.measures.terms, 1, "seed {seed}");
        assert!(recorded(&disturbed, seed).outcome.measures.terms > 5, "seed {seed}");
    }
}

#[test]
fn over_a_bridge_commands_are_committed_with_check_quorum_only() {
    let with = scenario("bridge-with-check-quorum.toml");
    let mut without = with.clone();
    without.raft.check_quorum = false;
    for seed in SEEDS {
        assert_eq!(acknowledged(&recorded(&with, seed)), 15, "seed {seed}");
        assert_eq!(acknowledged(&recorded(&without, seed)), 0, "seed {seed}");
    }
}

#[test]
fn quorums_recover_one_after_another_and_then_all() {
    let mut shifting = Scenario { servers: 5, safety_ms: 500, ..Scenario::default() };
    shifting.recovery.others = Others::Down;
    shifting.recovery.shifts = 2;
    for seed in SEEDS {
        let events = lines(&recorded(&shifting, seed).trace);
        let of_kind = |kind: &'static str| events.iter().filter(move |event| event["kind"] == kind);
        let notes: Vec<&Value> = of_kind("note").map(|note| &note["text"]).collect();
        let another = "another quorum recovers";
        assert_eq!(notes, ["a quorum recovers", another, another, "all servers recover"]);
        // Three commands with the first quorum, two with each of the others, then with all, then in the calm.
        let recoveries = of_kind("apply").filter_map(|it| it["command"].as_str()?.parse().ok());
        let commands: BTreeSet<u64> = recoveries.filter(|number| *number < 100).collect();
        assert_eq!(commands, (7..7 + 3 + 2 + 2 + 2 + 5).collect(), "seed {seed}");
    }
}

#[test]
fn an_eager_client_submits_in_the_moment_of_an_election() {
    let mut eager = Scenario { safety_ms: 3_000, ..Scenario::default() };
    eager.clients = Load { clients: 1, eager: 1, burst_max: 1, ..Load::default() };
    let crash = "[[step]]\nat_ms = 1200\ntarget = \"leader\"\nfor_ms = 500\nfault = { crash = { unsynced = \"lost\" } }";
    eager.steps = Scenario::from_toml(crash, "a crash").expect("a step").steps;
    for seed in SEEDS {
        let recorded = recorded(&eager, seed);
        let elections: BTreeSet<u64> = lines(&recorded.trace)
            .iter()
            .filter(|event| event["role"] == "leader")
            .filter_map(|state| state["at"].as_u64())
            .collect();
        let history = lines(&recorded.history);
        let invoked = history.iter().filter(|line| line["type"] == "invoke");
        let submitted: Vec<u64> = invoked.filter_map(|line| line["at"].as_u64()).collect();
        let is_at_once = |at: &u64| elections.contains(at);
        assert!(
            submitted.iter().filter(|at| is_at_once(at)).count() >= 2,
            "seed {seed}: {submitted:?}"
        );
    }
}
