//! Several machines find what one machine finds.

#[path = "common/cli.rs"]
mod cli;

use cli::{Scratch, json_lines};
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
