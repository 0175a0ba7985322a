//! The line that runs a failing seed again, in the form that works for the program at hand.

mod built;
mod started;

use crate::environment::CHANGING;
use std::env;
use std::path::Path;

pub(crate) use started::begins_with_own_words;

/// What of the invocation a replay must repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    /// How the command was started: `labtest`, or `cargo run --release -p mine --`.
    program: String,
    command: &'static str,
    /// The file that says what is run, instead of a test's name.
    scenario: Option<String>,
    /// Which faults may be drawn. A scenario of a file has those that are in it.
    faults: Option<String>,
    /// Flags that change what a run does.
    flags: String,
}

impl Replay {
    /// For a program that was started like this one. On the real clock there is nothing to tell,
    /// and the line runs the test again.
    pub(crate) fn of_this_program(realtime: bool) -> Replay {
        Replay::new(started::command(), realtime)
    }

    fn new(program: String, realtime: bool) -> Replay {
        let command = if realtime { "run" } else { "replay" };
        let flags = if realtime { " --realtime" } else { "" };
        Replay { program, command, scenario: None, faults: None, flags: flags.to_string() }
    }

    /// It was not a test that was run but the scenario of a file.
    pub(crate) fn scenario(&mut self, file: Option<String>) {
        self.scenario = file;
    }

    /// The same for the scenario of that file.
    pub(crate) fn of_file(&self, file: &Path) -> Replay {
        let scenario = Some(file.to_string_lossy().into_owned());
        Replay { scenario, ..self.clone() }
    }

    /// Only these faults were drawn.
    pub(crate) fn faults(&mut self, list: Option<String>) {
        self.faults = list;
    }

    /// A flag with a value, if it was given.
    pub(crate) fn flag(&mut self, flag: &str, value: Option<String>) {
        if let Some(value) = value {
            self.flags.push_str(&format!(" {flag} {}", quoted(&value)));
        }
    }

    /// A flag without a value.
    pub(crate) fn switch(&mut self, flag: &str) {
        self.flags.push_str(&format!(" {flag}"));
    }

    /// How this program is started.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// The line to paste.
    pub(crate) fn line(&self, test: &str, seed: u64) -> String {
        self.with(self.command, test, seed)
    }

    /// The line that compares two runs once more: `replay` makes only one.
    pub(crate) fn line_of_comparison(&self, test: &str, seed: u64) -> String {
        format!("{} --check-determinism", self.with("run", test, seed))
    }

    fn with(&self, command: &str, test: &str, seed: u64) -> String {
        let Replay { program, scenario, faults, flags, .. } = self;
        match scenario {
            None => {
                let faults = faults.as_ref().map(|list| format!(" --nemesis {}", quoted(list)));
                let faults = faults.unwrap_or_default();
                format!("{program} {command} {test} --seed {seed}{faults}{flags}")
            }
            Some(file) => {
                format!("{program} {command} --scenario {} --seed {seed}{flags}", quoted(file))
            }
        }
    }
}

/// The line for a test target, where seeds and options come by the environment.
#[derive(Clone, Debug)]
pub(crate) struct TestReplay {
    /// The variables that change a run, each with a space after it.
    variables: String,
    program: String,
}

impl TestReplay {
    pub(crate) fn of_this_program() -> TestReplay {
        let set = CHANGING.into_iter().filter_map(|name| Some((name, env::var(name).ok()?)));
        let variables = set.map(|(name, value)| format!("{name}={} ", quoted(&value)));
        TestReplay { variables: variables.collect(), program: started::test() }
    }

    /// The line to paste.
    pub(crate) fn line(&self, test: &str, seed: u64) -> String {
        let TestReplay { variables, program } = self;
        format!("{variables}LABTEST_SEED={seed} {program} --exact {test}")
    }
}

/// As a shell reads it back.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_string();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_repeats_what_changes_a_run() {
        let mut replay = Replay::new("labtest".into(), false);
        let plain = replay.line("4A::re_election", 17);
        assert_eq!(plain, "labtest replay 4A::re_election --seed 17");
        replay.flag("--config", Some("my file.toml".to_string()));
        replay.faults(Some("crash".to_string()));
        replay.switch("--outside-only");
        assert_eq!(
            replay.line("4A::re_election", 17),
            "labtest replay 4A::re_election --seed 17 --nemesis crash --config 'my file.toml' \
             --outside-only"
        );
        replay.scenario(Some("it.toml".to_string()));
        assert_eq!(
            replay.line("scenario::it", 17),
            "labtest replay --scenario it.toml --seed 17 --config 'my file.toml' --outside-only"
        );
        let realtime = Replay::new("labtest".into(), true);
        assert_eq!(
            realtime.line("4A::re_election", 17),
            "labtest run 4A::re_election --seed 17 --realtime"
        );
    }

    #[test]
    fn a_word_is_read_back_by_a_shell() {
        assert_eq!(quoted("./target/release/mine"), "./target/release/mine");
        assert_eq!(quoted("/my files/it's"), r"'/my files/it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_difference_is_looked_for_again() {
        let replay = Replay::new("labtest".into(), false);
        assert_eq!(
            replay.line_of_comparison("4A::re_election", 17),
            "labtest run 4A::re_election --seed 17 --check-determinism"
        );
    }
}
