//! `labtest check-history`, as a user meets it.

use crate::cli::{Scratch, golden};

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

/// A set that has lost an element, as Jepsen writes it.
const LOST: &str = "\
{:process 0, :type :invoke, :f :add, :value 1}
{:process 0, :type :ok, :f :add, :value 1}
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value #{}}
";

#[test]
fn what_others_have_recorded_is_read_and_said() {
    let here = Scratch::new("check history foreign");
    here.write("history.edn", LOST);
    here.labtest(&["check-history", "history.edn", "--model", "set"]).exits_with(1).says(
        "read:   4 lines of 2 clients, as Jepsen's EDN; 1 line that no client wrote, left out",
    );
    here.write("history.txt", "0\t:invoke\t:write\t3\n0\t:ok\t:write\t3\n");
    here.labtest(&["check-history", "history.txt", "--model", "register"])
        .exits_with(0)
        .says("2 lines of 1 client, as a log of Jepsen");
    here.write("both.txt", &format!("{LOST}0\t:invoke\t:read\tnil\n"));
    let both = ["check-history", "both.txt", "--model", "set"];
    here.labtest(&both).exits_with(64).complains(
        "both.txt: this could be jepsen-edn as well as jepsen-log; --from says which it is",
    );
    here.labtest(&[&both[..], &["--from", "jepsen-log"]].concat())
        .exits_with(2)
        .says("undecided: no operation was answered, which shows nothing")
        .says("5 lines of other things, left out");
    here.write("none.txt", "hello\n");
    here.labtest(&["check-history", "none.txt", "--model", "set"])
        .exits_with(64)
        .complains("none.txt: line 1: expected a history in one of the formats jsonl, jepsen-edn");
    here.labtest(&["check-history", "history.edn", "--model", "set", "--from", "xml"])
        .exits_with(64)
        .complains("no format is called \"xml\"");
}

#[test]
fn an_object_begins_as_is_said() {
    let here = Scratch::new("check history initial");
    here.write(
        "bank.edn",
        "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value {0 5}}",
    );
    let bank = ["check-history", "bank.edn", "--model", "bank"];
    here.labtest(&bank).exits_with(64).complains("found nothing; --initial says it");
    here.labtest(&[&bank[..], &["--initial", "{\"0\":5}"]].concat()).exits_with(0);
    here.labtest(&[&bank[..], &["--initial", "{\"0\":6}"]].concat()).exits_with(1);
    here.labtest(&[&bank[..], &["--initial", "{"]].concat())
        .exits_with(64)
        .complains("expected a value in JSON");
}

#[test]
fn programs_get_one_object() {
    let here = Scratch::new("check history json");
    here.write("store.jsonl", STALE);
    let ran = here.labtest(&["check-history", "store.jsonl", "--model", "kv", "--format", "json"]);
    let ran = ran.exits_with(1);
    let said: serde_json::Value = serde_json::from_str(&ran.output).expect("one object");
    assert_eq!(said["schema"], "labtest.verdict/v1");
    assert_eq!((&said["verdict"], &said["exit_code"]), (&"not linearizable".into(), &1.into()));
    let part = &said["parts"][0];
    assert_eq!(part["order"], serde_json::json!([0]));
    assert_eq!((&part["misfit"], &part["contradiction"]), (&1.into(), &serde_json::json!([0, 1])));
    assert_eq!(said["operations"][1]["text"], "get \"x\" -> nothing");
    assert_eq!(said["operations"][1]["returned"], 4000);
}

/// Writes that overlap, most of unknown outcome, and a read of what none of them wrote by a compare-and-set
/// that could come from many.
fn hard() -> String {
    let mut lines = vec![r#"{"schema":"labtest.history/v2"}"#.to_owned()];
    for number in 0..40 {
        lines.push(format!(
            r#"{{"process":{number},"type":"invoke","f":"add","value":{}}}"#,
            3 + 1000 * number
        ));
    }
    lines.push(r#"{"process":99,"type":"invoke","f":"read"}"#.to_owned());
    lines.push(r#"{"process":99,"type":"ok","f":"read","value":400001}"#.to_owned());
    lines.join("\n")
}

#[test]
fn a_limit_in_time_holds_and_unknown_says_what_would_help() {
    let here = Scratch::new("check history time");
    here.write("hard.jsonl", &hard());
    let hard = ["check-history", "hard.jsonl", "--model", "counter"];
    here.labtest(&[&hard[..], &["--budget-steps", "5000"]].concat())
        .exits_with(2)
        .says("; what would help: --budget-steps ")
        .says("or fewer operations of unknown outcome (40 of 41)");
    here.labtest(&[&hard[..], &["--budget-steps", "1000000000", "--time-limit", "200ms"]].concat())
        .exits_with(2)
        .says("undecided: the time limit of 200ms ran out");
}

#[test]
fn a_page_begins_with_the_part_that_is_asked_for() {
    let here = Scratch::new("check history part");
    here.write("store.jsonl", STALE);
    let page = ["check-history", "store.jsonl", "--model", "kv", "--html", "page.html", "--part"];
    here.labtest(&[&page[..], &["y"]].concat()).exits_with(1);
    assert!(here.read("page.html").contains(r#""parts":[{"key":"y""#));
    here.labtest(&[&page[..], &["z"]].concat())
        .exits_with(64)
        .complains("--part z: store.jsonl has no part of that name");
}
