//! Everything is there again.

use super::sample::{SMALL, Size, about, make};
use crate::clients::{Answer, Operation, Outcome};
use crate::record::{Files, RunFolder, Stored, is_live, judge_again, render};
use labtrace::VerdictName;
use labtrace::trace::{self, Event, Fault, Looks, Phase};
use std::fs;
use std::path::{Path, PathBuf};

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
    assert_eq!(count(|event| matches!(event, Event::Client { phase: Phase::Begin, .. })), 401);
    assert_eq!(count(|event| matches!(event, Event::Client { server: Some(_), .. })), 401);
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

/// The report on file; UPDATE=1 writes it again.
#[test]
fn the_report_is_one_screen() {
    let root = tempfile::tempdir().unwrap();
    let text = read(&make(root.path(), 7, SMALL, true), Files::REPORT_TEXT);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/record/tests/report.txt");
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&file, &text).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "UPDATE=1 cargo test -p live --lib record takes it as it is now");
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

#[test]
fn nothing_lasts_longer_than_all_is_mended() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &about(7)).unwrap();
    let recorder = folder.recorder().unwrap();
    let fault = |phase, server| Fault {
        phase,
        what: "pause".to_owned(),
        looks: Looks::Pause,
        servers: vec![server],
        sides: Vec::new(),
        text: "a server stands still".to_owned(),
    };
    recorder.fault(1, &fault(Phase::Begin, 0));
    recorder.fault(2, &fault(Phase::Begin, 1));
    recorder.fault(3, &fault(Phase::End, 0));
    recorder.mended(4);
    recorder.mended(5);
    let (_, lines) = trace::read(&read(folder.path(), Files::TRACE)).unwrap();
    let ended = lines.iter().filter_map(|line| match &line.event {
        Event::Fault(fault) if fault.phase == Phase::End => Some((line.at, fault.servers.clone())),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [(3, vec![0]), (4, vec![1])]);
}

/// Makes a folder for `ci/browser/run`: `LIVE_SAMPLES=DIR cargo test -p live --lib small_sample -- --ignored`.
#[test]
#[ignore = "writes a folder, to be looked at in a browser"]
fn small_sample() {
    make(&samples(), 1, SMALL, true);
}

/// Makes more folders to be looked at, as that does.
#[test]
#[ignore = "writes large folders, to be looked at in a browser"]
fn large_samples() {
    let root = samples();
    let long = Size { seconds: 60, clients: 10, operations: 10_000, log_lines: 5_000 };
    let longest = Size { seconds: 600, clients: 10, operations: 100_000, log_lines: 20_000 };
    for (seed, size) in [(2, long), (3, longest)] {
        make(&root, seed, size, true);
    }
}

fn samples() -> PathBuf {
    std::env::var_os("LIVE_SAMPLES").expect("LIVE_SAMPLES is a folder").into()
}
