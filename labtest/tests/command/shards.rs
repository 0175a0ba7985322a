//! Several machines find what one machine finds.

use crate::cli::{Ran, Scratch, json_lines};
use serde_json::Value;

/// Without what differs from machine to machine: how long it took here.
fn without_wall_time(lines: &str) -> Vec<Value> {
    let mut lines = json_lines(lines);
    lines.iter_mut().for_each(remove_wall_time);
    lines
}

fn remove_wall_time(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with("wall_us"));
            fields.values_mut().for_each(remove_wall_time);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_wall_time),
        _ => {}
    }
}

/// Runs the arguments on one machine and in shards, and compares.
fn shards_are_the_whole(name: &str, arguments: &[&str], shards: usize, code: i32) {
    let here = Scratch::new(name);
    here.write("impatient.toml", "[limits]\ntest_s = 3\n");
    let run = |more: &[&str]| {
        let all = [&["run", "--format", "json", "--quiet"], arguments, more].concat();
        here.labtest(&all)
    };
    here.write("whole.jsonl", &run(&[]).exits_with(code).output);
    let mut files = Vec::new();
    for shard in 1..=shards {
        let (part, file) = (format!("{shard}/{shards}"), format!("shard-{shard}.jsonl"));
        here.write(&file, &run(&["--shard", &part]).output);
        files.push(file);
    }
    let merge = |files: &[String], format: &str| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let all = [&["merge", "--format", format], &files[..]].concat();
        here.labtest(&all).exits_with(code).output
    };
    let whole = ["whole.jsonl".to_string()];
    let merged = without_wall_time(&merge(&files, "json"));
    assert_eq!(merged, without_wall_time(&merge(&whole, "json")));
    // One job after another is the order in which one machine finds them, too.
    let mut found = without_wall_time(&here.read("whole.jsonl"));
    let mut sorted = merged.clone();
    let key = |line: &Value| line.to_string();
    found.sort_by_key(key);
    sorted.sort_by_key(key);
    assert_eq!(found, sorted);
    // Merging again, in another order, changes nothing.
    files.reverse();
    assert_eq!(without_wall_time(&merge(&files, "json")), merged);
    assert!(merge(&files, "table").contains("total"));
}

#[test]
fn shards_of_runs_that_pass() {
    shards_are_the_whole("shards pass", &["4A", "4B", "--seeds", "5"], 3, 0);
}

#[test]
fn shards_of_runs_that_fail() {
    let arguments = ["4A", "4D", "--seeds", "4", "--base-seed", "90", "--config", "impatient.toml"];
    shards_are_the_whole("shards fail", &arguments, 4, 1);
}

#[test]
fn shards_of_explorations() {
    shards_are_the_whole("shards explore", &["explore", "--seeds", "4"], 2, 0);
}

#[test]
fn an_empty_shard_shows_nothing() {
    let here = Scratch::new("shard empty");
    let part = ["run", "4A::re_election", "--seeds", "1", "--shard", "2/2"];
    here.labtest(&part).exits_with(2).says("nothing was run");
}

/// Three shards of six runs, and what merging some files of them comes to.
struct Shards(Scratch);

const TABLE_ENDS: &str = "not decided: this is not all that was planned; ";

impl Shards {
    fn new(name: &str) -> Shards {
        let shards = Shards(Scratch::new(name));
        for shard in 1..=3 {
            shards.run(&format!("{shard}.jsonl"), &["--seeds", "6"], &format!("{shard}/3"));
        }
        shards
    }

    fn run(&self, file: &str, arguments: &[&str], shard: &str) {
        let run = ["run", "4A::initial_election", "--format", "json", "--quiet", "--shard", shard];
        let all = [&run[..], arguments].concat();
        self.0.write(file, &self.0.labtest(&all).output);
    }

    /// Writes a file that is another one, changed.
    fn change(&self, from: &str, to: &str, change: impl Fn(&str) -> String) {
        self.0.write(to, &change(&self.0.read(from)));
    }

    #[track_caller]
    fn merge(&self, files: &[&str], code: i32, problem: &str) -> Ran {
        let ran = self.0.labtest(&[&["merge"], files].concat()).exits_with(code);
        assert!(ran.output.contains(&format!("\n{problem}\n")), "{problem} in\n{}", ran.output);
        // Programs learn it, too.
        let json = [&["merge", "--format", "json"], files].concat();
        let json = self.0.labtest(&json).exits_with(code);
        let summary = json_lines(&json.output).pop().expect("a summary");
        let problems = summary["problems"].to_string();
        assert!(problems.contains(&problem.replace('"', "\\\"")), "{problem} in {problems}");
        assert_eq!((&summary["complete"], &summary["exit_code"]), (&false.into(), &code.into()));
        ran
    }
}

#[test]
fn a_missing_shard_is_named() {
    let here = Shards::new("shard missing");
    let ran = here.merge(&["1.jsonl", "3.jsonl"], 2, "shard 2 of 3 is missing");
    assert!(ran.output.ends_with(&format!("{TABLE_ENDS}4 runs passed\n")), "{}", ran.output);
    here.merge(&["3.jsonl"], 2, "shards 1 and 2 of 3 are missing");
    let junit = ["merge", "1.jsonl", "3.jsonl", "--format", "junit"];
    here.0.labtest(&junit).exits_with(2).says("message=\"shard 2 of 3 is missing\"");
    // One file may have several shards in it.
    here.change("1.jsonl", "two.jsonl", |text| format!("{text}{}", here.0.read("2.jsonl")));
    here.0.labtest(&["merge", "3.jsonl", "two.jsonl"]).exits_with(0).says("no failures: 0 of 6");
    here.merge(&["two.jsonl"], 2, "shard 3 of 3 is missing");
}

#[test]
fn a_doubled_shard_is_named_and_counts_once() {
    let here = Shards::new("shard doubled");
    let files = ["1.jsonl", "2.jsonl", "3.jsonl", "1.jsonl"];
    let problem = "1.jsonl: shard 1 of 3 is already there, in 1.jsonl";
    here.merge(&files, 2, problem).says(&format!("{TABLE_ENDS}6 runs passed"));
}

#[test]
fn a_shard_that_was_cut_off_is_named() {
    let here = Shards::new("shard cut");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    here.change("2.jsonl", "no-summary.jsonl", |text| format!("{}\n", lines(text)[0]));
    here.change("2.jsonl", "in-a-line.jsonl", |text| text[..text.len() - 40].to_owned());
    here.change("2.jsonl", "empty.jsonl", |_| String::new());
    here.change("2.jsonl", "no-first.jsonl", |text| lines(text)[1..].join("\n"));
    for (file, runs) in [("no-summary", "1 run"), ("in-a-line", "2 runs"), ("empty", "0 runs")] {
        let file = format!("{file}.jsonl");
        let problem = format!("{file}: cut off after {runs}, its summary is missing");
        here.merge(&["1.jsonl", &file, "3.jsonl"], 2, &problem);
        here.merge(&["1.jsonl", &file, "3.jsonl"], 2, "shard 2 of 3 is missing");
    }
    let problem = "no-first.jsonl: cut: 1 of its 2 runs are there";
    here.merge(&["1.jsonl", "no-first.jsonl", "3.jsonl"], 2, problem);
    here.change("2.jsonl", "stuck.jsonl", |text| text.replace("\"planned\":2", "\"planned\":5"));
    let problem = "stuck.jsonl: 2 of 5 runs were made";
    here.merge(&["1.jsonl", "stuck.jsonl", "3.jsonl"], 2, problem);
}

#[test]
fn a_shard_of_another_plan_is_named() {
    let here = Shards::new("shard of another plan");
    here.run("seeds.jsonl", &["--seeds", "6", "--base-seed", "100"], "2/3");
    here.run("endless.jsonl", &["--time-limit", "1ms"], "2/3");
    here.run("number.jsonl", &["--seeds", "6"], "2/4");
    here.run("tests.jsonl", &["4A::re_election", "--seeds", "6"], "2/3");
    for (file, difference) in [
        ("seeds", "it has 6 seeds from 100, the others 6 seeds from 1"),
        ("endless", "it has seeds from 1 on, the others 6 seeds from 1"),
        ("number", "it is one of 4 shards, the others of 3"),
        ("tests", "it has other tests than the others"),
    ] {
        let file = format!("{file}.jsonl");
        let problem = format!("{file}: of another plan: {difference}");
        here.merge(&["1.jsonl", &file, "3.jsonl"], 2, &problem);
        here.merge(&["1.jsonl", &file, "3.jsonl"], 2, "shard 2 of 3 is missing");
    }
}

#[test]
fn a_shard_of_another_raft_is_left_out() {
    let here = Shards::new("shard of another Raft");
    here.change("2.jsonl", "other.jsonl", |text| text.replace("\"raft\"", "\"other\""));
    let problem = "other.jsonl: its Raft is other, that of the others raft; it is left out";
    let ran = here.merge(&["1.jsonl", "other.jsonl", "3.jsonl"], 2, problem);
    ran.says("shard 2 of 3 is missing").says(&format!("{TABLE_ENDS}4 runs passed"));
}

#[test]
fn a_shard_of_an_older_version_does_not_say_which_it_is() {
    let here = Shards::new("shard v1");
    here.change("2.jsonl", "v1.jsonl", |text| {
        let (before, after) = text.split_once("\"part\":{").expect("a part");
        let (_, after) = after.split_once("},").expect("its end");
        format!("{before}{after}").replace("summary/v2", "summary/v1")
    });
    let problem = "v1.jsonl: this shard does not record its number";
    here.merge(&["1.jsonl", "v1.jsonl", "3.jsonl"], 2, problem).says("6 runs passed");
    here.merge(&["v1.jsonl"], 2, problem).says("2 runs passed");
}

#[test]
fn a_failure_is_one_whatever_else_is_wrong() {
    let here = Shards::new("shard failed");
    here.0.write("impatient.toml", "[limits]\ntest_s = 2\n");
    here.run("failed.jsonl", &["--seeds", "6", "--config", "impatient.toml"], "2/3");
    let ran = here.merge(&["1.jsonl", "failed.jsonl"], 1, "shard 3 of 3 is missing");
    assert!(ran.output.ends_with("FAILED: 2 of 4 runs failed\n"), "{}", ran.output);
    here.change("failed.jsonl", "other.jsonl", |text| text.replace("\"raft\"", "\"other\""));
    let ran = here.merge(&["1.jsonl", "other.jsonl"], 1, "shards 2 and 3 of 3 are missing");
    ran.says("FAILED: runs that are not in this table have failed");
}
