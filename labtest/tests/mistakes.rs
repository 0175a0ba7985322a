//! Mistakes that authors of a Raft make, and what is said to each.
//!
//! This target is the tests and also, with MISTAKE in its environment, the command or the test target that
//! they run.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Threads and real time are mistakes.

mod common;

#[path = "mistakes/cases.rs"]
mod cases;
#[path = "common/cli.rs"]
mod cli;
#[path = "common/own_tests.rs"]
mod own_tests;
#[path = "mistakes/wrong.rs"]
mod wrong;

use cases::Case;
use cli::{Ran, Scratch};
use common::Faulty;
use own_tests::run_tests;
use std::process::{Command, ExitCode};
use wrong::Mistake;

/// With it in the environment this program is the command for a Raft with that mistake.
const MISTAKE: &str = "MISTAKE";
/// With it too, it is a test target.
const IS_TARGET: &str = "MISTAKE_OF_TESTS";

fn main() -> ExitCode {
    if let Ok(mistake) = std::env::var(MISTAKE) {
        let raft = Faulty(Mistake::of_name(&mistake));
        return match std::env::var_os(IS_TARGET) {
            Some(_) => labtest::test_main(raft),
            None => labtest::command_main(raft),
        };
    }
    let cases = cases::OF_PROGRAMS.iter().chain(cases::OF_SERVERS);
    let cases = cases.map(|case| (name(case), Box::new(|| is_told(case)) as Test));
    let backtrace: Test = Box::new(a_backtrace_is_left);
    run_tests(cases.chain([("a_backtrace_is_left".to_owned(), backtrace)]))
}

type Test = Box<dyn FnOnce() + Send + std::panic::UnwindSafe>;

/// The mistake, and where it is made: `exits, in run 4B::basic_agree --seeds 3`.
fn name((mistake, arguments, ..): &Case) -> String {
    let end = arguments.len().min(4);
    format!("{mistake}, in {}", arguments[..end].join(" "))
}

fn is_told(case: &Case) {
    let (mistake, arguments, code, said) = case;
    let here = Scratch::new(&name(case).replace("::", "."));
    let ran = run(&here, mistake, arguments).exits_with(*code);
    let all = format!("{}{}", ran.output, ran.errors);
    for part in *said {
        assert!(all.contains(part), "expected {part:?} in\n{all}");
    }
}

fn run(here: &Scratch, mistake: &str, arguments: &[&str]) -> Ran {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.current_dir(here.path()).env(MISTAKE, mistake).env_remove("CARGO");
    match arguments {
        ["tests", seeds, arguments @ ..] => {
            command.env("LABTEST_SEEDS", seeds).env("LABTEST_POLL_LIMIT_S", "1");
            command.env(IS_TARGET, "1").args(arguments)
        }
        _ => command.args(arguments),
    };
    Ran::of(command.output().expect("the command starts"))
}

/// Of the run that is recorded, whatever RUST_BACKTRACE says.
fn a_backtrace_is_left() {
    let here = Scratch::new("a backtrace");
    let arguments = ["run", "4B::basic_agree", "--seed", "1"];
    run(&here, "panics_in_start", &arguments).exits_with(1);
    let whole = here.read("failures/latest/backtrace.txt");
    for part in ["mistakes/wrong.rs:", "runtime/src/simulation/executor.rs:", "panicking"] {
        assert!(whole.contains(part), "expected {part:?} in\n{whole}");
    }

    let report = here.read("failures/latest/report.txt");
    let code = report.lines().position(|line| line.starts_with("code ")).expect(&report);
    let end = report.lines().position(|line| line.starts_with("backtrace ")).expect(&report);
    let frames: Vec<&str> = report.lines().skip(code).take(end - code).collect();
    assert!(frames[0].contains("tests/mistakes/wrong.rs:"), "{report}");
    for frame in frames {
        let is_own = frame.contains("labtest/tests/") || frame.contains("raft/src/");
        assert!(is_own, "{frame} in\n{report}");
    }

    // What does not panic has none, and an earlier one is gone.
    run(&here, "ends_itself", &arguments).exits_with(1);
    assert!(!here.path().join("failures/latest/backtrace.txt").exists());
    assert!(!here.read("failures/latest/report.txt").contains("backtrace"));
}
