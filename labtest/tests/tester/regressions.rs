//! Runs in which our Raft, or a check, was once wrong. Each file in `scenarios/regressions` opens with its
//! story; after that come lines `# key: value`, of which `seed` is one.

use labtest::scenario::{Scenario, run_scenario};
use labtest::{Implementation, OurRaft, Overrides, RunOptions, Verdict};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The value of a line `# key: value`.
fn said<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
}

fn passes(text: &str, name: &str, outside_only: bool) {
    let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
    let scenario = Scenario::from_toml(text, name).unwrap_or_else(|error| panic!("{error}"));
    let seed = said(text, "seed").unwrap_or_else(|| panic!("{name} has no line `# seed: …`"));
    let seed: u64 = seed.parse().expect("a number");
    let config = said(text, "config").unwrap_or_default();
    let overrides = Overrides::from_toml(config, name).unwrap_or_else(|error| panic!("{error}"));
    let options = RunOptions { overrides, outside_only, ..RunOptions::default() };
    let outcome = run_scenario(&scenario, seed, &raft, &options);
    assert_eq!(outcome.verdict, Verdict::Passed, "{name}, outside only: {outside_only}");
}

#[test]
fn what_was_wrong_once_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a text");
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(text.starts_with("# "), "{name} does not open with its story");
        for outside_only in [false, true] {
            passes(&text, &name, outside_only);
        }
        count += 1;
    }
    assert_eq!(count, 11);
}
