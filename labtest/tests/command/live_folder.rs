//! Folders of live runs are judged again and drawn again by the command.
use crate::cli::Scratch;
use lincheck::ModelName;
use live::clients::{Calibration, HistoryFile, LastRound};
use live::judge::{Disks, Facts};
use live::record::{About, Load, Report, RunFolder, checks};
use std::fs;

const FOLDER: &str = "failures/live/7";
const WRITES: u64 = 120;

/// A register is written often and read once at the end.
fn history(read: u64) -> String {
    let event = |at: u64, kind: &str, rest: &str| {
        format!("{{\"at\":{at},\"process\":0,\"type\":\"{kind}\",\"key\":\"x\",{rest}}}\n")
    };
    let mut text = "{\"schema\":\"labtest.history/v2\"}\n".to_owned();
    for value in 1..=WRITES {
        let rest = format!("\"f\":\"put\",\"value\":\"{value}\"");
        text += &event(10 * value, "invoke", &rest);
        text += &event(10 * value + 5, "ok", "\"f\":\"put\"");
    }
    text += &event(10 * WRITES + 10, "invoke", "\"f\":\"get\"");
    text + &event(10 * WRITES + 15, "ok", &format!("\"f\":\"get\",\"value\":\"{read}\""))
}

/// The folder of a run in which that was read, and all was well beside.
fn with_a_run(name: &str, read: u64) -> Scratch {
    let here = Scratch::new(name);
    let about = About {
        seed: 7,
        implementation: "kvd".to_owned(),
        servers: 3,
        network: "through proxies on loopback".to_owned(),
        description: "kill".to_owned(),
        replay: "labtest live --seed 7".to_owned(),
        check: format!("labtest check {FOLDER}"),
    };
    let facts = Facts {
        servers: 3,
        memory_max_bytes: Some(vec![1; 3]),
        calibration: Some(Calibration { rate_per_s: 0.0, p50_ns: 1, p99_ns: 1 }),
        last_round: Some(LastRound::default()),
        disks: Disks::Looked(Vec::new()),
        acknowledged: Disks::Looked(Vec::new()),
        ..Facts::default()
    };
    let mut folder = RunFolder::create(&here.path().join("failures"), &about).unwrap();
    let recorder = folder.recorder().unwrap();
    recorder.note(1, "isolate the leader");
    let histories = [HistoryFile { model: ModelName::Kv, text: history(read) }];
    folder.write_histories(&histories).unwrap();
    folder.write_facts(&facts).unwrap();
    let found = checks(&histories, &facts, None);
    let report = Report::new(about, 2_000, Vec::new(), Load::default(), found);
    folder.finish(&recorder, report).unwrap();
    here
}

#[test]
fn a_run_that_passed_passes_again() {
    with_a_run("live passed", WRITES)
        .labtest(&["check", FOLDER])
        .exits_with(0)
        .says("failures/live/7: live, seed 7, 3 × kvd")
        .says("holds     safety:linearizable")
        .says("passed");
}

#[test]
fn a_violation_is_found_again_and_drawn_again() {
    let here = with_a_run("live failed", 1);
    let said = r#"x: get "x" -> "1" of client 0 fits nowhere: that was overwritten before"#;
    here.labtest(&["check", FOLDER]).exits_with(1).says("VIOLATED  safety:linearizable").says(said);
    for file in ["timeline.html", "linearizability.html"] {
        fs::remove_file(here.path().join(FOLDER).join(file)).unwrap();
    }
    here.labtest(&["render", FOLDER]).exits_with(0).says(&format!("{FOLDER}/linearizability.html"));
    assert!(here.read(&format!("{FOLDER}/timeline.html")).contains("isolate the leader"));
}

#[test]
fn what_is_cut_off_is_said_and_is_no_pass() {
    let here = with_a_run("live cut", WRITES);
    let file = format!("{FOLDER}/history-kv.jsonl");
    let text = here.read(&file);
    here.write(&file, &text[..text.len() - 5]);
    let cut = "history-kv.jsonl ends in the middle of line 243, which is left out";
    here.labtest(&["check", FOLDER]).exits_with(2).says(&format!("undecided: {cut}"));
    fs::remove_file(here.path().join(FOLDER).join("trace.jsonl")).unwrap();
    here.labtest(&["render", FOLDER]).exits_with(64).complains("trace.jsonl");
}
