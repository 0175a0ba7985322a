//! What the arguments mean: which tests, how, and the line that does it again.

use super::CommandError;
use super::args::RunArgs;
use crate::replay_line::Replay;
use crate::select::select;
use harness::{FaultFilter, LabTest, Overrides, RunOptions, Scenario, all_tests, lab_tests};
use std::fs;
use std::path::Path;

/// The tests that fit the filters, or the scenario of a file.
pub(super) fn tests(
    filters: &[String],
    scenario: Option<&Path>,
) -> Result<Vec<LabTest>, CommandError> {
    match scenario {
        Some(file) => Ok(vec![read_scenario(file)?]),
        None => {
            // Explorations are run by name.
            let all = if filters.is_empty() { lab_tests() } else { all_tests() };
            select(all, filters).map_err(|error| usage(&error))
        }
    }
}

/// The one test that a name means, or the scenario of a file.
pub(super) fn only_test(
    name: Option<&str>,
    scenario: Option<&Path>,
) -> Result<LabTest, CommandError> {
    let filters: Vec<String> = name.map(str::to_owned).into_iter().collect();
    match tests(&filters, scenario)?.as_slice() {
        [test] => Ok(*test),
        tests => {
            let names: Vec<&str> = tests.iter().map(|test| test.name).collect();
            let (name, names) = (name.unwrap_or_default(), names.join(", "));
            Err(CommandError::Usage(format!("`{name}` fits several tests, name one: {names}")))
        }
    }
}

/// How the tests are run.
pub(super) fn options(args: &RunArgs) -> Result<RunOptions, CommandError> {
    Ok(RunOptions {
        overrides: overrides(args.config.as_deref())?,
        check_determinism: args.check_determinism,
        realtime: args.realtime,
        faults: faults(args.nemesis.as_deref())?,
        outside_only: args.outside_only,
    })
}

/// What is laid over the tests' configuration.
pub(super) fn overrides(file: Option<&Path>) -> Result<Overrides, CommandError> {
    let Some(path) = file else { return Ok(Overrides::default()) };
    let (text, name) = read(path)?;
    let overrides = Overrides::from_toml(&text, &name).and_then(Overrides::without_servers);
    overrides.map_err(|error| usage(&error))
}

/// Which faults explorations draw.
pub(super) fn faults(list: Option<&str>) -> Result<FaultFilter, CommandError> {
    match list {
        None => Ok(FaultFilter::all()),
        Some(list) => FaultFilter::parse(list)
            .map_err(|error| CommandError::Usage(format!("--nemesis {list}: {error}"))),
    }
}

/// A file's scenario is a test named for the file. It lives as long as the process, as the tests of
/// the table do.
fn read_scenario(path: &Path) -> Result<LabTest, CommandError> {
    let (text, file) = read(path)?;
    let scenario = Scenario::from_toml(&text, &file).map_err(|error| usage(&error))?;
    let stem = path.file_stem().map_or("".into(), |stem| stem.to_string_lossy());
    let name = format!("scenario::{stem}");
    Ok(LabTest::of_scenario(Box::leak(name.into_boxed_str()), Box::leak(Box::new(scenario))))
}

fn read(path: &Path) -> Result<(String, String), CommandError> {
    let name = path.to_string_lossy().into_owned();
    let text = fs::read_to_string(path)
        .map_err(|error| CommandError::Usage(format!("can't read {name}: {error}")))?;
    Ok((text, name))
}

fn usage(error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(error.to_string())
}

/// The line that does a run with these flags again.
pub(super) fn replay(
    realtime: bool,
    scenario: Option<&Path>,
    config: Option<&Path>,
    nemesis: Option<&str>,
    outside_only: bool,
) -> Replay {
    let mut replay = Replay::of_this_program(realtime);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    replay.scenario(scenario.map(text));
    replay.flag("--config", config.map(text));
    replay.flag("--nemesis", nemesis.map(str::to_owned));
    if outside_only {
        replay.switch("--outside-only");
    }
    replay
}
