//! Everything that reads files from outside, for fuzzing: whatever a file contains, its reader answers soon, in
//! little memory, and with an error that names the place.
//!
//! `labtest/fuzz` looks for inputs that crash one. What it found is in `tests/corpus`, a folder for each
//! reader, and is read again by the tests.

use super::args::{FolderArgs, MergeArgs};
use super::format::Format;
use super::{CommandError, Streams, check, merge, render};
use crate::environment::{self, Environment};
use crate::text_file;
use harness::{Config, LabTest, Overrides, RunOptions, Scenario, Supports, TomlError, all_tests};
use labreport::narrate::{Columns, tell};
use labreport::run::Run;
use labreport::{first_difference, render_svg, render_timeline};
use labtrace::trace;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads an input, and does everything with it that the command does. Returns whether it could be used, and
/// panics if the answer is wrong.
pub type Reader = fn(&[u8]) -> bool;

/// The readers by name.
pub const READERS: [(&str, Reader); 6] = [
    ("scenario", scenario),
    ("config", config),
    ("trace", trace),
    ("folder", folder),
    ("shard", shard),
    ("environment", environment),
];

/// What the file is called in errors.
const FILE: &str = "it.toml";

/// A scenario, as `--scenario` takes it.
fn scenario(input: &[u8]) -> bool {
    let Some(text) = text(input) else { return false };
    let Some(scenario) = good(Scenario::from_toml(&text, FILE), &text) else { return false };
    let written = scenario.to_toml().expect("what was read can be written");
    assert_eq!(Scenario::from_toml(&written, FILE).as_ref(), Ok(&scenario));
    assert!(scenario.step_count(1) < 100_000_000 && !scenario.to_string().is_empty());
    true
}

/// A configuration, as `--config` takes it and as a report has it.
fn config(input: &[u8]) -> bool {
    let Some(text) = text(input) else { return false };
    good(Config::from_toml(&text, FILE), &text);
    let Some(overrides) = good(Overrides::for_tests(&text, FILE), &text) else { return false };
    let options = RunOptions { overrides, ..RunOptions::default() };
    let fits =
        |test: &LabTest| good(options.check(&[*test], &Supports::default(), &[1]), &text).is_some();
    all_tests().iter().filter(|test| fits(test)).count() > 0
}

/// A trace, from which pictures and texts are made.
fn trace(input: &[u8]) -> bool {
    let Some(text) = text(input) else { return false };
    let Ok((header, lines)) = trace::read(&text) else {
        assert!(Run::from_trace(&text).is_err() && render_svg(&text).is_err());
        return false;
    };
    let run = Run::from_trace(&text).expect("what was read can be joined");
    run.story();
    assert!(render_timeline(&text).is_ok() && render_svg(&text).is_ok());
    let mut columns = Columns::new(header.servers, 80);
    for told in tell(header.servers, &lines) {
        columns.lines(&told);
    }
    assert_eq!(first_difference(&text, &text).expect("both can be read"), None);
    let shorter = text.trim_end().rsplit_once('\n').map_or(&*text, |(before, _)| before);
    first_difference(&text, shorter).expect("a part can be read");
    true
}

/// Begins the text of each further file of a folder.
const NEXT_FILE: &str = "\n== history.jsonl\n";

/// A folder of a failure, as `check` and `render` take it: a trace, and a history if there is one.
fn folder(input: &[u8]) -> bool {
    let at = input.windows(NEXT_FILE.len()).position(|bytes| bytes == NEXT_FILE.as_bytes());
    let (trace, history) = match at {
        Some(at) => (&input[..at + 1], &input[at + NEXT_FILE.len()..]),
        None => (input, &b"{\"schema\":\"labtest.history/v1\"}\n"[..]),
    };
    let scratch = Scratch::new();
    scratch.write("trace.jsonl", trace);
    scratch.write("history.jsonl", history);
    // A folder that has this page has it drawn again.
    scratch.write("linearizability.html", b"");
    let args = FolderArgs { folder: scratch.0.clone() };
    let is_judged = is_done(check::check(&args, &mut Vec::new()));
    let is_drawn = is_done(with_streams(|streams| render::render(&args, streams)));
    is_judged && is_drawn
}

/// What a shard has printed, as `merge` takes it.
fn shard(input: &[u8]) -> bool {
    let scratch = Scratch::new();
    let file = scratch.write("shard.jsonl", input);
    let merged = |files: &[&PathBuf], format| {
        let files = files.iter().copied().cloned().collect();
        is_done(with_streams(|streams| merge::merge(&MergeArgs { files, format }, streams)))
    };
    let formats = [Format::Table, Format::Json, Format::Junit];
    let done = formats.map(|format| merged(&[&file], format) && merged(&[&file, &file], format));
    assert!(done.iter().all(|it| *it == done[0]), "a format does not change what can be read");
    done[0]
}

/// The variables of a test target, a line each: `LABTEST_SEEDS=5`.
fn environment(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let variables = text.lines().filter_map(|line| line.split_once('='));
    let variables: Vec<(&str, &str)> = variables.collect();
    for (name, value) in &variables {
        environment::warning(name, &[format!("{name}={value}")]);
    }
    let value = |name: &str| {
        let (_, value) = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(OsString::from(value))
    };
    // A usable input has an end, and an unusable one gets a sentence.
    match Environment::from(value) {
        Ok(environment) => {
            assert!(environment.seeds.count().is_some_and(|count| count > 0));
            true
        }
        Err(error) => {
            assert!(error.to_string().starts_with("LABTEST_"));
            false
        }
    }
}

/// As files are read that have to be text.
fn text(input: &[u8]) -> Option<String> {
    text_file::text(input.to_vec(), FILE).ok()
}

/// What was read, if it could be. An error names the file and line, for a person who does not know the program.
#[track_caller]
fn good<T>(read: Result<T, TomlError>, text: &str) -> Option<T> {
    let error = match read {
        Ok(read) => return Some(read),
        Err(error) => error,
    };
    let lines = text.lines().count().max(1) + 1;
    assert!(error.file == FILE && (1..=lines).contains(&error.line), "{error}");
    assert!(!error.message.is_empty());
    for jargon in ["usize", "u64", "i64", "u32", "invalid type", "unknown field"] {
        assert!(text.contains(jargon) || !error.message.contains(jargon), "{error}");
    }
    None
}

/// Whether a command has a result. Whatever a file contains, it is never a fault of the tool.
#[track_caller]
fn is_done(answer: Result<u8, CommandError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(CommandError::Usage(message)) => {
            assert!(!message.is_empty());
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn with_streams<T>(work: impl FnOnce(&mut Streams<'_>) -> T) -> T {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    work(&mut Streams {
        output: &mut output,
        output_width: None,
        errors: &mut errors,
        errors_are_terminal: false,
    })
}

/// A folder of this thread's own.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        let thread = std::thread::current().id();
        let name = format!("labtest-readers-{}-{thread:?}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("there is room for temporary files");
        Scratch(path)
    }

    fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("there is room for temporary files");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is a temporary file.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
