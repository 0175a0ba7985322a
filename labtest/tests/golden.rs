//! What people read, word for word. UPDATE=1 takes it as it is now.
//!
//! Whatever changes what a seed does (Raft's messages, a draw of chance) changes the runs told here,
//! and nothing else about these files.

#[path = "common/cli.rs"]
mod cli;

use cli::{Scratch, golden};

/// Runs with times that no machine changes.
const RUNS: &str = include_str!("golden/runs.jsonl");

#[test]
fn list() {
    let here = Scratch::new("golden list");
    golden("list.txt", &here.labtest(&["list"]).exits_with(0).output);
}

#[test]
fn replay() {
    let here = Scratch::new("golden replay");
    for (name, arguments) in [
        ("replay_election.txt", &["4A::initial_election", "--seed", "17"][..]),
        ("replay_agree.txt", &["4B::basic_agree", "--seed", "1", "--filter", "kind=all"]),
        (
            "replay_crashes.txt",
            &["4C::persist1", "--seed", "3", "--filter", "kind=role,vote,fault,step,start"],
        ),
    ] {
        let arguments = [&["replay", "--width", "110"], arguments].concat();
        golden(name, &here.labtest(&arguments).exits_with(0).output);
    }
}

#[test]
fn table_and_junit_and_summary() {
    let here = Scratch::new("golden table");
    here.write("runs.jsonl", RUNS);
    for (format, file) in [("table", "table.txt"), ("junit", "junit.xml"), ("json", "merged.jsonl")]
    {
        let ran = here.labtest(&["merge", "runs.jsonl", "--format", format]).exits_with(1);
        golden(file, &ran.output);
    }
}

#[test]
fn report() {
    let here = Scratch::new("golden report");
    here.write("impatient.toml", "[limits]\ntest_s = 4\n");
    let arguments = ["run", "4A::re_election", "--seed", "2", "--config", "impatient.toml"];
    here.labtest(&arguments).exits_with(1);
    let report = here.read("failures/latest/report.txt");
    golden("report.txt", &report.replace(env!("CARGO_BIN_EXE_labtest"), "labtest"));
    let checked = here.labtest(&["check", "failures/latest"]).exits_with(2).output;
    golden("check.txt", &checked);
}

#[test]
fn help() {
    let here = Scratch::new("golden help");
    let mut command = here.command(&["run", "--help"]);
    command.env("COLUMNS", "100");
    let help = cli::Ran::of(command.output().unwrap()).exits_with(0).output;
    golden("help_run.txt", &help);
}
