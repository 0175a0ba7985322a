//! The line that runs a failing seed again, in the form that works for the program at hand.

use std::env;
use std::ffi::OsString;

/// What of the invocation a replay must repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replay {
    /// How the command was started: `labtest`, or `cargo run --release -p mine --`.
    program: String,
    /// Flags that change what a run does.
    flags: String,
}

impl Replay {
    /// For a program that was started like this one.
    pub(crate) fn of_this_program(config_file: Option<&str>, realtime: bool) -> Replay {
        let package = env::var("CARGO").ok().and(env::var("CARGO_PKG_NAME").ok());
        let program = program(package.as_deref(), env::args_os().next());
        Replay::new(program, config_file, realtime)
    }

    pub(crate) fn new(program: String, config_file: Option<&str>, realtime: bool) -> Replay {
        let mut flags = String::new();
        if let Some(file) = config_file {
            flags.push_str(&format!(" --config {}", quoted(file)));
        }
        if realtime {
            flags.push_str(" --realtime");
        }
        Replay { program, flags }
    }

    /// The line to paste.
    pub(crate) fn line(&self, test: &str, seed: u64) -> String {
        format!("{} run {test} --seed {seed}{}", self.program, self.flags)
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
        let replay = Replay::new("labtest".into(), None, false);
        assert_eq!(replay.line("4A::re_election", 17), "labtest run 4A::re_election --seed 17");
        let replay = Replay::new("labtest".into(), Some("my file.toml"), true);
        assert_eq!(
            replay.line("4A::re_election", 17),
            "labtest run 4A::re_election --seed 17 --config 'my file.toml' --realtime"
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
