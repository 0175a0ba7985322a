//! Folders that this version has not written: `render` draws them and `check` judges them.

use crate::cli::Scratch;
use std::fs;
use std::path::Path;

/// A copy of a stored run, for a test to draw into.
fn stored(name: &str, test: &str) -> Scratch {
    let here = Scratch::new(&format!("stored {test}"));
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("trace/tests").join(name);
    for file in ["trace.jsonl", "history.jsonl"] {
        here.write(file, &fs::read_to_string(from.join(file)).unwrap());
    }
    here
}

#[test]
fn a_run_of_an_older_version_is_drawn_and_judged() {
    let here = stored("v1", "older");
    here.labtest(&["render", "."]).exits_with(0);
    assert!(here.read("timeline.svg").contains("scenario::s · seed 1"));
    let checked = here.labtest(&["check", "."]).exits_with(2).output;
    assert!(checked.contains("scenario::s, seed 1, raft"), "{checked}");
    assert!(
        checked.contains("the run itself failed") && !checked.contains("VIOLATED"),
        "{checked}"
    );
}

#[test]
fn a_run_of_no_simulation_is_drawn_and_judged() {
    let here = stored("by_hand", "no simulation");
    here.labtest(&["render", "."]).exits_with(0);
    assert!(here.read("timeline.html").contains("real time"));
    let checked = here.labtest(&["check", "."]).exits_with(0).output;
    assert!(checked.contains(".: three machines in a rack, mine\n"), "{checked}");
    assert!(checked.contains("passed: every check holds"), "{checked}");
}

#[test]
fn what_it_violates_is_found_without_any_state() {
    let here = stored("by_hand", "without state");
    let trace = here.read("trace.jsonl");
    let wrong = trace.replace(
        r#""server":0,"index":1,"command":"101""#,
        r#""server":0,"index":1,"command":"102""#,
    );
    here.write("trace.jsonl", &wrong);
    let checked = here.labtest(&["check", "."]).exits_with(1).output;
    assert!(checked.contains("VIOLATED  safety:applied-values"), "{checked}");
    let two_leaders = trace
        .replace(r#""server":0,"term":2,"leader":true"#, r#""server":0,"term":1,"leader":true"#);
    here.write("trace.jsonl", &two_leaders);
    assert!(
        here.labtest(&["check", "."]).exits_with(1).output.contains("VIOLATED  safety:election")
    );
}

#[test]
fn a_trace_of_too_many_servers_or_a_newer_version_is_refused() {
    let here = stored("by_hand", "refused");
    let trace = here.read("trace.jsonl");
    for (from, to, complaint) in [
        ("\"servers\":3", "\"servers\":18446744073709551615", "servers; expected 1 to 99"),
        ("\"servers\":3", "\"servers\":0", "line 1: 0 servers; expected 1 to 99"),
        ("trace/v2", "trace/v4", "a newer one is needed"),
    ] {
        here.write("trace.jsonl", &trace.replacen(from, to, 1));
        for command in ["render", "check"] {
            here.labtest(&[command, "."]).complains(complaint);
        }
    }
}
