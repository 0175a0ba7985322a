//! A tester in namespaces, and without.

use crate::roles::{ROLE, is_gone};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub const TESTS: &[(&str, fn())] = &[
    ("nothing_survives_a_tester_in_namespaces", nothing_survives_a_tester_in_namespaces),
    ("nothing_survives_a_tester_without_namespaces", nothing_survives_a_tester_without),
    ("the_end_of_a_tester_ends_standard_input", the_end_of_a_tester_ends_standard_input),
    ("the_exit_code_comes_out_of_namespaces", the_exit_code_comes_out),
    ("signals_are_handed_on_into_namespaces", signals_are_handed_on),
    ("a_tester_killed_by_a_signal_says_so", a_tester_killed_by_a_signal_says_so),
    ("testers_in_namespaces_have_the_same_ports", testers_in_namespaces_have_the_same_ports),
    ("testers_without_namespaces_have_ports_of_their_own", testers_without_have_their_own),
    ("where_namespaces_are_refused_there_is_a_fallback", where_namespaces_are_refused),
];

/// Skips a test where there are no namespaces.
fn skipped() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(folder.path(), "tester required exit").output().expect("a process");
    if output.status.code() == Some(42) {
        return false;
    }
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(why.starts_with("namespaces are required: "), "{output:?}");
    println!("skipped: {}", why.trim_end());
    true
}

fn nothing_survives_a_tester_in_namespaces() {
    if !skipped() {
        ends_with("tester required server");
    }
}

fn nothing_survives_a_tester_without() {
    if cfg!(not(target_os = "linux")) {
        return println!("skipped: the kernel does not kill servers with their tester here");
    }
    ends_with("tester off server");
}

fn the_end_of_a_tester_ends_standard_input() {
    ends_with("tester off unguarded");
}

/// Kills a tester, and waits for the end of its server.
fn ends_with(role: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tester = Tester::start(folder.path(), role);
    assert_eq!(tester.next(), "ready");
    assert!(!is_gone(folder.path()));
    tester.signal(Signal::SIGKILL);
    let began = Instant::now();
    while !is_gone(folder.path()) {
        assert!(began.elapsed() < PATIENCE, "the server is left");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn the_exit_code_comes_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(folder.path(), "tester automatic exit").output().expect("a process");
    assert_eq!(output.status.code(), Some(42), "{output:?}");
}

fn signals_are_handed_on() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut tester = Tester::start(folder.path(), "tester required wait");
    assert_eq!(tester.next(), "ready");
    tester.signal(Signal::SIGTERM);
    assert_eq!(tester.end(), Some(5));
}

fn a_tester_killed_by_a_signal_says_so() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // It does nothing about signals. This one is not ignored where tests run in the background, as SIGINT is.
    let mut tester = Tester::start(folder.path(), "tester required port");
    tester.next();
    tester.signal(Signal::SIGTERM);
    assert_eq!(tester.end(), Some(128 + Signal::SIGTERM as i32));
}

fn testers_in_namespaces_have_the_same_ports() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut testers = [(), ()].map(|()| Tester::start(folder.path(), "tester required port"));
    let [one, other] = testers.each_mut().map(Tester::next);
    // Processes are theirs alone, too: after process 1 comes the tester.
    assert_eq!((&*one, &*other), ("127.0.0.1:4000 of 2", "127.0.0.1:4000 of 2"));
}

fn testers_without_have_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut testers = [(), ()].map(|()| Tester::start(folder.path(), "tester off port"));
    let [one, other] = testers.each_mut().map(Tester::next);
    assert_ne!(one.split(' ').next(), other.split(' ').next());
}

fn where_namespaces_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |wish| Tester::start(folder.path(), &format!("refused {wish}")).next();
    let automatic = said("automatic");
    if automatic.starts_with("skipped: ") {
        return println!("{automatic}");
    }
    assert!(
        automatic.starts_with("fallback: Some(\"there are no namespaces: can't"),
        "{automatic}"
    );
    let required = said("required");
    assert!(required.starts_with("error: namespaces are required: can't"), "{required}");
    assert_eq!(said("off"), "fallback: None");
}

fn command(folder: &Path, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(folder).env(ROLE, role).stdin(Stdio::null());
    command
}

/// A process that plays a role, and what it says.
struct Tester {
    process: Child,
    lines: Receiver<String>,
}

impl Tester {
    fn start(folder: &Path, role: &str) -> Tester {
        let mut process = command(folder, role).stdout(Stdio::piped()).spawn().expect("a process");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Tester { process, lines }
    }

    fn next(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process.id().try_into().expect("a number"));
        kill(pid, signal).expect("it is there");
    }

    fn end(mut self) -> Option<i32> {
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Tester {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
