//! Mistakes that authors of a Raft make, and what the command says to each.
//!
//! This target is the tests and also, with MISTAKE in its environment, the command that they run.
#![allow(clippy::disallowed_methods)] // Threads and real sleep are among the mistakes.

mod common;

#[path = "common/cli.rs"]
mod cli;
#[path = "common/own_tests.rs"]
mod own_tests;

use cli::{Ran, Scratch};
use common::{Fault, Faulty};
use labtest::{BoxFuture, Bytes, HandleError, NotLeader, Peer, Service, Started};
use own_tests::run_tests;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

/// With it in the environment this program is the command for a Raft with that mistake.
const MISTAKE: &str = "MISTAKE";

/// What a mistake is called, which arguments show it, how the command exits, and what it says.
type Case = (&'static str, &'static [&'static str], i32, &'static [&'static str]);

const BASIC: &[&str] =
    &["run", "4B::basic_agree", "--seeds", "3", "--jobs", "1", "--poll-limit", "500ms"];

const CASES: &[Case] = &[
    ("none", BASIC, 0, &["no failures: 0 of 3 runs failed"]),
    (
        "loop_in_a_task",
        BASIC,
        1,
        &[
            "4B::basic_agree: run:stuck in 2 of 2 runs",
            " has been in one poll for",
            "a loop that never awaits, a lock taken twice, a call that blocks",
            "4B::basic_agree: runs are stuck, so 1 other was not made",
            "FAILED: 2 of 2 runs failed",
        ],
    ),
    ("lock_twice", BASIC, 1, &["4B::basic_agree: run:stuck in 2 of 2 runs"]),
    ("blocking_receive", BASIC, 1, &["4B::basic_agree: run:stuck in 2 of 2 runs"]),
    (
        "loop_of_yields",
        BASIC,
        1,
        &["run:stuck in 3 of 3 runs", " gets nowhere: a million steps at one instant"],
    ),
    (
        "loop_of_no_sleep",
        BASIC,
        1,
        &["run:stuck in 3 of 3 runs", " gets nowhere: a million calls of the runtime"],
    ),
    (
        "exits",
        BASIC,
        1,
        &[
            "FAILED: the process of the runs has ended suddenly: something called exit(0)",
            "this run was under way:",
            "4B::basic_agree seed 1",
            "replay 4B::basic_agree --seed 1",
        ],
    ),
    ("aborts", BASIC, 1, &["has ended suddenly: signal 6", "4B::basic_agree seed 1"]),
    ("overflows_its_stack", BASIC, 1, &["has ended suddenly: signal 6", "4B::basic_agree seed 1"]),
    (
        "tokios_sleep",
        BASIC,
        1,
        &["run:panic in 3 of 3 runs", "tokio does not run inside a simulation: use sleep, timeout"],
    ),
    (
        "really_sleeps",
        &["replay", "4B::basic_agree", "--seed", "1"],
        0,
        &["warning: this run has waited ", "perhaps std::thread::sleep (use runtime::sleep)"],
    ),
    (
        "spawns_on_a_thread",
        BASIC,
        1,
        &[
            "run:panic",
            "a thread that the code under test has started panicked",
            "runtime::spawn was called on a thread that is neither a simulation's nor tokio's",
        ],
    ),
    (
        "panics_in_a_handler",
        BASIC,
        1,
        &["index out of bounds", "on server ", ", in the handler of Raft.AppendEntries"],
    ),
    (
        "never_answers",
        BASIC,
        1,
        &["liveness:", "requests Raft.RequestVote for more than a second without answering"],
    ),
    ("ends_itself", BASIC, 1, &["liveness:agreement in 3 of 3 runs", " has ended itself"]),
];

/// What a server says whose handler is wrong.
struct Handler {
    mistake: String,
    service: Arc<dyn Service>,
}

impl Service for Handler {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        match self.mistake.as_str() {
            "panics_in_a_handler" if method == "Raft.AppendEntries" => {
                panic!("index out of bounds")
            }
            "never_answers" => Box::pin(std::future::pending()),
            _ => Arc::clone(&self.service).handle(method, args),
        }
    }
}

/// Does the wrong thing where `start` is called, on the server of that name.
#[derive(Clone)]
struct Mistake(String);

impl Fault for Mistake {
    fn ends_itself(&self) -> bool {
        self.0 == "ends_itself"
    }

    fn service(&self, me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        match me {
            0 => service,
            _ => Arc::new(Handler { mistake: self.0.clone(), service }),
        }
    }

    fn start(&self, me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        let started = raft.start(command);
        if started.is_ok() {
            self.happen(me);
        }
        started
    }
}

impl Mistake {
    fn happen(&self, _me: usize) {
        match self.0.as_str() {
            "none" | "panics_in_a_handler" | "never_answers" => {}
            "really_sleeps" => (0..30).for_each(|_| std::thread::sleep(Duration::from_millis(2))),
            "spawns_on_a_thread" => {
                let thread = std::thread::spawn(|| task(async {}));
                assert!(thread.join().is_err());
            }
            "ends_itself" => labtest::runtime::Node::current().kill(),
            "loop_in_a_task" => task(async {
                loop {
                    std::hint::spin_loop();
                }
            }),
            "lock_twice" => task(async {
                let lock = std::sync::Mutex::new(());
                let first = lock.lock();
                let second = lock.lock();
                drop((first, second));
            }),
            "blocking_receive" => {
                let (keep, never) = std::sync::mpsc::channel::<()>();
                assert!(never.recv().is_err());
                drop(keep);
            }
            "loop_of_yields" => task(async {
                loop {
                    labtest::runtime::yield_now().await;
                }
            }),
            "loop_of_no_sleep" => task(async {
                loop {
                    labtest::runtime::sleep(Duration::ZERO).await;
                }
            }),
            "exits" => std::process::exit(0),
            "aborts" => std::process::abort(),
            "overflows_its_stack" => {
                std::hint::black_box(deep(0));
            }
            "tokios_sleep" => task(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }),
            other => panic!("no mistake is called {other}"),
        }
    }
}

fn task(future: impl Future<Output = ()> + Send + 'static) {
    labtest::runtime::spawn(future);
}

#[allow(unconditional_recursion)] // That is the mistake.
fn deep(level: u64) -> u64 {
    let filling = std::hint::black_box([level; 64]);
    deep(level + 1) + filling[0]
}

fn main() -> ExitCode {
    if let Ok(mistake) = std::env::var(MISTAKE) {
        return labtest::command_main(Faulty(Mistake(mistake)));
    }
    run_tests(CASES.iter().map(|case| (case.0, || is_told(case))))
}

fn is_told((mistake, arguments, code, said): &Case) {
    let here = Scratch::new(&format!("mistake {mistake}"));
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(*arguments).current_dir(here.path()).env(MISTAKE, mistake).env_remove("CARGO");
    let ran = Ran::of(command.output().expect("the command starts")).exits_with(*code);
    let all = format!("{}{}", ran.output, ran.errors);
    for part in *said {
        assert!(all.contains(part), "expected {part:?} in\n{all}");
    }
}
