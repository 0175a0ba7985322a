//! The Rafts in other languages: whole ones pass, skeletons fail where the README says, and bugs are caught. Where
//! a language is not installed, what needs it is skipped, which is told, and for Python and C++ an error in CI.

use exec::{ExecRaft, Finding, Options, Transcript, check};
use labtest::{Implementation, LabTest, RunOptions, RunOutcome, Verdict, all_tests, run_one};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

fn adapters() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../exec").canonicalize().unwrap()
}

/// Whether a language is installed.
fn has(tool: &str) -> bool {
    let asked = Command::new(tool).arg("--version").output();
    let is_there = asked.is_ok_and(|asked| asked.status.success());
    if !is_there {
        let is_needed = tool != "javac" && std::env::var("CI").as_deref() == Ok("true");
        assert!(!is_needed, "{tool} is not installed");
        // Past what keeps back the words of tests that pass.
        let line = format!("skipped: Rafts in other languages: {tool} is not installed\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    is_there
}

fn python(file: &str) -> String {
    format!("python3 -B '{}'", adapters().join("python").join(file).display())
}

fn start(command: &str) -> Arc<dyn Implementation> {
    Arc::new(ExecRaft::start(command, &Options::default()).unwrap())
}

/// The solved C++, built once.
fn cpp() -> Option<&'static str> {
    static BUILT: OnceLock<Option<(TempDir, String)>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        has("g++").then(|| {
            let folder = TempDir::new().unwrap();
            let program = folder.path().join("raft");
            let source = adapters().join("cpp/raft.cpp");
            let mut compiler = Command::new("g++");
            compiler.args(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]);
            let compiled = compiler.arg(&program).arg(source).status().unwrap();
            assert!(compiled.success());
            (folder, format!("'{}'", program.display()))
        })
    });
    built.as_ref().map(|(_, command)| &**command)
}

fn tests(suites: &[&str]) -> Vec<LabTest> {
    let all = all_tests().iter().copied();
    all.filter(|test| suites.contains(&test.suite())).collect()
}

#[track_caller]
fn passes(raft: &Arc<dyn Implementation>, suites: &[&str], seeds: u64) -> RunOutcome {
    let mut last = None;
    for test in tests(suites) {
        for seed in 1..=seeds {
            let outcome = run_one(&test, seed, raft, &RunOptions::default());
            assert_eq!(outcome.verdict, Verdict::Passed, "{}, seed {seed}", test.name);
            last = Some(outcome);
        }
    }
    last.expect("there are such tests")
}

const LAB: [&str; 4] = ["4A", "4B", "4C", "4D"];

#[test]
fn the_python_raft_passes_and_all_but_its_inside_is_seen() {
    if has("python3") {
        let outcome = passes(&start(&python("raft.py")), &LAB, 1);
        let seen = outcome.coverage.unwrap().words();
        assert_eq!(seen, "applied values, messages, disk; not seen: inside");
    }
}

#[test]
fn the_python_raft_passes_with_messages_and_an_inside() {
    if has("python3") {
        let command = format!("{} --messages --inspect", python("raft.py"));
        let outcome = passes(&start(&command), &["4A", "4B"], 1);
        assert_eq!(outcome.coverage.unwrap().words(), "applied values, messages, disk, inside");
    }
}

#[test]
fn the_cpp_raft_passes_with_clients_too() {
    if let Some(command) = cpp() {
        let raft = start(command);
        passes(&raft, &LAB, 2);
        passes(&raft, &["kv", "kv_snapshot"], 1);
    }
}

#[test]
fn a_run_is_the_same_with_children_that_were_used_before_and_with_new_ones() {
    if let Some(command) = cpp() {
        let fresh = Options { fresh: true, ..Options::default() };
        let rafts: [Arc<dyn Implementation>; 2] =
            [start(command), Arc::new(ExecRaft::start(command, &fresh).unwrap())];
        for test in tests(&["4C"]).iter().take(3) {
            let hash = |raft| run_one(test, 3, raft, &RunOptions::default()).trace_hash;
            let [used, new] = rafts.each_ref();
            let hashes = [hash(used), hash(used), hash(new)];
            assert_eq!(hashes, [hashes[0]; 3], "{}", test.name);
        }
    }
}

#[test]
fn skeletons_fail_for_want_of_a_leader() {
    let classes = TempDir::new().unwrap();
    let mut commands = Vec::new();
    if has("python3") {
        commands.push(python("skeleton.py"));
    }
    if has("javac") {
        let java = adapters().join("java");
        let sources = ["LabtestExec.java", "Skeleton.java"].map(|name| java.join(name));
        let mut compiler = Command::new("javac");
        let compiled = compiler.args(["-Xlint:all", "-d"]).arg(classes.path()).args(sources);
        assert!(compiled.status().unwrap().success());
        commands.push(format!("java -cp '{}' Skeleton", classes.path().display()));
    }
    for command in commands {
        let raft = start(&command);
        for test in tests(&["4A"]) {
            let outcome = run_one(&test, 1, &raft, &RunOptions::default());
            let Verdict::Failed(failure) = outcome.verdict else { panic!("{} passed", test.name) };
            assert_eq!(failure.message, "expected one leader, got none", "{command}");
        }
        let findings = check(&command, Default::default()).unwrap();
        let is_wrong = |it: &Finding| matches!(it, Finding::Wrong { .. });
        assert!(!findings.iter().any(is_wrong), "{command}: {findings:?}");
    }
}

#[test]
fn whole_rafts_walk_through_the_protocol_without_a_mistake() {
    let python =
        has("python3").then(|| [python("raft.py"), format!("{} --messages", python("raft.py"))]);
    let commands = python.into_iter().flatten().chain(cpp().map(str::to_owned));
    for command in commands {
        let findings = check(&command, Default::default()).unwrap();
        let is_right = |it: &Finding| matches!(it, Finding::Right(_));
        assert!(findings.iter().all(is_right), "{command}: {findings:?}");
        assert!(findings.len() >= 7, "{command}: {findings:?}");
    }
}

/// A copy of the Python Raft in which one text is another.
fn changed(folder: &TempDir, from: &str, to: &str) -> String {
    let python = adapters().join("python");
    let read = |name: &str| std::fs::read_to_string(python.join(name)).unwrap();
    let source = read("raft.py");
    assert_eq!(source.matches(from).count(), 1, "{from}");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("labtest_exec.py", &read("labtest_exec.py"));
    write("raft.py", &source.replace(from, to));
    format!("python3 -B '{}'", folder.path().join("raft.py").display())
}

/// What is appended to the disk whenever term, vote or log change.
const SAVED: &str = r#"{"currentTerm": self.currentTerm, "votedFor": self.votedFor, **more}"#;

/// Bugs of the catalogue, as they look in Python: the name, what is there, what it becomes, and what breaks by it.
const BUGS: [(&str, &str, &str, &str); 6] = [
    ("double-vote", "self.votedFor in (None, candidate) and", "", "safety:one-vote"),
    (
        "log-not-compared",
        ">= own_last  # section 5.4.1",
        ">= (0, 0)",
        "safety:election-restriction",
    ),
    (
        "vote-not-saved",
        SAVED,
        r#"{"currentTerm": self.currentTerm, "votedFor": None, **more}"#,
        "safety:",
    ),
    (
        "term-not-saved",
        SAVED,
        r#"{"currentTerm": 0, "votedFor": self.votedFor, **more}"#,
        "safety:",
    ),
    ("fig8-commit", " and self.term_at(index) == self.currentTerm:", ":", "safety:commit-rule"),
    (
        "quorum-minus-one",
        "matched[len(self.servers) // 2]",
        "matched[len(self.servers) // 2 - 1]",
        "safety:",
    ),
];

/// The seeds that a bug may take.
const SEEDS: u64 = 20;

#[test]
fn bugs_of_the_catalogue_are_caught_in_python_too() {
    if !has("python3") {
        return;
    }
    let explorations = tests(&["explore"]);
    for (name, from, to, property) in BUGS {
        let folder = TempDir::new().unwrap();
        let raft = start(&changed(&folder, from, to));
        let runs = (1..=SEEDS).flat_map(|seed| explorations.iter().map(move |test| (test, seed)));
        let caught =
            runs.map(|(test, seed)| run_one(test, seed, &raft, &RunOptions::default()).verdict);
        let caught = caught.into_iter().find_map(|verdict| match verdict {
            Verdict::Failed(failure) if failure.property.starts_with(property) => Some(failure),
            _ => None,
        });
        assert!(caught.is_some(), "{name} is not caught in {SEEDS} seeds");
    }
}

#[test]
fn one_servers_side_of_a_run_is_the_same_alone() {
    let Some(command) = cpp() else { return };
    let transcript = Transcript::of(1);
    let options = Options { transcript: Some(transcript.clone()), ..Options::default() };
    let raft: Arc<dyn Implementation> = Arc::new(ExecRaft::start(command, &options).unwrap());
    // Servers crash and start again in it.
    let test = tests(&["4C"])[0];
    run_one(&test, 5, &raft, &RunOptions::default());
    assert!(transcript.lives() > 1);
    let mut alone = Command::new(command.trim_matches('\''))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = alone.stdin.take().unwrap();
    let lines = transcript.inputs();
    // More than a pipe holds.
    let writer = runtime_free(move || writeln!(input, "{}", lines.join("\n")).unwrap());
    let output = alone.wait_with_output().unwrap();
    writer.join().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let written: Vec<&str> = output.lines().skip(1).collect();
    assert_eq!(written, transcript.outputs());
}

/// A thread, where nothing is simulated.
#[allow(clippy::disallowed_methods)]
fn runtime_free<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    std::thread::spawn(work)
}
