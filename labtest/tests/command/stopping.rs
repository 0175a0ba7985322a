//! A run that is stopped before its end says what it has found so far.
use crate::cli::{Ran, Scratch, json_lines};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn until_failure_stops_at_the_first() {
    let here = Scratch::new("until failure");
    here.write("impatient.toml", "[limits]\ntest_s = 2\n");
    let arguments = [
        "run",
        "4A::initial_election",
        "--until-failure",
        "--jobs",
        "1",
        "--config",
        "impatient.toml",
    ];
    here.labtest(&arguments)
        .exits_with(1)
        .says("seeds from 1 on")
        .says("the first failure ended it after 1 run\n")
        .says("FAILED: 1 of 1 run failed");
}

#[test]
fn a_time_limit_ends_runs_that_have_no_end() {
    let here = Scratch::new("time limit");
    let arguments = ["run", "4A::initial_election", "--until-failure", "--time-limit", "100ms"];
    let ran = here.labtest(&arguments);
    // A machine that is busy enough ends no run within that time, and nothing is no success.
    let expected = if ran.output.contains("ended it after 0 runs") { 2 } else { 0 };
    ran.exits_with(expected).says("the time limit ended it after").says("| 4A");
}

#[test]
fn ctrl_c_shows_the_table_so_far() {
    let here = Scratch::new("ctrl-c");
    let mut command = here.command(&["run", "4A", "--seeds", "1000000"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ran = interrupted(child);
    let ran = ran.exits_with(2).says("interrupted after").says("of 3,000,000 runs");
    assert!(ran.output.contains("| 4A::initial_election |"), "{}", ran.output);
}

#[test]
fn ctrl_c_leaves_json_whole() {
    let here = Scratch::new("ctrl-c json");
    let mut command = here.command(&["run", "4A", "--seeds", "1000000", "--format", "json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ran = interrupted(child).exits_with(2);
    let lines = json_lines(&ran.output);
    let summary = lines.last().unwrap();
    assert_eq!((&summary["complete"], &summary["exit_code"]), (&false.into(), &2.into()));
    assert_eq!(summary["total"]["runs"], lines.len() as u64 - 1);
}

/// Lets the command say its first line, interrupts it, and waits for its end.
fn interrupted(mut child: std::process::Child) -> Ran {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    Ran { output: first + &rest, ..ran }
}

#[test]
fn a_store_that_can_not_be_made_is_told_and_changes_nothing_else() {
    let here = Scratch::new("no store");
    here.write("impatient.toml", "[limits]\ntest_s = 2\n");
    here.write("file", "");
    let arguments =
        ["run", "4A", "--seeds", "2", "--config", "impatient.toml", "--failures", "file/store"];
    here.labtest(&arguments)
        .exits_with(1)
        .says("| 4A::initial_election |")
        .says("FAILED: 6 of 6 runs failed")
        .complains("error: can't write file/store: ");
}

#[test]
fn a_disk_that_is_full_is_told_and_changes_nothing_else() {
    let here = Scratch::new("full disk");
    // No file may grow beyond 32 blocks, and the signal that says so is not wanted.
    let labtest = env!("CARGO_BIN_EXE_labtest");
    let script = format!(
        "trap '' XFSZ; ulimit -f 32; exec '{labtest}' run 4C::unreliable_churn --seeds 1 \
         --config faulty.toml"
    );
    here.write("faulty.toml", "[limits]\ntest_s = 10\n");
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(here.path()).env_remove("CARGO");
    Ran::of(shell.output().unwrap())
        .exits_with(1)
        .says("FAILED: 1 of 1 run failed")
        .complains("error: can't write failures/4C.unreliable_churn/1/trace.jsonl: ")
        .complains("not every failure has a folder");
}
