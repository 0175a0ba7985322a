//! Whatever stands in a file, its reader answers at once: with what was read, or with an error that has
//! the file and a line.

use harness::{Config, Overrides, Scenario, TomlError};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Reads a text as a scenario and as a configuration.
fn survives(text: &str) {
    let lines = text.lines().count();
    let told = |error: &TomlError| {
        assert!(error.file == "it.toml" && (1..=lines.max(1) + 1).contains(&error.line), "{error}");
        assert!(!error.message.is_empty());
        for jargon in ["usize", "u64", "i64", "u32", "invalid type", "unknown field"] {
            let is_theirs = text.contains(jargon);
            assert!(is_theirs || !error.message.contains(jargon), "{error}");
        }
    };
    match Scenario::from_toml(text, "it.toml") {
        Err(error) => told(&error),
        Ok(scenario) => {
            let written = scenario.to_toml().expect("what was read can be written");
            assert_eq!(Scenario::from_toml(&written, "it.toml").as_ref(), Ok(&scenario));
            assert!(scenario.step_count(1) < 100_000_000 && !scenario.to_string().is_empty());
        }
    }
    if let Err(error) = Config::from_toml(text, "it.toml") {
        told(&error);
    }
    match Overrides::for_tests(text, "it.toml") {
        Err(error) => told(&error),
        Ok(overrides) => {
            let _ = overrides.applied_to(&Config::new(5)).map_err(|error| told(&error));
        }
    }
}

#[test]
fn the_corpus_brings_nothing_down() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for (folder, least) in [("scenarios", 10), ("configurations", 5)] {
        let mut files = 0;
        for file in fs::read_dir(corpus.join(folder)).expect("the folder is there") {
            let bytes = fs::read(file.expect("a file").path()).expect("it can be read");
            survives(&String::from_utf8_lossy(&bytes));
            files += 1;
        }
        assert!(files >= least, "{folder}");
    }
}

/// Keys and values as they stand in files, and such as don't.
fn line() -> impl Strategy<Value = String> {
    let keys = [
        "servers",
        "safety_ms",
        "variation",
        "snapshot_interval",
        "network.delay_ms",
        "delay_ms",
        "loss_percent",
        "shape",
        "clients.clients",
        "clients",
        "pause_max_ms",
        "choice",
        "kv",
        "weights",
        "get",
        "election_timeout_min_ms",
        "heartbeat_interval_ms",
        "at_ms",
        "for_ms",
        "times",
        "target",
        "fault",
        "on",
        "id",
        "to",
        "commands",
        "steps",
        "test_s",
        "reliable",
        "x",
    ];
    let values = [
        "0",
        "1",
        "3",
        "-1",
        "1000",
        "3600000",
        "9223372036854775807",
        "9223372036854775808",
        "1.5",
        "inf",
        "true",
        "\"leader\"",
        "\"x\"",
        "[]",
        "[0, 1]",
        "{}",
        "{ pause = {} }",
        "{ loss = { percent = 5 } }",
        "{ split = { from = 2 } }",
        "{ crush = {} }",
        "1979-05-27",
    ];
    let headers = [
        "[network]",
        "[clients]",
        "[raft]",
        "[kv]",
        "[kv.workload]",
        "[kv.workload.weights]",
        "[limits]",
        "[recovery]",
        "[disk]",
        "[[step]]",
        "[[burst]]",
        "[step.fault.loss]",
        "[x]",
        "[",
        "# nothing",
        "",
    ];
    let key = proptest::sample::select(keys.to_vec());
    let value = proptest::sample::select(values.to_vec());
    prop_oneof![
        6 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        3 => proptest::sample::select(headers.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// A good file, of which every part may be spoiled.
const GOOD: &str = include_str!("../../scenarios/figure8.toml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_the_readers_down(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn no_lines_bring_the_readers_down(lines in proptest::collection::vec(line(), 0..12)) {
        survives(&lines.join("\n"));
    }

    #[test]
    fn a_spoiled_file_brings_nothing_down(
        at in 0..GOOD.len(),
        length in 0..40_usize,
        instead in prop_oneof![Just(String::new()), line(), any::<String>()],
    ) {
        let floor = |at: usize| (0..=at.min(GOOD.len())).rev().find(|it| GOOD.is_char_boundary(*it)).unwrap_or(0);
        let (start, end) = (floor(at), floor(at + length));
        survives(&format!("{}{instead}{}", &GOOD[..start], &GOOD[end.max(start)..]));
    }
}
