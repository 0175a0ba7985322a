//! Everything is there again.

use super::sample::{SMALL, Size, about, make};
use crate::clients::{Answer, Operation, Outcome};
use crate::record::{Files, RunFolder, Stored, is_live, judge_again, render};
use labtrace::VerdictName;
use labtrace::trace::{self, Event, Phase};
use std::fs;
use std::path::Path;

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn a_run_is_read_as_it_was_recorded() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 7, SMALL, true);
    assert_eq!(folder, root.path().join("live/7"));
    assert!(is_live(&folder) && root.path().join("latest").join(Files::TRACE).is_file());
    let (header, lines) = trace::read(&read(&folder, Files::TRACE)).unwrap();
    assert_eq!((header.test.as_str(), header.seed, header.servers), ("live", Some(7), 3));
    let count = |is: fn(&Event) -> bool| lines.iter().filter(|line| is(&line.event)).count();
    assert_eq!(count(|event| matches!(event, Event::Client { phase: Phase::Begin, .. })), 400);
    assert_eq!(count(|event| matches!(event, Event::Client { server: Some(_), .. })), 400);
    assert_eq!(count(|event| matches!(event, Event::Role { .. })), 10);
    assert_eq!(count(|event| matches!(event, Event::Life { .. })), 7);
    assert_eq!(count(|event| matches!(event, Event::Fault(_))), 8);
    // Found when the run was over, and it stands where it belongs.
    let failure = lines.iter().find(|line| matches!(line.event, Event::Failure { .. })).unwrap();
    assert_eq!(failure.at, 18_005_000_000);
    assert!(
        matches!(&lines[lines.len() - 1].event, Event::End { verdict, .. } if verdict == "failed")
    );
    assert!(read(&folder, &Files::log(2)).starts_with("0.000000 {\"level\":\"INFO\""));
    assert_eq!(read(&folder, "data/server-1/inner/journal"), "bytes");
    assert!(read(&folder, Files::LINEARIZABILITY).contains("timeline.html"));
    let page = read(&folder, Files::PAGE);
    assert!(
        page.contains("live run, real clock") && page.contains("href=\"linearizability.html\"")
    );
    assert!(page.contains("server 1 ended by itself: exit status 101"));
}

#[test]
fn the_report_is_one_screen() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 7, SMALL, true);
    let text = read(&folder, Files::REPORT_TEXT);
    assert!(text.starts_with("live, seed 7: FAILED\n"), "{text}");
    for line in [
        "run       3 × kvd, through proxies on loopback, 20.000 s of real time",
        "done      kill, pause, partition and slow for 20 s",
        "          1 kill, seen to end",
        "clients   4 clients, 400 operations: ",
        "  VIOLATED  safety:linearizable ",
        "  holds     safety:durability ",
        "look      timeline.html, the whole run as a page",
        "again     labtest live --seed 7",
        "judge     labtest check failures/live/7",
    ] {
        assert!(text.lines().any(|it| it.starts_with(line)), "no {line:?} in\n{text}");
    }
    assert!(text.lines().count() <= 40);
}

#[test]
fn a_run_is_judged_again_as_it_was_judged() {
    let root = tempfile::tempdir().unwrap();
    for (seed, is_violated) in [(1, false), (2, true)] {
        let stored = Stored::read(&make(root.path(), seed, SMALL, is_violated)).unwrap();
        assert!(stored.flaws.is_empty(), "{:?}", stored.flaws);
        let judged = judge_again(&stored);
        let report = stored.report.unwrap();
        assert_eq!(judged.verdict, report.verdict);
        assert_eq!(judged.checks, report.checks);
        assert!(judged.not_judged.is_empty());
        let verdict = if is_violated { VerdictName::Failed } else { VerdictName::Passed };
        assert_eq!(judged.verdict, verdict);
    }
}

#[test]
fn pages_are_drawn_again_from_the_files() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 7, SMALL, true);
    let files = [Files::PAGE, Files::LINEARIZABILITY, Files::REPORT_TEXT];
    let before = files.map(|file| read(&folder, file));
    for file in files {
        fs::remove_file(folder.join(file)).unwrap();
    }
    let (drawn, flaws) = render(&folder).unwrap();
    assert_eq!(drawn, files.map(|file| folder.join(file)));
    assert!(flaws.is_empty());
    assert_eq!(files.map(|file| read(&folder, file)), before);
}

#[test]
fn nothing_of_an_earlier_run_stays() {
    let root = tempfile::tempdir().unwrap();
    make(root.path(), 7, SMALL, true);
    let folder = make(root.path(), 7, SMALL, false);
    assert!(!folder.join(Files::LINEARIZABILITY).exists());
    RunFolder::create(root.path(), &about(7)).unwrap();
    assert!(!folder.join(Files::DATA).exists() && !folder.join("history-kv.jsonl").exists());
}

#[test]
fn several_tasks_may_record_at_once() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &about(7)).unwrap();
    let recorder = folder.recorder().unwrap();
    std::thread::scope(|scope| {
        for client in 0..8 {
            let recorder = recorder.clone();
            scope.spawn(move || {
                for number in 0..500 {
                    let operation = Operation::Get { key: "x".to_owned() };
                    recorder.operation_begun(recorder.now(), client, number, &operation);
                    let outcome = Outcome::Ok(Answer::Value(None));
                    recorder.operation_ended(recorder.now(), client, number, &outcome, None);
                }
            });
        }
    });
    let load = recorder.load(1);
    assert_eq!((load.clients, load.operations, load.ok), (8, 4_000, 4_000));
    let length = recorder.now();
    let report = crate::record::Report::new(about(7), length, Vec::new(), load, Vec::new());
    assert_eq!(report.verdict, VerdictName::Undecided);
    let (path, _) = folder.finish(&recorder, report).unwrap();
    let (_, lines) = trace::read(&read(&path, Files::TRACE)).unwrap();
    assert_eq!(lines.len(), 8_001);
}

/// Makes folders to be looked at: `LIVE_SAMPLES=DIR cargo test -p live --lib samples -- --ignored`.
#[test]
#[ignore = "writes large folders, to be looked at in a browser"]
fn samples() {
    let root = std::env::var("LIVE_SAMPLES").expect("LIVE_SAMPLES is a folder");
    let long = Size { seconds: 60, clients: 10, operations: 10_000, log_lines: 5_000 };
    let longest = Size { seconds: 600, clients: 10, operations: 100_000, log_lines: 20_000 };
    for (seed, size) in [(1, SMALL), (2, long), (3, longest)] {
        make(Path::new(&root), seed, size, true);
    }
}
