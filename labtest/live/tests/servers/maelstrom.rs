//! Nodes written for Maelstrom, right ones and wrong ones: `nodes/raft.py`, and programs of a few lines.
use live::maelstrom::{Fault, Finished, Options, Verdict, is_folder, judge_again, run};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const RAFT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nodes/raft.py");

/// A run of the Raft in Python, or none where there is no Python.
fn run_raft(flags: &[&str], faults: &[Fault], time_limit: Duration) -> Option<Finished> {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: nodes in Python: python3 is not installed");
        return None;
    }
    Some(run_program(Path::new(RAFT), flags, faults, time_limit))
}

fn run_program(
    program: &Path,
    arguments: &[&str],
    faults: &[Fault],
    time_limit: Duration,
) -> Finished {
    let failures = tempfile::tempdir().unwrap();
    let finished = run(&Options {
        program: program.to_owned(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        nodes: 3,
        clients: 5,
        time_limit,
        faults: faults.to_vec(),
        seed: 1,
        failures: failures.path().to_owned(),
    });
    let finished = finished.unwrap();
    let report = std::fs::read_to_string(finished.folder.join("report.txt")).unwrap();
    assert_eq!(report, finished.report);
    assert!(is_folder(&finished.folder) && !is_folder(failures.path()));
    let again = judge_again(&finished.folder).unwrap();
    assert_eq!((again.verdict, again.report), (finished.verdict, report));
    let report = &finished.report;
    let is_found = finished.folder.join("linearizability.html").exists();
    assert_eq!(is_found, report.contains("linearizable"), "{report}");
    finished
}

/// A script of the shell as three nodes, without faults.
fn run_script(text: &str) -> Finished {
    run_program(Path::new("/bin/sh"), &["-c", text], &[], Duration::from_secs(5))
}

#[test]
fn a_raft_bears_all_faults() {
    let faults = Fault::ALL.map(|(_, fault)| fault);
    let Some(finished) = run_raft(&[], &faults, Duration::from_secs(12)) else { return };
    assert_eq!(finished.verdict, Verdict::Passed, "{}", finished.report);
}

#[test]
fn reads_from_where_a_node_happens_to_be_are_found() {
    let found = run_raft(&["--local-reads"], &[Fault::Partition], Duration::from_secs(8));
    let Some(finished) = found else { return };
    assert_eq!(finished.verdict, Verdict::Violated, "{}", finished.report);
    assert!(finished.report.contains("not linearizable"), "{}", finished.report);
}

#[test]
fn a_node_that_writes_what_is_no_message_is_named_with_its_line() {
    let finished = run_script("echo ready; sleep 60");
    assert_eq!(finished.verdict, Verdict::Violated);
    let told = "wrote a line to its standard output that is no message";
    assert!(finished.report.contains(told), "{}", finished.report);
    assert!(finished.report.contains(": ready; it has written nothing"), "{}", finished.report);
}

#[test]
fn a_node_that_ends_is_named_with_its_last_words() {
    let finished = run_script("echo out of luck >&2; exit 3");
    assert_eq!(finished.verdict, Verdict::Violated);
    for told in ["has ended by itself (exit status: 3)", "out of luck"] {
        assert!(finished.report.contains(told), "{}", finished.report);
    }
}

#[test]
fn a_node_that_says_nothing_is_named() {
    let finished = run_script("echo thinking >&2; sleep 60");
    assert_eq!(finished.verdict, Verdict::Violated);
    for told in ["n1 did not answer init within 10 s", "thinking"] {
        assert!(finished.report.contains(told), "{}", finished.report);
    }
}

#[test]
fn what_can_not_be_run_is_an_error_and_no_verdict() {
    let failures = tempfile::tempdir().unwrap();
    let options = Options {
        program: failures.path().join("nothing"),
        arguments: Vec::new(),
        nodes: 1,
        clients: 1,
        time_limit: Duration::from_secs(1),
        faults: Vec::new(),
        seed: 1,
        failures: failures.path().to_owned(),
    };
    assert!(format!("{:#}", run(&options).unwrap_err()).starts_with("can't find "));
}
