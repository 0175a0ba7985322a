//! Servers under their supervisor: shells, and this program as a server.

use crate::roles::{is_gone, server};
use live::driver::Program;
use live::isolation::Isolation;
use live::processes::{Ending, Event, Processes, Server, What};
use nix::sys::signal::Signal;
use std::future::Future;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub const TESTS: &[(&str, fn())] = &[
    ("a_server_is_killed_and_started_again", a_server_is_killed_and_started_again),
    ("a_paused_server_is_silent_until_it_is_resumed", a_paused_server_is_silent),
    ("a_paused_server_can_be_killed", a_paused_server_can_be_killed),
    ("an_unexpected_end_is_told_with_its_code", an_unexpected_end_is_told),
    ("an_unexpected_signal_is_told", an_unexpected_signal_is_told),
    ("an_end_that_was_announced_is_expected", an_end_that_was_announced_is_expected),
    ("all_lines_are_told_and_in_the_log", all_lines_are_told_and_in_the_log),
    ("a_server_that_cannot_be_started_is_refused", a_server_that_cannot_be_started),
    ("at_the_end_servers_may_end_by_themselves", at_the_end_servers_may_end_by_themselves),
    ("at_the_end_deaf_servers_are_killed", at_the_end_deaf_servers_are_killed),
    ("dropping_all_kills_all", dropping_all_kills_all),
    ("what_a_server_does_not_read_is_trouble", what_a_server_does_not_read_is_trouble),
    ("what_a_server_started_ends_with_it", what_a_server_started_ends_with_it),
    ("memory_is_seen", memory_is_seen),
];

/// One server, with and without a guard.
struct Run {
    folder: TempDir,
    processes: Processes,
    server: Server,
    events: UnboundedReceiver<Event>,
}

impl Run {
    fn new(isolation: &Isolation, program: impl Fn(&TempDir) -> Program) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut processes, events) =
            Processes::new(isolation, &folder.path().join("logs")).expect("a folder");
        let program = program(&folder);
        let server = processes.add(move |_| Ok(program.clone())).expect("a log");
        Run { folder, processes, server, events }
    }

    fn of_shell(script: &str) -> Run {
        Run::new(&Isolation::Namespaces, |_| shell(script))
    }

    async fn next(&mut self) -> What {
        let event =
            runtime::timeout(PATIENCE, self.events.recv()).await.expect("something happens");
        event.expect("there is a server").what
    }

    async fn started(&mut self) {
        let what = self.next().await;
        assert!(matches!(what, What::Started { .. }), "{what:?}");
    }

    async fn line(&mut self, wanted: &str) {
        assert_eq!(self.next().await, What::Line(wanted.to_owned()));
    }

    async fn ended(&mut self, how: Ending, expected: bool) {
        loop {
            match self.next().await {
                What::Ended { how: real, expected: really, .. } => {
                    assert_eq!((real, really), (how, expected));
                    assert!(!self.server.is_running() && !self.server.is_paused());
                    return;
                }
                What::Line(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

fn shell(script: &str) -> Program {
    Program {
        path: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        variables: Vec::new(),
    }
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future);
}

const KILLED: Ending = Ending::Killed(Signal::SIGKILL as i32);

fn a_server_is_killed_and_started_again() {
    for isolation in [Isolation::Namespaces, Isolation::Fallback { why: None }] {
        block_on(async {
            let mut run = Run::new(&isolation, |folder| server(folder.path(), "deaf"));
            for life in 1..=3 {
                run.server.start();
                run.started().await;
                // It would say so if the lock of the one before were still taken.
                run.line("ready").await;
                assert_eq!(run.server.life(), life);
                assert!(run.server.is_running());
                run.server.kill();
                run.ended(KILLED, true).await;
            }
            run.server.start();
            run.server.kill();
            run.server.start();
            run.server.settled().await;
            assert_eq!(run.server.life(), 5);
            run.started().await;
            // It may have been killed before it said anything.
            while !matches!(run.next().await, What::Ended { .. }) {}
            run.started().await;
            run.line("ready").await;
        });
    }
}

fn a_paused_server_is_silent() {
    block_on(async {
        let mut run = Run::of_shell("while :; do echo tick; sleep 0.01; done");
        run.server.start();
        run.started().await;
        run.line("tick").await;
        run.server.pause();
        while run.next().await != What::Paused {}
        assert!(run.server.is_paused() && run.server.is_running());
        // What was on its way.
        let silence = Duration::from_millis(300);
        while runtime::timeout(silence, run.events.recv()).await.is_ok() {}
        assert!(runtime::timeout(2 * silence, run.events.recv()).await.is_err());
        run.server.resume();
        assert_eq!(run.next().await, What::Resumed);
        run.line("tick").await;
        assert!(!run.server.is_paused());
    });
}

fn a_paused_server_can_be_killed() {
    block_on(async {
        let mut run = Run::of_shell("while :; do sleep 1; done");
        run.server.start();
        run.server.pause();
        // It is already.
        run.server.pause();
        run.server.kill();
        run.started().await;
        assert_eq!(run.next().await, What::Paused);
        run.ended(KILLED, true).await;
    });
}

fn an_unexpected_end_is_told() {
    block_on(async {
        let mut run = Run::of_shell("echo bye; exit 7");
        run.server.start();
        run.started().await;
        run.line("bye").await;
        run.ended(Ending::Exited(7), false).await;
    });
}

fn an_unexpected_signal_is_told() {
    block_on(async {
        let mut run = Run::of_shell("kill -KILL $$");
        run.server.start();
        run.started().await;
        run.ended(KILLED, false).await;
    });
}

fn an_end_that_was_announced_is_expected() {
    block_on(async {
        let mut run = Run::of_shell("read line; echo \"$line\"; exit 9");
        run.server.start();
        run.server.write_line("exit-at elected 1");
        run.server.expect_end();
        run.started().await;
        run.line("exit-at elected 1").await;
        run.ended(Ending::Exited(9), true).await;
    });
}

fn all_lines_are_told_and_in_the_log() {
    block_on(async {
        let script =
            "i=0; while [ $i -lt 1000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
        let mut run = Run::of_shell(script);
        run.server.start();
        run.started().await;
        let mut told = Vec::new();
        loop {
            match run.next().await {
                What::Line(line) => told.push(line),
                What::Ended { .. } => break,
                other => panic!("{other:?}"),
            }
        }
        for stream in ["out", "err"] {
            let of_stream: Vec<&String> =
                told.iter().filter(|line| line.starts_with(stream)).collect();
            let expected: Vec<String> = (0..1000).map(|i| format!("{stream} {i}")).collect();
            assert_eq!(of_stream, expected.iter().collect::<Vec<_>>());
        }
        let log = std::fs::read_to_string(run.folder.path().join("logs/server-0.log"));
        let log = log.expect("a log");
        let mut logged: Vec<&str> =
            log.lines().filter_map(|line| Some(line.split_once(' ')?.1)).collect();
        assert!(logged.first().is_some_and(|line| line.starts_with("--- life 1 begins: process ")));
        assert_eq!(logged.last(), Some(&"--- life 1 has ended with exit code 0"));
        logged.retain(|line| !line.starts_with("--- "));
        logged.sort_unstable();
        told.sort_unstable();
        assert_eq!(logged, told);
    });
}

fn a_server_that_cannot_be_started() {
    for isolation in [Isolation::Namespaces, Isolation::Fallback { why: None }] {
        block_on(async {
            let program = |_: &TempDir| Program { path: "no/such/program".into(), ..shell("") };
            let mut run = Run::new(&isolation, program);
            run.server.start();
            let what = run.next().await;
            assert!(matches!(&what, What::Refused { why } if why.contains("no/such")), "{what:?}");
            assert!(!run.server.is_running());
        });
    }
}

fn at_the_end_servers_may_end_by_themselves() {
    block_on(async {
        let script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
        let mut run = Run::of_shell(script);
        run.server.start();
        run.started().await;
        run.line("ready").await;
        run.server.pause();
        run.processes.shutdown().await;
        assert_eq!(run.next().await, What::Paused);
        assert_eq!(run.next().await, What::Resumed);
        run.ended(Ending::Exited(0), true).await;
    });
}

fn at_the_end_deaf_servers_are_killed() {
    block_on(async {
        let mut run = Run::of_shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        run.server.start();
        run.started().await;
        run.line("ready").await;
        run.processes.shutdown().await;
        run.ended(KILLED, true).await;
    });
}

fn dropping_all_kills_all() {
    block_on(async {
        let mut run = Run::new(&Isolation::Namespaces, |folder| server(folder.path(), "deaf"));
        run.server.start();
        run.started().await;
        run.line("ready").await;
        assert!(!is_gone(run.folder.path()));
        drop(run.processes);
        run.server.settled().await;
        assert!(is_gone(run.folder.path()));
    });
}

fn what_a_server_does_not_read_is_trouble() {
    block_on(async {
        let mut run = Run::of_shell("exec <&-; echo ready; while :; do sleep 1; done");
        run.server.start();
        run.started().await;
        run.line("ready").await;
        run.server.write_line("disk full");
        let what = run.next().await;
        assert!(matches!(&what, What::Trouble(why) if why.contains("disk full")), "{what:?}");
    });
}

fn what_a_server_started_ends_with_it() {
    block_on(async {
        let mut run = Run::of_shell("sleep 1000 >/dev/null 2>&1 & echo $!");
        run.server.start();
        run.started().await;
        let What::Line(pid) = run.next().await else { panic!("no number") };
        run.ended(Ending::Exited(0), false).await;
        let pid = nix::unistd::Pid::from_raw(pid.parse().expect("a number"));
        let gone = async {
            // It may be there until the first process sees that it has ended.
            while nix::sys::signal::kill(pid, None).is_ok() && !is_zombie(pid.as_raw()) {
                runtime::sleep(Duration::from_millis(10)).await;
            }
        };
        runtime::timeout(PATIENCE, gone).await.expect("it ends");
    });
}

fn is_zombie(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

fn memory_is_seen() {
    if cfg!(not(target_os = "linux")) {
        return println!("skipped: memory is not told here");
    }
    block_on(async {
        let mut run = Run::of_shell("echo ready; while :; do sleep 1; done");
        assert_eq!(run.server.memory_bytes(), None);
        run.server.start();
        run.started().await;
        run.line("ready").await;
        assert!(run.server.memory_bytes().is_some_and(|bytes| bytes > 0));
        run.server.kill();
        run.ended(KILLED, true).await;
        assert!(run.server.memory_bytes_max() > 0);
        assert_eq!(run.server.memory_bytes(), None);
    });
}
