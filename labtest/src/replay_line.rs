//! The line that runs a failing seed again, in the form that works for the program at hand.

use std::env;
use std::ffi::OsString;
use std::path::Path;

/// What of the invocation a replay must repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    /// How the command was started: `labtest`, or `cargo run --release -p mine --`.
    program: String,
    command: &'static str,
    /// The file that says what is run, instead of a test's name.
    scenario: Option<String>,
    /// Flags that change what a run does.
    flags: String,
}

impl Replay {
    /// For a program that was started like this one. On the real clock there is nothing to tell,
    /// and the line runs the test again.
    pub(crate) fn of_this_program(realtime: bool) -> Replay {
        let package = env::var("CARGO").ok().and(env::var("CARGO_PKG_NAME").ok());
        Replay::new(program(package.as_deref(), env::args_os().next()), realtime)
    }

    fn new(program: String, realtime: bool) -> Replay {
        let command = if realtime { "run" } else { "replay" };
        let flags = if realtime { " --realtime" } else { "" };
        Replay { program, command, scenario: None, flags: flags.to_string() }
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

    /// The line to paste.
    pub(crate) fn line(&self, test: &str, seed: u64) -> String {
        let Replay { program, command, scenario, flags } = self;
        match scenario {
            None => format!("{program} {command} {test} --seed {seed}{flags}"),
            Some(file) => {
                format!("{program} {command} --scenario {} --seed {seed}{flags}", quoted(file))
            }
        }
    }
}

/// Cargo tells the program that it runs which package that is; otherwise it is called as it was.
fn program(package: Option<&str>, called_as: Option<OsString>) -> String {
    match package {
        Some(package) if cfg!(debug_assertions) => format!("cargo run -p {package} --"),
        Some(package) => format!("cargo run --release -p {package} --"),
        None => called_as.map_or("labtest".to_string(), |name| quoted(&name.to_string_lossy())),
    }
}

/// The line for a test target, where seeds come by the environment.
pub(crate) fn test_line(test: &str, seed: u64, realtime: bool) -> String {
    let package = env::var("CARGO_PKG_NAME").ok();
    let target = env::args_os().next().map(|program| target_name(&program.to_string_lossy()));
    let package = package.map_or(String::new(), |package| format!(" -p {package}"));
    let target = target.map_or(String::new(), |target| format!(" --test {target}"));
    let realtime = if realtime { "LABTEST_REALTIME=1 " } else { "" };
    format!("{realtime}LABTEST_SEED={seed} cargo test{package}{target} -- --exact {test}")
}

/// The test target of a program that cargo built: the file's name without folder and hash.
fn target_name(program: &str) -> String {
    let file = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let file = file.strip_suffix(".exe").unwrap_or(file);
    match file.rsplit_once('-') {
        Some((name, hash)) if hash.len() == 16 => name.to_string(),
        _ => file.to_string(),
    }
}

/// As a shell reads it back.
fn quoted(text: &str) -> String {
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
        replay.flag("--nemesis", None);
        replay.switch("--outside-only");
        assert_eq!(
            replay.line("4A::re_election", 17),
            "labtest replay 4A::re_election --seed 17 --config 'my file.toml' --outside-only"
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
    fn the_program_is_called_as_it_was() {
        assert_eq!(program(None, Some("./target/release/mine".into())), "./target/release/mine");
        assert_eq!(program(None, Some("/my files/it's".into())), r"'/my files/it'\''s'");
        assert_eq!(program(None, None), "labtest");
        assert!(program(Some("mine"), None).ends_with("-p mine --"));
    }

    #[test]
    fn a_test_target_is_known_by_its_file() {
        assert_eq!(target_name("/x/target/debug/deps/lab-0123456789abcdef"), "lab");
        assert_eq!(target_name("my-lab"), "my-lab");
        assert_eq!(target_name(r"C:\x\lab-0123456789abcdef.exe"), "lab");
    }
}
