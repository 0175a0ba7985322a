//! Corpora of guided explorations: a folder with a folder for each test, in it a file for each scenario.
//! `labtest corpus` joins them and leaves out what shows nothing of its own.

use super::args::CorpusArgs;
use super::how::{How, read, usage};
use super::{CommandError, Streams};
use crate::exit_code;
use crate::numbers::{grouped, plural};
use harness::guide::{Guide, file_of, try_out};
use harness::{Implementation, LabTest, RunOptions, Scenario, all_tests};
use labtrace::folder::{FolderError, file_name};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of one test in that of all.
fn folder_of(corpus: &Path, test: &LabTest) -> PathBuf {
    corpus.join(file_name(test.name))
}

/// The files of a test's corpus, by name; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let error = |error| usage(&FolderError::Read { path: folder.to_path_buf(), error });
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The scenarios that a corpus has for a test.
///
/// # Errors
/// A file that can't be read or is no scenario, with its line.
pub(super) fn read_all(corpus: &Path, test: &LabTest) -> Result<Vec<Scenario>, CommandError> {
    let scenario = |path: &PathBuf| {
        let file = read(path)?;
        Scenario::from_toml(&file.text, &file.name).map_err(|error| usage(&error))
    };
    files(&folder_of(corpus, test))?.iter().map(scenario).collect()
}

/// Writes scenarios into the corpus of a test, beside what is there. Returns their files.
///
/// # Errors
/// When that can't be.
pub(super) fn write_all(
    corpus: &Path,
    test: &LabTest,
    scenarios: &[Arc<Scenario>],
) -> Result<Vec<PathBuf>, CommandError> {
    let folder = folder_of(corpus, test);
    let software = |error: &dyn std::fmt::Display| CommandError::Software(error.to_string());
    let failed = |path: &Path, error| software(&FolderError::write(path, error));
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    let write = |scenario: &Arc<Scenario>| {
        let (name, text) = file_of(scenario).map_err(|error| software(&error))?;
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
        Ok(path)
    };
    scenarios.iter().map(write).collect()
}

/// Joins corpora into the first of them, and leaves out what shows nothing of its own.
pub(super) fn corpus(
    args: &CorpusArgs,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    if args.how.scenario.is_some() {
        let message = "--scenario has no effect: the scenarios are those of the corpora";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let implementation = &args.how.configured(implementation)?;
    let into = args.folders.first().map(PathBuf::as_path).unwrap_or(Path::new("."));
    let mut known: BTreeMap<&str, (LabTest, Vec<Scenario>)> = BTreeMap::new();
    // All are read before anything is written.
    for test in all_tests().iter().filter(|test| test.exploration().is_some()) {
        for folder in &args.folders {
            let read = read_all(folder, test)?;
            known.entry(test.name).or_insert_with(|| (*test, Vec::new())).1.extend(read);
        }
    }
    known.retain(|_, (_, scenarios)| !scenarios.is_empty());
    if known.is_empty() {
        let folders = args.folders.iter().map(|it| it.display().to_string());
        let folders = folders.collect::<Vec<_>>().join(", ");
        return Err(CommandError::Usage(format!("there is no scenario of a test in {folders}")));
    }
    for (test, scenarios) in known.into_values() {
        let count = scenarios.len() as u64;
        let guide = shown(&test, scenarios, &args.how, implementation)?;
        let kept = guide.smallest();
        let written = write_all(into, &test, &kept)?;
        for old in files(&folder_of(into, &test))?.iter().filter(|it| !written.contains(it)) {
            let failed = |error| CommandError::Software(FolderError::write(old, error).to_string());
            fs::remove_file(old).map_err(failed)?;
        }
        let (features, kept) = (grouped(guide.features()), grouped(kept.len() as u64));
        let all = plural(count, "scenario");
        writeln!(streams.output, "{}: {kept} of {all} show all {features} features", test.name)?;
    }
    Ok(exit_code::PASSED)
}

/// Runs each once.
fn shown(
    test: &LabTest,
    scenarios: Vec<Scenario>,
    how: &How,
    implementation: &Arc<dyn Implementation>,
) -> Result<Guide, CommandError> {
    let options: RunOptions = how.options(&[*test], &**implementation, &[], false)?;
    let count = scenarios.len() as u64;
    let guide = Guide::new(test, 0, &**implementation, &options, scenarios);
    let mut guide = guide.ok_or_else(|| CommandError::Usage(not_explored(test)))?;
    for seed in 0..count {
        let attempt = guide.suggest(seed);
        let tried = try_out(&attempt, test, implementation, &options);
        guide.learn(&attempt, &tried);
    }
    Ok(guide)
}

pub(super) fn not_explored(test: &LabTest) -> String {
    format!("--guided is for explorations, which draw their scenarios: leave out {}", test.name)
}
