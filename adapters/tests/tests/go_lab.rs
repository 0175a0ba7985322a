//! Solutions of the course's labs in Go, as they are: a right one passes, one with mistakes is caught, runs repeat, and
//! what a goroutine must not do is told with its stack. Without a Go that is known they are skipped, which is told.

use golab::{Options, Toolchain, start};
use labtest::{
    Implementation, LabTest, RunOptions, RunOutcome, Verdict, all_tests, lab_tests, run_one,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

fn solutions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../go-lab").canonicalize().unwrap()
}

/// The Go that `ci/install --night` installs, or else that on the PATH.
fn go() -> Option<PathBuf> {
    let installed = std::env::var_os("LABTEST_GO").map(PathBuf::from);
    let go = installed.unwrap_or_else(|| "go".into());
    match Toolchain::of(go.clone()) {
        Ok(_) => Some(go),
        Err(error) => {
            // Past what keeps back the words of tests that pass.
            let line = format!("skipped: solutions in Go: {error:#}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

fn built(folder: &Path, race: bool) -> Option<Arc<dyn Implementation>> {
    let options = Options { go: go()?, race, limits: exec::AnswerLimits::default() };
    Some(Arc::new(start(folder, &options).unwrap()))
}

fn test(name: &str) -> LabTest {
    *all_tests().iter().find(|test| test.name == name).unwrap()
}

fn run(name: &str, seed: u64, raft: &Arc<dyn Implementation>) -> RunOutcome {
    run_one(&test(name), seed, raft, &RunOptions::default())
}

#[test]
fn a_right_solution_passes_and_its_runs_repeat() {
    let Some(raft) = built(&solutions().join("plain/src/raft1"), false) else { return };
    assert_eq!(raft.name(), "6.5840/raft1");
    for test in lab_tests() {
        let outcome = run_one(test, 1, &raft, &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", test.name);
    }
    for (name, seed) in [("4B::backup", 2), ("4D::snapshot_all_crash", 3), ("explore::crash", 4)] {
        let (one, other) = (run(name, seed, &raft), run(name, seed, &raft));
        assert_eq!(one.verdict, Verdict::Passed, "{name}");
        assert!(one.is_same_run(&other), "{name}");
    }
    let (one, other) = (run("4A::re_election", 5, &raft), run("4A::re_election", 6, &raft));
    assert_ne!(one.trace_hash, other.trace_hash);
}

#[test]
fn a_solution_with_mistakes_is_caught_and_recorded_as_it_fails() {
    let Some(raft) = built(&solutions().join("hasty/src/raft"), false) else { return };
    assert_eq!(run("4A::re_election", 1, &raft).verdict, Verdict::Passed);
    let outcome = run("4C::figure8", 2, &raft);
    let Verdict::Failed(failure) = outcome.verdict else { panic!("it passed") };
    assert_eq!(failure.property, "safety:applied-values");
    let recording = outcome.recording.unwrap();
    assert!(recording.trace.starts_with(r#"{"schema":"labtest.trace/"#));
}

/// The right solution with other text in a place.
fn planted(from: &str, to: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let source = std::fs::read_to_string(solutions().join("plain/src/raft1/raft.go")).unwrap();
    assert_eq!(source.matches(from).count(), 1, "{from}");
    let place = folder.path().join("raft1");
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("raft.go"), source.replace(from, to)).unwrap();
    std::fs::write(folder.path().join("go.mod"), "module 6.5840\n\ngo 1.22\n").unwrap();
    (folder, place)
}

/// How a run of the solution fails when it has other text in a place.
fn failure(from: &str, to: &str, race: bool) -> Option<String> {
    let (folder, place) = planted(from, to);
    let raft = built(&place, race)?;
    let before: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(before.len(), 2, "something was written beside the solution");
    let Verdict::Failed(failure) = run("4B::fail_agree", 1, &raft).verdict else {
        panic!("it passed")
    };
    assert_eq!(failure.property, "run:program");
    Some(failure.to_string())
}

#[test]
fn a_panic_ends_the_run_with_its_stack() {
    let from = "\treply.Success = true\n";
    let to = "\treply.Success = true\n\t_ = rf.log[len(rf.log)]\n";
    let Some(told) = failure(from, to, false) else { return };
    assert!(told.contains("panic: runtime error: index out of range"), "{told}");
    assert!(told.contains("raft1.(*Raft).AppendEntries  "), "{told}");
}

#[test]
fn a_mutex_that_is_held_over_a_call_ends_the_run_with_the_stacks() {
    let from = "\treply := RequestVoteReply{}\n";
    let to = "\treply := RequestVoteReply{}\n\t\t\trf.mu.Lock()\n\t\t\tdefer rf.mu.TryLock()\n";
    let Some(told) = failure(from, to, false) else { return };
    assert!(told.contains("don't hold a mutex over a call or a sleep"), "{told}");
    assert!(told.contains("in labrpc's Call"), "{told}");
    assert!(told.contains("[sync.Mutex.Lock]"), "{told}");
}

#[test]
fn a_goroutine_that_spins_ends_the_run_with_its_stack() {
    let from = "\trf.nextIndex[peer] = index + 1\n";
    let to = "\trf.nextIndex[peer] = index + 1\n\tfor index == 2 {\n\t}\n";
    let Some(told) = failure(from, to, false) else { return };
    assert!(told.contains("a goroutine runs on and never waits"), "{told}");
    assert!(told.contains("raft1.(*Raft).matched  "), "{told}");
}

#[test]
fn a_race_ends_the_run_with_both_stacks() {
    let from = "GetState() (int, bool) {\n\trf.mu.Lock()\n\tdefer rf.mu.Unlock()\n";
    let Some(told) = failure(from, "GetState() (int, bool) {\n", true) else { return };
    assert!(told.contains("WARNING: DATA RACE"), "{told}");
    assert!(told.contains("(*Raft).GetState()"), "{told}");
}

/// What logs of all kinds are encoded to, in Go: they grow, are cut, are read again, and change in the middle.
const ENCODED: &str = include_str!("go_lab/encoded.go");

#[test]
fn what_a_log_is_encoded_to_is_what_go_makes_of_it() {
    let Some(go) = go() else { return };
    let unchanged = "const heartbeatInterval";
    let (folder, place) = planted(unchanged, unchanged);
    let ours = folder.path().join("ours");
    let written = format!("\nfunc init() {{ os.WriteFile({ours:?}, encoded(), 0o600) }}\n");
    std::fs::write(
        place.join("encoded.go"),
        ENCODED.replace("package main", "package raft") + &written,
    )
    .unwrap();
    built(&place, false).unwrap();
    let plain = folder.path().join("plain");
    let written = "\nfunc main() { os.Stdout.Write(encoded()) }\n";
    std::fs::create_dir(&plain).unwrap();
    std::fs::write(plain.join("main.go"), ENCODED.to_owned() + written).unwrap();
    let run =
        Command::new(go).args(["run", "./plain"]).current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(run.stdout.len() > 1_000_000);
    assert!(std::fs::read(ours).unwrap() == run.stdout, "some byte is another");
}

#[test]
fn what_go_does_not_compile_is_told_in_its_words() {
    let (_folder, place) = planted("\tvotes := 1\n", "\tvotes := one\n");
    let Some(go) = go() else { return };
    let options = Options { go, race: false, limits: exec::AnswerLimits::default() };
    let told = start(&place, &options).err().unwrap().to_string();
    assert!(told.contains("can't be built") && told.contains("undefined: one"), "{told}");
}
