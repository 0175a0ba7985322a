//! A spawner and its servers as real processes.
//!
//! This very program is the spawner, and a stand-in for a server, when it is started so: see
//! `spawner/roles.rs`.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "spawner/roles.rs"]
mod roles;
#[path = "spawner/running.rs"]
mod running;

use libtest_mimic::{Arguments, Trial};
use running::{Folder, Spawner};
use rustix::process::Signal;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = roles::play() {
        return code;
    }
    let tests: [(&str, fn()); 10] = [
        ("servers_speak_in_one_log", servers_speak_in_one_log),
        ("a_killed_server_is_told_and_the_others_go_on", a_killed_server_is_told),
        ("servers_that_cannot_start_are_said_plainly", servers_that_cannot_start),
        ("a_program_that_is_not_there_is_named", a_program_that_is_not_there),
        ("a_second_spawner_is_refused_while_there_is_one", a_second_spawner_is_refused),
        ("a_server_is_started_again_if_asked_for", a_server_is_started_again),
        ("who_does_not_end_is_killed", who_does_not_end_is_killed),
        ("a_spawner_that_nobody_reads_ends", a_spawner_that_nobody_reads),
        ("nothing_survives_the_spawner", nothing_survives_the_spawner),
        ("a_server_without_its_spawner_does_not_start", a_server_without_its_spawner),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn servers_speak_in_one_log() {
    let folder = Folder::new();
    let mut spawner = Spawner::start(&folder, &[]);
    spawner.wait_for_servers();
    spawner.signal(Signal::INT);
    let (code, log) = spawner.end();
    assert_eq!(code, Some(130), "{log:#?}");
    for line in [
        "node 0 | 12:00:01.123 LEADER => 127.0.0.1:8002",
        "node 1 | 12:00:01.123 LEADER => 127.0.0.1:8002",
        "node 1 | plain words",
        "SIGINT: all servers are ended",
        "all servers have ended",
    ] {
        assert!(log.iter().any(|other| other == line), "{line} in {log:#?}");
    }
    let announced = log.iter().filter(|line| line.starts_with("LEADER IS NOW NODE"));
    assert_eq!(announced.collect::<Vec<_>>(), ["LEADER IS NOW NODE 2"]);
    assert!(!log.iter().any(|line| line.contains("Its last lines")), "{log:#?}");
    folder.wait_until_all_are_gone();
}

fn a_killed_server_is_told() {
    let folder = Folder::new();
    let mut spawner = Spawner::start(&folder, &[]);
    spawner.wait_for_servers();
    folder.kill(1);
    spawner.wait_for("node 1 was killed by SIGKILL; the others go on. Its last lines:");
    spawner.wait_for("    12:00:01.123 LEADER => 127.0.0.1:8002");
    spawner.wait_for("    plain words");
    assert!(!folder.is_gone(0) && !folder.is_gone(2));
    spawner.signal(Signal::TERM);
    let (code, log) = spawner.end();
    assert_eq!(code, Some(143), "{log:#?}");
    assert_eq!(folder.lives(1), 1);
    folder.wait_until_all_are_gone();
}

fn servers_that_cannot_start() {
    let folder = Folder::new();
    (0..3).for_each(|id| folder.order(id, "exit 69"));
    let (code, log) = Spawner::start(&folder, &[]).end();
    assert_eq!(code, Some(69), "{log:#?}");
    for id in 0..3 {
        let line = format!(
            "node {id} can't start: an address is taken or can't be bound (exit code 69); "
        );
        assert!(log.iter().any(|other| other.starts_with(&line)), "{line} in {log:#?}");
    }
    assert!(log.iter().any(|line| line == "    an address is taken"), "{log:#?}");
}

fn a_program_that_is_not_there() {
    let folder = Folder::new();
    let (code, log) = Spawner::start(&folder, &["--program", "no/such"]).end();
    assert_eq!(code, Some(70), "{log:#?}");
    assert!(
        log.iter().any(|line| line.starts_with("node 2 can't be started: no/such: ")),
        "{log:#?}"
    );
}

fn a_second_spawner_is_refused() {
    let folder = Folder::new();
    let mut first = Spawner::start(&folder, &[]);
    first.wait_for_servers();
    let (code, log) = Spawner::start(&folder, &[]).end();
    assert_eq!(code, Some(75), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("is in use by another spawner")), "{log:#?}");
    first.signal(Signal::KILL);
    assert_eq!(first.end().0, None);
    let mut next = Spawner::start(&folder, &[]);
    next.wait_for_servers();
}

fn a_server_is_started_again() {
    let folder = Folder::new();
    folder.order(2, "exit 78");
    let mut spawner = Spawner::start(&folder, &["--restart"]);
    spawner.wait_for("node 0 | plain words");
    folder.kill(0);
    spawner.wait_for("node 0 was killed by SIGKILL; it is started again in 1 s. Its last lines:");
    spawner.wait_for("node 0 | plain words");
    assert_eq!(folder.lives(0), 2);
    spawner.signal(Signal::TERM);
    let (code, log) = spawner.end();
    assert_eq!(code, Some(143), "{log:#?}");
    // Another start would not help this one.
    assert_eq!(folder.lives(2), 1);
    folder.wait_until_all_are_gone();
}

fn who_does_not_end_is_killed() {
    let folder = Folder::new();
    folder.order(1, "stay");
    let mut spawner = Spawner::start(&folder, &[]);
    spawner.wait_for_servers();
    spawner.signal(Signal::TERM);
    let (code, log) = spawner.end();
    assert_eq!(code, Some(143), "{log:#?}");
    for line in [
        "node 0 was killed by SIGTERM",
        "servers that are left are killed",
        "node 1 was killed by SIGKILL",
    ] {
        assert!(log.iter().any(|other| other == line), "{line} in {log:#?}");
    }
    folder.wait_until_all_are_gone();
}

fn a_spawner_that_nobody_reads() {
    assert_eq!(running::unread(&Folder::new()), Some(70));
}

fn nothing_survives_the_spawner() {
    let folder = Folder::new();
    folder.order(1, "stay");
    let mut spawner = Spawner::start(&folder, &[]);
    spawner.wait_for_servers();
    assert!((0..3).all(|id| !folder.is_gone(id)));
    spawner.signal(Signal::KILL);
    folder.wait_until_all_are_gone();
}

fn a_server_without_its_spawner() {
    let folder = Folder::new();
    let parent = std::process::id();
    assert_eq!(running::serve(&folder, parent + 1), Some(143));
    folder.order(0, "exit 3");
    assert_eq!(running::serve(&folder, parent), Some(3));
}
