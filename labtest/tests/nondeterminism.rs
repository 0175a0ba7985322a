//! A Raft that draws chance from outside the run is told where two runs of a seed part.
//!
//! This target is the tests and also, with CHANCE in its environment, the command or the test target for
//! a Raft with that source of chance.
#![allow(clippy::disallowed_types)] // A map with random state is one of the sources.

mod common;

#[path = "common/cli.rs"]
mod cli;
#[path = "common/own_tests.rs"]
mod own_tests;

use cli::{Ran, Scratch};
use common::{Fault, Faulty};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, ClientEnd, HandleError, MakeArgs, Service, anyhow, runtime,
};
use own_tests::run_tests;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

/// The source of chance: `hash-map` or `random`; with `tests-` before it, of a test target.
const CHANCE: &str = "CHANCE";

/// Asks servers something, in an order or at a time that no seed has drawn.
#[derive(Clone)]
struct Chance {
    is_hash_map: bool,
}

impl Fault for Chance {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let peers = args.peers.clone();
        if self.is_hash_map {
            let peers: HashMap<usize, ClientEnd> = peers.into_iter().enumerate().collect();
            runtime::spawn(async move {
                for peer in peers.values() {
                    ask(peer).await;
                }
            });
        } else {
            let random = RandomState::new().build_hasher().finish();
            runtime::spawn(async move {
                runtime::sleep(Duration::from_nanos(random % 1_000_000)).await;
                ask(&peers[0]).await;
            });
        }
        Ok(args)
    }

    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        Arc::new(Answers(service))
    }

    /// One of them fails, and each time so.
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        match message {
            ApplyMsg::Command { index: 2, term, .. } if me == 1 && !self.is_hash_map => {
                vec![ApplyMsg::Command { index: 2, term, command: Bytes::from_static(b"wrong") }]
            }
            message => vec![message],
        }
    }
}

/// What is asked; nothing of Raft.
const QUESTION: &str = "Chance.Ask";

async fn ask(peer: &ClientEnd) {
    // Whether it is answered does not matter.
    drop(peer.call(QUESTION, Vec::new()).await);
}

/// A Raft's service that also answers the question.
struct Answers(Arc<dyn Service>);

impl Service for Answers {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        match method {
            QUESTION => Box::pin(async { Ok(Vec::new()) }),
            _ => Arc::clone(&self.0).handle(method, args),
        }
    }
}

fn main() -> ExitCode {
    if let Ok(chance) = std::env::var(CHANCE) {
        let raft = Faulty(Chance { is_hash_map: chance.ends_with("hash-map") });
        return match chance.starts_with("tests-") {
            true => labtest::test_main(raft),
            false => labtest::command_main(raft),
        };
    }
    let tests: [(&str, fn()); 4] = [
        ("an_order_of_a_hash_map_is_found", an_order_of_a_hash_map_is_found),
        ("of_many_seeds_some_are_compared_unasked", of_many_seeds_some_are_compared_unasked),
        ("a_failure_that_is_another_run_each_time", a_failure_that_is_another_run_each_time),
        ("a_test_target_tells_it_too", a_test_target_tells_it_too),
    ];
    run_tests(tests)
}

fn command(here: &Scratch, chance: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(arguments).current_dir(here.path()).env(CHANCE, chance).env_remove("CARGO");
    command
}

fn run(mut command: Command) -> Ran {
    Ran::of(command.output().expect("the command starts"))
}

const SUSPECTS: &str = "look for the order of a HashMap or HashSet, rand, std::time::Instant or \
    SystemTime, threads, an address";

/// The report of the last failure, and in it how two runs of the seed differ.
fn difference(here: &Scratch) -> (String, serde_json::Value) {
    let report: serde_json::Value =
        serde_json::from_str(&here.read("failures/latest/report.json")).expect("JSON");
    (here.read("failures/latest/report.txt"), report["repeated"]["difference"].clone())
}

fn an_order_of_a_hash_map_is_found() {
    let here = Scratch::new("chance of a hash map");
    let arguments = ["run", "4A::initial_election", "--seeds", "6", "--check-determinism"];
    let ran = run(command(&here, "hash-map", &arguments)).exits_with(2);
    let ran = ran.says("two runs of the seed are the same up to event ").says(SUSPECTS);
    let (of_one, of_other) = ("      in one:       ", "      in the other: ");
    let line = |begin: &str| {
        let line = ran.output.lines().find_map(|line| line.strip_prefix(begin));
        line.unwrap_or_else(|| panic!("{begin:?} in\n{}", ran.output)).to_owned()
    };
    let (one, other) = (line(of_one), line(of_other));
    for side in [&one, &other] {
        assert!(side.contains(" s  server "), "{side}");
        assert!(side.contains(" sends Ask to server "), "{side}");
    }
    assert_ne!(one, other);
    let last = ran.output.lines().last().expect("a line");
    assert!(last.starts_with("not decided: ") && last.contains(" could not be judged; "), "{last}");
    let replay = ran.output.lines().find(|line| line.contains("replay: ")).expect("a line");
    assert!(replay.ends_with(" --check-determinism"), "{replay}");

    let (text, difference) = difference(&here);
    assert!(text.contains("\ndiffers   two runs of the seed are the same up to"), "{text}");
    assert!(text.contains(SUSPECTS), "{text}");
    for side in ["one", "other"] {
        assert!(difference[side]["at"].is_u64() && difference[side]["server"].is_u64());
        assert!(difference[side]["text"].as_str().expect("a text").contains("sends Ask to server"));
    }
    assert!(difference["event"].as_u64().is_some_and(|event| event > 0), "{difference}");
}

fn of_many_seeds_some_are_compared_unasked() {
    let here = Scratch::new("chance of a sample");
    let arguments = ["run", "4A::initial_election", "--seeds", "300"];
    run(command(&here, "hash-map", &arguments))
        .exits_with(2)
        .says("two runs of the seed are the same up to event ")
        .says(" made twice: ")
        .says(" not equal");
    let not_compared = [&arguments[..], &["--no-check-determinism"]].concat();
    run(command(&here, "hash-map", &not_compared)).exits_with(0).says("no failures");
    // Of what repeats nothing is said.
    let ran = here.labtest(&arguments).exits_with(0);
    assert!(!ran.output.contains("made twice"), "{}", ran.output);
}

fn a_failure_that_is_another_run_each_time() {
    let here = Scratch::new("chance of a failure");
    let ran = run(command(&here, "random", &["run", "4B::basic_agree", "--seed", "1"]));
    let ran = ran.exits_with(1).says("4B::basic_agree: ").says(SUSPECTS);
    let ran = ran.says("    NOT REPEATABLE: what was recorded is another run of this seed, hash ");
    ran.says("    two runs of the seed are the same up to event ");
    let (text, difference) = difference(&here);
    assert!(text.contains(" when it was recorded: something draws chance or time"), "{text}");
    assert_ne!(difference["one"]["at"], difference["other"]["at"]);
}

fn a_test_target_tells_it_too() {
    let here = Scratch::new("chance of a test");
    let mut command = command(&here, "tests-hash-map", &["--exact", "4A::initial_election"]);
    command.env("LABTEST_CHECK_DETERMINISM", "1").env("LABTEST_SEEDS", "6");
    let ran = run(command).exits_with(101).says(SUSPECTS);
    ran.says("  not decided: ").says("LABTEST_CHECK_DETERMINISM=1 LABTEST_SEED=");
}
