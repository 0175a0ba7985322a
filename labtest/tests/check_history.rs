//! `labtest check-history`, as a user meets it.

#[path = "common/cli.rs"]
mod cli;

use cli::{Scratch, golden};

/// A store's history in which a read misses what was written before it began.
const STALE: &str = r#"{"schema":"labtest.history/v2"}
{"at":1000,"process":0,"type":"invoke","f":"put","key":"x","value":"1"}
{"at":2000,"process":0,"type":"ok","f":"put","key":"x"}
{"at":3000,"process":1,"type":"invoke","f":"get","key":"x"}
{"at":3500,"process":2,"type":"invoke","f":"append","key":"y","value":"a"}
{"at":4000,"process":1,"type":"ok","f":"get","key":"x","value":null}
{"at":4500,"process":2,"type":"ok","f":"append","key":"y"}
"#;

/// Registers, with a write of unknown outcome that a read shows.
const REGISTERS: &str = r#"{"schema":"labtest.history/v2"}
{"at":1,"process":0,"type":"invoke","f":"write","value":1}
{"at":2,"process":0,"type":"info","f":"write","value":1}
{"at":3,"process":1,"type":"invoke","f":"read"}
{"at":4,"process":1,"type":"ok","f":"read","value":1}
"#;

/// An append that was done twice.
const DOUBLED: &str = r#"{"schema":"labtest.history/v2"}
{"at":1,"process":0,"type":"invoke","f":"append","value":7}
{"at":2,"process":0,"type":"ok","f":"append"}
{"at":3,"process":1,"type":"invoke","f":"read"}
{"at":4,"process":1,"type":"ok","f":"read","value":[7,7]}
"#;

#[test]
fn a_history_is_judged_and_explained() {
    let here = Scratch::new("check history");
    here.write("store.jsonl", STALE);
    here.write("registers.jsonl", REGISTERS);
    here.write("lists.jsonl", DOUBLED);
    let mut told = String::new();
    for (file, model, code) in
        [("store.jsonl", "kv", 1), ("registers.jsonl", "register", 0), ("lists.jsonl", "append", 1)]
    {
        let ran = here.labtest(&["check-history", file, "--model", model]).exits_with(code);
        told.push_str(&ran.output);
    }
    golden("check_history.txt", &told);
}

#[test]
fn a_page_shows_what_was_found() {
    let here = Scratch::new("check history page");
    here.write("store.jsonl", STALE);
    let arguments = ["check-history", "store.jsonl", "--model", "kv", "--html", "page.html"];
    here.labtest(&arguments).exits_with(1).says("look:   page.html");
    let page = here.read("page.html");
    assert!(page.contains("not linearizable") && page.contains("</html>"), "{page}");
    let nowhere = ["check-history", "store.jsonl", "--model", "kv", "--html", "no/page.html"];
    // What was found is worth more than the page.
    here.labtest(&nowhere)
        .exits_with(1)
        .says("not linearizable")
        .complains("error: can't write no/page.html");
}

#[test]
fn an_exhausted_budget_is_no_pass() {
    let here = Scratch::new("check history budget");
    here.write("registers.jsonl", REGISTERS);
    let arguments =
        ["check-history", "registers.jsonl", "--model", "register", "--budget-steps", "1"];
    here.labtest(&arguments).exits_with(2).says("unknown");
}

#[test]
fn what_is_no_history_is_refused_by_file_and_line() {
    let here = Scratch::new("check history errors");
    here.write("store.jsonl", &STALE.replace("\"value\":\"1\"", "\"value\":1"));
    here.labtest(&["check-history", "store.jsonl", "--model", "kv"]).exits_with(64).complains(
        "store.jsonl: line 2: expected \"value\" to be a string or {\"base64\": string}, found 1",
    );
    here.labtest(&["check-history", "missing.jsonl", "--model", "kv"])
        .exits_with(64)
        .complains("can't read missing.jsonl");
    here.labtest(&["check-history", "store.jsonl", "--model", "stack"])
        .exits_with(64)
        .complains("no model is called \"stack\"; there are register, kv, append, set, queue,");
    here.labtest(&["check-history", "store.jsonl"]).exits_with(64).complains("--model");
}
