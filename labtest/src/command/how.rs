//! How tests are run: the flags that `run`, `replay` and `shrink` share, what they mean, and the line
//! that repeats a run made with them.

use super::CommandError;
use super::args::MeasureArgs;
use super::time_limit::{parse_poll_limit, time_text};
use crate::replay_line::Replay;
use crate::select::select;
use crate::text_file::{self, TextFile, is_standard_input};
use clap::Args;
use exec::{AnswerLimits, ExecRaft};
use harness::{
    FaultFilter, Implementation, LabTest, Overrides, POLL_LIMIT, Patience, RunOptions, Scenario,
    all_tests, lab_tests,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Args, Clone, Debug, Default)]
pub(super) struct How {
    /// Run the scenario of a file instead of a test; - is standard input
    #[arg(long, value_name = "FILE.toml")]
    pub(super) scenario: Option<PathBuf>,

    /// The only faults that explorations may draw: names of faults or groups, separated by commas
    #[arg(long, value_name = "LIST")]
    nemesis: Option<String>,

    /// Never look inside a server: judge only by messages, disks and applied values
    #[arg(long)]
    outside_only: bool,

    /// Override the tests' configuration with a TOML file: [network], [raft], [limits], [kv], snapshots
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,

    /// Test a Raft that is another program, in any language, started by this command (split as a shell splits
    /// words); see docs/exec-protocol.md
    #[arg(long, value_name = "COMMAND", conflicts_with = "set")]
    pub(super) exec: Option<String>,

    /// With --exec: a new process for each life of a server, even if the program can do `reset`
    #[arg(long, requires = "exec")]
    exec_fresh: bool,

    /// Test an unmodified solution of the course's labs in Go: the folder of its raft.go; see docs/go.md
    #[arg(long, value_name = "DIR", conflicts_with_all = ["exec", "set"])]
    pub(super) go_lab: Option<PathBuf>,

    /// With a solution in Go: the Go that builds it [default: go]
    #[arg(long, value_name = "PATH")]
    go: Option<PathBuf>,

    /// With a solution in Go: build it with the race detector, which ends a run at the first data race
    #[arg(long)]
    race: bool,

    /// An option of the Raft under test, for its own `with_options`; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_setting)]
    set: Vec<(String, String)>,

    /// How long a single poll of a server may take in real time before its run is given up as stuck; 0 for no
    /// limit, for a debugger. A program of --exec has half of it for an answer
    #[arg(long, value_name = "TIME", value_parser = parse_poll_limit)]
    poll_limit: Option<Duration>,
}

impl How {
    /// The flag that names a Raft, or is for one.
    pub(super) fn other_raft(&self) -> Option<&'static str> {
        let flags = [
            ("--exec", self.exec.is_some()),
            ("--set", !self.set.is_empty()),
            ("--go-lab", self.go_lab.is_some()),
        ];
        flags.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
    }

    /// Of a Raft and its configuration alone.
    pub(super) fn of_raft(args: &MeasureArgs) -> How {
        let MeasureArgs { config, exec, set, .. } = args.clone();
        How { config, exec, set, ..How::default() }
    }

    /// The implementation with the options that were set, or the program that is one.
    pub(super) fn configured(
        &self,
        implementation: &Arc<dyn Implementation>,
    ) -> Result<Arc<dyn Implementation>, CommandError> {
        if let Some(command) = &self.exec {
            return self.program(command, None);
        }
        if let Some(folder) = &self.go_lab {
            return self.solution(folder);
        }
        let of_go = [("--go", self.go.is_some()), ("--race", self.race)];
        if let Some((flag, _)) = of_go.into_iter().find(|(_, is_given)| *is_given) {
            let message = format!("{flag} has no effect: it is for solutions in Go (--go-lab)");
            return Err(CommandError::Usage(message));
        }
        if self.set.is_empty() {
            return Ok(Arc::clone(implementation));
        }
        let configured = implementation.with_options(&self.set);
        configured.map_err(|error| CommandError::Usage(format!("--set: {error:#}")))
    }

    /// The program of a command, perhaps with one server's lines written down.
    pub(super) fn program(
        &self,
        command: &str,
        transcript: Option<exec::Transcript>,
    ) -> Result<Arc<dyn Implementation>, CommandError> {
        let limits = answer_limits(self.poll_limit);
        let options = exec::Options { limits, fresh: self.exec_fresh, transcript };
        let raft = ExecRaft::start(command, &options);
        let raft = raft.map_err(|error| CommandError::Usage(format!("--exec {error:#}")))?;
        Ok(Arc::new(raft))
    }

    /// The solution in Go of a folder.
    fn solution(&self, folder: &Path) -> Result<Arc<dyn Implementation>, CommandError> {
        let options = golab::Options {
            go: self.go.clone().unwrap_or_else(|| "go".into()),
            race: self.race,
            limits: answer_limits(self.poll_limit),
        };
        let raft = golab::start(folder, &options);
        let raft = raft.map_err(|error| CommandError::Usage(format!("{error:#}")))?;
        Ok(Arc::new(raft))
    }

    /// The folder for failures of runs made with these options: one of its own below `root` where some
    /// were set, so that no run overwrites those of another Raft.
    pub(super) fn folder_in(&self, root: &Path) -> PathBuf {
        if self.set.is_empty() && self.exec.is_none() && self.go_lab.is_none() {
            return root.to_owned();
        }
        let is_plain = |letter: char| letter.is_alphanumeric() || "=,.-_".contains(letter);
        let exec = self.exec.iter().map(|command| format!("exec={command}"));
        let go = self.go_lab.iter().map(|folder| format!("go={}", folder.display()));
        let text = exec.chain(go).chain(self.settings()).collect::<Vec<_>>().join(",");
        root.join(text.replace(|letter| !is_plain(letter), "_"))
    }

    fn settings(&self) -> impl Iterator<Item = String> {
        self.set.iter().map(|(key, value)| format!("{key}={value}"))
    }

    /// The tests that match the filters, or the scenario of the file.
    pub(super) fn tests(&self, filters: &[String]) -> Result<Vec<LabTest>, CommandError> {
        let is_read_from = |file: &Option<PathBuf>| file.as_deref().is_some_and(is_standard_input);
        if is_read_from(&self.scenario) && is_read_from(&self.config) {
            let message = "--scenario and --config can't both be the standard input";
            return Err(CommandError::Usage(message.to_owned()));
        }
        match &self.scenario {
            Some(file) => Ok(vec![read_scenario(file)?]),
            None => {
                // Explorations are run by name.
                let all = if filters.is_empty() { lab_tests() } else { all_tests() };
                select(all, filters).map_err(|error| usage(&error))
            }
        }
    }

    /// The one test that a name means, or the scenario of the file.
    pub(super) fn only_test(&self, name: Option<&str>) -> Result<LabTest, CommandError> {
        let filters: Vec<String> = name.map(str::to_owned).into_iter().collect();
        match self.tests(&filters)?.as_slice() {
            [test] => Ok(*test),
            tests => {
                let names: Vec<&str> = tests.iter().map(|test| test.name).collect();
                let (name, names) = (name.unwrap_or_default(), names.join(", "));
                Err(CommandError::Usage(format!(
                    "`{name}` matches several tests, name one: {names}"
                )))
            }
        }
    }

    /// The options for runs of these tests, once each, on that clock. What explorations draw is checked for
    /// these seeds.
    pub(super) fn options(
        &self,
        tests: &[LabTest],
        implementation: &dyn Implementation,
        drawn: &[u64],
        realtime: bool,
    ) -> Result<RunOptions, CommandError> {
        let options = RunOptions {
            overrides: overrides(self.config.as_deref())?,
            faults: self.faults(tests)?,
            outside_only: self.outside_only,
            realtime,
            ..RunOptions::default()
        };
        options.check(tests, &implementation.supports(), drawn).map_err(|error| usage(&error))?;
        let patience = Patience::new(&options, self.poll_limit.unwrap_or(POLL_LIMIT));
        Ok(RunOptions { patience, ..options })
    }

    /// Which faults explorations draw. For tests that draw none of them the option would have no effect, which
    /// is an error.
    fn faults(&self, tests: &[LabTest]) -> Result<FaultFilter, CommandError> {
        let Some(list) = &self.nemesis else { return Ok(FaultFilter::all()) };
        let faults = FaultFilter::parse(list)
            .map_err(|error| CommandError::Usage(format!("--nemesis {list}: {error}")))?;
        if tests.iter().any(|test| test.heeds(&faults)) {
            return Ok(faults);
        }
        let heeding = all_tests().iter().filter(|test| test.heeds(&faults)).map(|test| test.name);
        let heeding = heeding.collect::<Vec<_>>().join(", ");
        Err(CommandError::Usage(match &self.scenario {
            Some(_) => format!(
                "--nemesis {list} has no effect: the scenario's file says which faults there are"
            ),
            None => format!(
                "--nemesis {list} has no effect: none of the selected tests draws such faults, only \
                 {heeding} do"
            ),
        }))
    }

    /// The line that repeats a run made with these flags.
    pub(super) fn replay_line(&self, realtime: bool) -> Replay {
        let mut replay = Replay::of_this_program(realtime);
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        replay.scenario(self.scenario.as_ref().map(text));
        replay.flag("--config", self.config.as_ref().map(text));
        replay.faults(self.nemesis.clone());
        if self.outside_only {
            replay.switch("--outside-only");
        }
        replay.flag("--exec", self.exec.clone());
        if self.exec_fresh {
            replay.switch("--exec-fresh");
        }
        replay.flag("--go-lab", self.go_lab.as_ref().map(text));
        replay.flag("--go", self.go.as_ref().map(text));
        if self.race {
            replay.switch("--race");
        }
        self.settings().for_each(|setting| replay.flag("--set", Some(setting)));
        replay.flag("--poll-limit", self.poll_limit.map(time_text));
        replay
    }
}

/// Half of the limit for a poll, so that a slow program is reported as such and not as a poll; and no more
/// processor time than by default.
pub(super) fn answer_limits(poll_limit: Option<Duration>) -> AnswerLimits {
    let poll_limit = poll_limit.unwrap_or(POLL_LIMIT);
    if poll_limit.is_zero() {
        return AnswerLimits::NONE;
    }
    AnswerLimits { wall: Some(poll_limit / 2), ..AnswerLimits::default() }
}

pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// What overrides the tests' configuration.
fn overrides(file: Option<&Path>) -> Result<Overrides, CommandError> {
    let Some(path) = file else { return Ok(Overrides::default()) };
    let TextFile { text, name } = read(path)?;
    let overrides = Overrides::for_tests(&text, &name);
    overrides.map_err(|error| usage(&error))
}

/// A file's scenario is a test named for the file. It lives as long as the process, as the tests of
/// the table do.
fn read_scenario(path: &Path) -> Result<LabTest, CommandError> {
    let TextFile { text, name: file } = read(path)?;
    let scenario = Scenario::from_toml(&text, &file).map_err(|error| usage(&error))?;
    let stem = match is_standard_input(path) {
        true => "stdin".into(),
        false => path.file_stem().map_or("".into(), |stem| stem.to_string_lossy()),
    };
    let name = format!("scenario::{stem}");
    Ok(LabTest::of_scenario(Box::leak(name.into_boxed_str()), Box::leak(Box::new(scenario))))
}

pub(super) fn read(path: &Path) -> Result<TextFile, CommandError> {
    text_file::read(path).map_err(|error| usage(&error))
}

pub(super) fn usage(error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(error.to_string())
}
