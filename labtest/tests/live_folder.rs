//! Folders of live runs are judged again and drawn again by the command.
#![cfg(unix)]

#[path = "common/cli.rs"]
mod cli;

use cli::Scratch;
use lincheck::ModelName;
use live::record::{About, Load, Report, RunFolder, check_history};
use std::fs;

const FOLDER: &str = "failures/live/7";

/// A register is written twice and read once: what was written last if `read` is 2.
fn history(read: u64) -> String {
    let event = |at: u64, kind: &str, rest: &str| {
        format!("{{\"at\":{at},\"process\":0,\"type\":\"{kind}\",\"key\":\"x\",{rest}}}\n")
    };
    let mut text = "{\"schema\":\"labtest.history/v2\"}\n".to_owned();
    for value in [1, 2] {
        let rest = format!("\"f\":\"put\",\"value\":\"{value}\"");
        text += &event(10 * value, "invoke", &rest);
        text += &event(10 * value + 5, "ok", "\"f\":\"put\"");
    }
    text += &event(30, "invoke", "\"f\":\"get\"");
    text + &event(35, "ok", &format!("\"f\":\"get\",\"value\":\"{read}\""))
}

/// The folder of a run in which that was read.
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
    let mut folder = RunFolder::create(&here.path().join("failures"), &about).unwrap();
    let recorder = folder.recorder().unwrap();
    recorder.note(1, "isolate the leader");
    let history = history(read);
    folder.write_history(ModelName::Kv, &history).unwrap();
    folder.write_facts(&"nothing").unwrap();
    let checks = vec![check_history(ModelName::Kv, &history)];
    let report = Report::new(about, 40, Vec::new(), Load::default(), checks);
    folder.finish(&recorder, report).unwrap();
    here
}

#[test]
fn a_run_that_passed_passes_again() {
    with_a_run("live passed", 2)
        .labtest(&["check", FOLDER])
        .exits_with(0)
        .says("failures/live/7: live, seed 7, 3 × kvd")
        .says("holds     safety:linearizable-kv")
        .says("passed");
}

#[test]
fn a_violation_is_found_again_and_drawn_again() {
    let here = with_a_run("live failed", 1);
    let said = "x: get -> 1 of client 0 fits nowhere: that was overwritten before";
    here.labtest(&["check", FOLDER])
        .exits_with(1)
        .says("VIOLATED  safety:linearizable-kv")
        .says(said);
    for file in ["timeline.html", "linearizability.html"] {
        fs::remove_file(here.path().join(FOLDER).join(file)).unwrap();
    }
    here.labtest(&["render", FOLDER]).exits_with(0).says(&format!("{FOLDER}/linearizability.html"));
    assert!(here.read(&format!("{FOLDER}/timeline.html")).contains("isolate the leader"));
}

#[test]
fn what_is_cut_off_is_said_and_is_no_pass() {
    let here = with_a_run("live cut", 2);
    let file = format!("{FOLDER}/history-kv.jsonl");
    let text = here.read(&file);
    here.write(&file, &text[..text.len() - 5]);
    let cut = "history-kv.jsonl ends in the middle of line 7, which is left out";
    here.labtest(&["check", FOLDER]).exits_with(2).says(&format!("undecided: {cut}"));
    fs::remove_file(here.path().join(FOLDER).join("trace.jsonl")).unwrap();
    here.labtest(&["render", FOLDER]).exits_with(64).complains("trace.jsonl");
}
