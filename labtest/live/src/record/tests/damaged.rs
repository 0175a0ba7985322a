//! What is cut off or missing is said, and the rest is judged.

use super::sample::{SMALL, about, make};
use crate::clients::Operation;
use crate::record::{Files, RunFolder, Stored, is_live, judge_again, render};
use labtrace::VerdictName;
use std::fs;
use std::path::Path;

/// What is said of a folder, and the verdict on it.
fn judged(folder: &Path) -> (Vec<String>, VerdictName) {
    let stored = Stored::read(folder).unwrap();
    let verdict = judge_again(&stored).verdict;
    (stored.flaws, verdict)
}

/// Keeps this much of a file.
fn cut(file: &Path, kept: impl Fn(&str) -> usize) {
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, &text[..kept(&text)]).unwrap();
}

#[test]
fn a_history_that_is_cut_off_can_show_a_violation_and_no_pass() {
    let root = tempfile::tempdir().unwrap();
    for (seed, is_violated, verdict) in
        [(1, false, VerdictName::Undecided), (2, true, VerdictName::Failed)]
    {
        let folder = make(root.path(), seed, SMALL, is_violated);
        cut(&folder.join("history-kv.jsonl"), |text| text.len() - 10);
        let (flaws, found) = judged(&folder);
        let line = if is_violated { 803 } else { 801 };
        let said = format!("history-kv.jsonl ends in the middle of line {line}, which is left out");
        assert_eq!((flaws, found), (vec![said], verdict));
    }
}

#[test]
fn a_history_that_is_cut_between_lines_is_seen_too() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 1, SMALL, false);
    cut(&folder.join("history-kv.jsonl"), |text| text[..text.len() / 2].rfind('\n').unwrap() + 1);
    let (flaws, verdict) = judged(&folder);
    assert!(flaws[0].ends_with("lines, of 801 that were written"), "{flaws:?}");
    assert_eq!(verdict, VerdictName::Undecided);
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 1, SMALL, false);
    let expect = |said: &str| {
        let (flaws, verdict) = judged(&folder);
        assert!(flaws.iter().any(|flaw| flaw.starts_with(said)), "{said}: {flaws:?}");
        assert_eq!(verdict, VerdictName::Undecided);
        assert!(is_live(&folder));
    };
    fs::remove_file(folder.join("history-counter.jsonl")).unwrap();
    expect("history-counter.jsonl is missing");
    cut(&folder.join(Files::FACTS), |text| text.len() / 2);
    expect("facts.json is damaged: EOF");
    fs::remove_file(folder.join(Files::FACTS)).unwrap();
    expect("facts.json is missing");
    cut(&folder.join(Files::REPORT_JSON), |text| text.len() / 2);
    expect("report.json is damaged: EOF");
    fs::remove_file(folder.join(Files::REPORT_JSON)).unwrap();
    expect("report.json is missing");
    fs::write(folder.join("history-kv.jsonl"), "{}\n").unwrap();
    let stored = Stored::read(&folder).unwrap();
    let check = &judge_again(&stored).checks[0];
    assert!(check.text.as_ref().unwrap().starts_with("history-kv.jsonl"), "{check:?}");
}

#[test]
fn a_run_that_was_killed_leaves_what_was_written() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), &about(7)).unwrap();
    let recorder = folder.recorder().unwrap();
    let operation = Operation::Get { key: "x".to_owned() };
    recorder.operation_begun(5, 0, 1, &operation);
    // Written later, though it happened before.
    recorder.note(3, "isolate the leader");
    let path = folder.path().to_path_buf();
    std::mem::forget(recorder);
    drop(folder);
    let (flaws, verdict) = judged(&path);
    assert_eq!(
        (flaws, verdict),
        (vec!["facts.json is missing".to_owned()], VerdictName::Undecided)
    );
    let report = fs::read_to_string(path.join(Files::REPORT_TEXT)).unwrap();
    assert!(report.contains("the run has not come to its end"), "{report}");
    render(&path).unwrap();
    assert!(fs::read_to_string(path.join(Files::PAGE)).unwrap().contains("isolate the leader"));
}

#[test]
fn a_trace_that_is_cut_off_is_drawn_up_to_there() {
    let root = tempfile::tempdir().unwrap();
    let folder = make(root.path(), 1, SMALL, false);
    cut(&folder.join(Files::TRACE), |text| text.len() / 2 + 3);
    let (_, flaws) = render(&folder).unwrap();
    assert!(flaws[0].starts_with("trace.jsonl ends in the middle of line "), "{flaws:?}");
    assert_eq!(judged(&folder).1, VerdictName::Passed);
}
