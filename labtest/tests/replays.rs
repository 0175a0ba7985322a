//! The line that is printed for a failure, run as a shell runs it, fails in the same way: the same
//! property, the same hash.
//!
//! This target is the tests and also, with a role in its environment, the command or the test target that
//! they run.

mod common;

#[path = "common/cli.rs"]
mod cli;
#[path = "common/own_tests.rs"]
mod own_tests;

use cli::{Ran, Scratch};
use common::{Faulty, WrongValue};
use own_tests::run_tests;
use std::process::{Command, ExitCode};

/// What this program is: `command` or `tests`.
const ROLE: &str = "ROLE_IN_REPLAYS";

fn main() -> ExitCode {
    match std::env::var(ROLE).as_deref() {
        Ok("command") => return labtest::command_main(Faulty(WrongValue)),
        Ok("tests") => return labtest::test_main(Faulty(WrongValue)),
        _ => {}
    }
    let tests: [(&str, fn()); 5] = [
        ("a_program_that_was_called_by_its_path", a_program_that_was_called_by_its_path),
        ("every_flag_that_changes_a_run", every_flag_that_changes_a_run),
        ("an_example_that_cargo_has_started", an_example_that_cargo_has_started),
        ("a_test_that_cargo_has_started", a_test_that_cargo_has_started),
        ("a_test_that_was_called_by_its_path", a_test_that_was_called_by_its_path),
    ];
    run_tests(tests)
}

/// Runs it in a folder, as if the shell's last command was to go there.
fn ran(mut command: Command, here: &Scratch) -> Ran {
    command.current_dir(here.path()).env("PWD", here.path());
    // Who tests the tester may have set it, and the line would repeat it.
    command.env_remove("LABTEST_CHECK_DETERMINISM");
    Ran::of(command.output().expect("the command starts"))
}

/// The lines that are printed to be pasted.
fn replay_line(output: &str) -> String {
    let line = output.lines().find_map(|line| line.trim().strip_prefix("replay: "));
    line.unwrap_or_else(|| panic!("no line to paste in\n{output}")).to_owned()
}

/// Pastes a line into a shell, with what the shell had in its environment before.
fn pasted(line: &str, environment: &[(&str, &str)], here: &Scratch) -> Ran {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).envs(environment.iter().copied());
    ran(shell, here)
}

/// Pastes the line that a run has printed, and compares with the report that it has left.
#[track_caller]
fn repeats(first: &Ran, environment: &[(&str, &str)], here: &Scratch) -> String {
    let line = replay_line(&first.output);
    let report: serde_json::Value =
        serde_json::from_str(&here.read("failures/latest/report.json")).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let (hash, failure) = (text(&report["run"]["trace_hash"]), &report["run"]["failure"]);
    let again = pasted(&line, environment, here).exits_with(1);
    again
        .says(&format!("hash {hash}\n"))
        .says(&format!("({}, at ", text(&failure["property"])))
        .says(&format!("FAILED: {}", text(&failure["message"])));
    line
}

/// The folder of cargo's profile, as a flag.
fn profile() -> &'static [&'static str] {
    if cfg!(debug_assertions) { &[] } else { &["--release"] }
}

fn a_program_that_was_called_by_its_path() {
    let here = Scratch::new("replay by path");
    here.write("my file.toml", "[limits]\ntest_s = 2\n");
    let first = here.labtest(&["4A::re_election", "--seed", "7", "--config", "my file.toml"]);
    let line = repeats(&first.exits_with(1), &[], &here);
    assert!(line.ends_with("labtest replay 4A::re_election --seed 7 --config 'my file.toml'"));
}

fn every_flag_that_changes_a_run() {
    let here = Scratch::new("replay of flags");
    let role = [(ROLE, "command")];
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let flags = ["--nemesis", "partition,crash", "--outside-only", "--poll-limit", "1500ms"];
    command.args([
        "run",
        "explore::crash",
        "--until-failure",
        "--jobs",
        "1",
        "--shrink-runs",
        "20",
    ]);
    command.args(flags).envs(role).env_remove("CARGO");
    let line = repeats(&ran(command, &here).exits_with(1), &role, &here);
    let (_, said) = line.split_once(" replay explore::crash --seed ").expect("a seed");
    let (seed, said) = said.split_once(' ').expect("flags after it");
    assert_eq!(said, flags.join(" "));

    // The scenario in the folder is a file, and runs with the same flags.
    let shrunk = here.read("failures/latest/shrunk/report.txt");
    let line = shrunk.lines().find_map(|line| line.strip_prefix("replay    ")).expect("a line");
    let scenario = format!("failures/explore.crash/{seed}/shrunk/scenario.toml");
    assert!(line.contains(&format!(" replay --scenario {scenario}")), "{line}");
    let hash = shrunk.lines().find_map(|line| line.strip_prefix("hash      ")).expect("a hash");
    let again = pasted(line, &role, &here).exits_with(1);
    again.says(&format!("hash {}\n", hash.split([',', ' ']).next().expect("a hash")));
}

fn an_example_that_cargo_has_started() {
    let here = Scratch::new("replay of an example");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet"]).args(profile()).args(["-p", "labtest", "--example", "canary"]);
    cargo.args(["--", "run", "4C::figure8", "--until-failure", "--jobs", "1"]);
    let line = repeats(&ran(cargo, &here).exits_with(1), &[], &here);
    let before = format!("cargo run{} -p labtest --example canary", release());
    let expected = format!("{before} -- replay 4C::figure8 --seed ");
    assert!(line.starts_with(&expected), "{line}");
}

fn release() -> String {
    profile().iter().map(|flag| format!(" {flag}")).collect()
}

/// The line of a failed test with property, seed and hash.
fn how_it_failed(ran: &Ran) -> (String, String) {
    let line = ran.output.lines().find(|line| line.contains("safety:applied-values, seed 1, "));
    let line = line.unwrap_or_else(|| panic!("it did not fail so:\n{}", ran.output)).trim();
    let (what, hash) = line.rsplit_once(", hash ").expect("a hash");
    let (what, _) = what.split_once(" (").expect("a number of seeds");
    (what.to_owned(), hash.to_owned())
}

fn a_test_that_cargo_has_started() {
    let here = Scratch::new("replay of a test");
    let role = [(ROLE, "tests")];
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet"]).args(profile()).args(["-p", "labtest", "--test", "replays"]);
    cargo.args(["--", "--exact", "4B::basic_agree"]).envs(role);
    cargo.env("LABTEST_SEEDS", "2").env("LABTEST_POLL_LIMIT_S", "30");
    let first = ran(cargo, &here).exits_with(101);
    let line = replay_line(&first.output);
    let cargo = format!("cargo test{} -p labtest --test replays", release());
    let variables = "LABTEST_POLL_LIMIT_S=30 LABTEST_SEED=1";
    assert_eq!(line, format!("{variables} {cargo} -- --exact 4B::basic_agree"));
    let again = pasted(&line, &role, &here).exits_with(101);
    assert_eq!(how_it_failed(&again), how_it_failed(&first));
}

fn a_test_that_was_called_by_its_path() {
    let here = Scratch::new("replay of a test by path");
    let role = [(ROLE, "tests")];
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "4B::basic_agree"]).envs(role).env_remove("CARGO");
    let first = ran(command, &here).exits_with(101);
    let again = pasted(&replay_line(&first.output), &role, &here).exits_with(101);
    assert_eq!(how_it_failed(&again), how_it_failed(&first));
}
