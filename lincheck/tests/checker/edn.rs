//! Histories in EDN, each with the verdict that it must get: `tests/edn/*.edn`.

use lincheck::{Format, ReadOptions, RecordedHistory};
use std::fs;
use std::path::{Path, PathBuf};

/// What the comments at the head of a file say after a name.
fn said<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix("; ")?.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn each_file_gets_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/edn");
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let mut verdicts = [0, 0];
    for file in &files {
        let name = file.display();
        let text = fs::read_to_string(file).unwrap();
        let model = said(&text, "model").unwrap().parse().unwrap();
        let initial = said(&text, "initial").map(|json| serde_json::from_str(json).unwrap());
        let options = ReadOptions { format: None, initial };
        let history = RecordedHistory::read(&text, model, &options)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = history.explain(None);
        let expected = said(&text, "verdict").unwrap();
        assert_eq!(report.verdict.to_string(), expected, "{name}\n{}", history.describe(&report));
        assert_eq!(history.source().format, Format::JepsenEdn, "{name}");
        let told = history.source().lines + history.source().nemesis_lines;
        assert_eq!(told, text.matches(":process").count(), "{name}: every line counts");
        verdicts[usize::from(report.verdict.is_pass())] += 1;
    }
    assert_eq!(files.len(), 30);
    assert!(verdicts.iter().all(|&count| count >= 12), "both verdicts are met: {verdicts:?}");
}
