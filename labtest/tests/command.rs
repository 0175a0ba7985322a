//! The command as a user meets it: its output, its exit codes, its errors.

use std::path::PathBuf;
use std::process::{Command, Output};

fn labtest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_labtest"))
        .args(arguments)
        .env_remove("CARGO")
        .output()
        .expect("the command starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// A configuration file in the folder that cargo gives to tests.
fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the file can be written");
    path.to_str().expect("a name in text").to_string()
}

#[test]
fn list_names_every_test() {
    let output = labtest(&["list"]);
    assert_eq!(output.status.code(), Some(0));
    // The lab's 28 and the explorations.
    assert_eq!(stdout(&output).lines().count(), 28 + 3);
}

#[test]
fn a_run_that_passes_shows_a_table_and_exits_with_0() {
    let output = labtest(&["run", "4A", "--seeds", "3", "--jobs", "2", "--check-determinism"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("raft: 3 tests, 3 seeds (1 to 3), 2 jobs\n"), "{text}");
    for row in ["| 4A::initial_election |", "| 4A::re_election ", "| total "] {
        assert!(text.contains(row), "{text}");
    }
    assert!(text.ends_with("no failures: 0 of 9 runs failed\n"), "{text}");
}

#[test]
fn a_run_that_fails_says_how_to_repeat_it_and_exits_with_1() {
    let config = file("impatient.toml", "[limits]\ntest_s = 2\n");
    let output = labtest(&["run", "initial_election", "--seeds", "3", "--config", &config]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let report = format!(
        "4A::initial_election: liveness:test-time in 3 of 3 runs\n  \
         seed 1 at 2.000 s: test took longer than 2 seconds\n  \
         also seeds 2, 3\n  \
         replay: {} run 4A::initial_election --seed 1 --config {config}\n",
        env!("CARGO_BIN_EXE_labtest")
    );
    assert!(text.contains(&report), "{text}");
    assert!(text.ends_with("FAILED: 3 of 3 runs failed\n"), "{text}");
}

#[test]
fn quiet_shows_the_last_lines_alone() {
    let output = labtest(&["4A::re_election", "--seed", "17", "--quiet"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(text.lines().filter(|line| !line.is_empty()).count(), 2, "{text}");
}

#[test]
fn wrong_usage_exits_with_64_and_says_what_is_near() {
    let output = labtest(&["run", "inital_election"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("near it: 4A::initial_election, "), "{}", stderr(&output));

    let output = labtest(&["run", "--sedes", "3"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("'--seeds'"), "{}", stderr(&output));
}

#[test]
fn a_bad_configuration_exits_with_64_and_names_file_line_and_key() {
    let config = file("bad.toml", "[raft]\n\nelection_timeout_min_sm = 3\n");
    let output = labtest(&["run", "--config", &config]);
    assert_eq!(output.status.code(), Some(64));
    let expected =
        format!("{config}:3: unknown key `raft.election_timeout_min_sm`, expected one of");
    assert!(stderr(&output).contains(&expected), "{}", stderr(&output));

    let config = file("servers.toml", "servers = 5\n");
    let output = labtest(&["run", "--config", &config]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains(":1: `servers` can't be set here"), "{}", stderr(&output));

    let output = labtest(&["run", "--config", "/no/such/file.toml"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("can't read /no/such/file.toml"), "{}", stderr(&output));
}

#[test]
fn help_and_version_are_no_errors() {
    for flag in ["--help", "--version"] {
        let output = labtest(&[flag]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("labtest"));
    }
}
