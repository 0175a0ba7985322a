//! Runs of programs leak no child, descriptor or memory, however many there are: three of the Python Raft and
//! ten times as many of the C++, or EXEC_RUNS and ten times that. A process of its own, since it looks at all
//! that the process holds.
#![cfg(target_os = "linux")]

use exec::{ExecRaft, Options};
use labtest::{Implementation, RunOptions, Verdict, lab_tests, run_one};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// More than the allocator keeps for later.
const MEMORY_KB_MAX: u64 = 16 * 1024;

/// What this process holds.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    children: usize,
}

fn held() -> Held {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let own = std::process::id().to_string();
    let is_child = |entry: &std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        behind_name.split_ascii_whitespace().nth(1) == Some(&*own)
    };
    let children = std::fs::read_dir("/proc").unwrap().flatten().filter(is_child).count();
    Held { descriptors, children }
}

fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn leave_nothing(command: &str, runs: u64, options: &Options) {
    let before = held();
    let raft: Arc<dyn Implementation> = Arc::new(ExecRaft::start(command, options).unwrap());
    let run = |seed: u64| {
        let tests = lab_tests();
        let test = &tests[seed as usize % tests.len()];
        let outcome = run_one(test, seed, &raft, &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{}, seed {seed}", test.name);
    };
    // As many children as a run needs, and what is made once.
    (0..10).for_each(run);
    let (warm, memory) = (held(), memory_kb());
    (10..10 + runs).for_each(run);
    let grown_kb = memory_kb().saturating_sub(memory);
    assert!(grown_kb <= MEMORY_KB_MAX, "{command}: {grown_kb} kB more after {runs} runs");
    if !options.fresh {
        assert_eq!(held(), warm, "{command}, after {runs} runs");
    }
    drop(raft);
    assert!((0..500).any(|_| held() == before || wait()), "{:?}, {before:?} before", held());
}

/// Always false, a moment later.
#[allow(clippy::disallowed_methods)] // Other processes live in real time.
fn wait() -> bool {
    std::thread::sleep(std::time::Duration::from_millis(20));
    false
}

#[test]
fn runs_leave_nothing_behind() {
    let runs = std::env::var("EXEC_RUNS").map_or(3, |runs| runs.parse().unwrap());
    let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exec");
    if is_there("python3") {
        let command = format!("python3 -B '{}'", adapters.join("python/raft.py").display());
        leave_nothing(&command, runs, &Options::default());
        let fresh = Options { fresh: true, ..Options::default() };
        leave_nothing(&command, (runs / 10).max(1), &fresh);
    }
    if is_there("g++") {
        let folder = tempfile::TempDir::new().unwrap();
        let program = folder.path().join("raft");
        let source = adapters.join("cpp/raft.cpp");
        let mut compiler = Command::new("g++");
        let compiled = compiler.args(["-std=c++17", "-O2", "-o"]).arg(&program).arg(source);
        assert!(compiled.status().unwrap().success());
        leave_nothing(&format!("'{}'", program.display()), 10 * runs, &Options::default());
    }
}

/// What is missing is told by `exec.rs`.
fn is_there(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}
