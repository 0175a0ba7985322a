//! This program, started again for one of its parts, which an environment variable names.

use super::namespaces::Kind;
use super::parent;
use anyhow::Context;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

/// Says which part a process plays.
const VARIABLE: &str = "LABTEST_LIVE_STAGE";

/// A part that this program plays. A parent is known by its [`parent::own_name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Makes namespaces, and tries them with a child in [`Stage::Check`].
    Probe(Kind),
    /// Is in new namespaces, and looks whether all is there.
    Check(String),
    /// Is process 1 of the namespaces in which a tester runs.
    Init(String),
    /// Becomes the program in its arguments, and ends with its parent.
    Guard(String),
    /// Is the tester, in namespaces.
    Inside,
}

impl Stage {
    /// That of this process, unless it was started by itself.
    pub fn current() -> Option<Stage> {
        std::env::var(VARIABLE).ok()?.parse().ok()
    }

    /// This program in that part, with the arguments that this process has.
    pub fn command(&self) -> anyhow::Result<Command> {
        let mut arguments = std::env::args_os();
        let name = arguments.next();
        let mut command = self.bare_command()?;
        command.args(arguments);
        if let Some(name) = name {
            command.arg0(name);
        }
        Ok(command)
    }

    fn bare_command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(this_program()?);
        command.env(VARIABLE, self.to_string());
        Ok(command)
    }
}

/// A command whose process, on Linux, is killed with the *thread* of this process that starts it, and which
/// is direct where that can't be: see `can_guard`.
///
/// # Errors
/// When this process can't be named, or when there is no such program.
pub fn guarded(program: &Path) -> anyhow::Result<Command> {
    if !super::can_guard() {
        return Ok(without_stage(program));
    }
    if program.components().count() > 1 {
        // A guard can always be started: it would be the one to find out.
        program.metadata().with_context(|| format!("can't start {}", program.display()))?;
    }
    let mut command = Stage::Guard(parent::own_name()?).bare_command()?;
    command.arg(program);
    Ok(command)
}

/// A command that does not know of the part of this process.
pub fn without_stage(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove(VARIABLE);
    command
}

/// Becomes the program in the arguments, after it was arranged that it ends with its parent: only a process
/// itself can ask for that. Returns if there is no such program.
pub fn become_guarded(parent: &str) -> anyhow::Result<u8> {
    parent::die_with(parent)?;
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().context("no program to become")?;
    let error = without_stage(&program).args(arguments).exec();
    Err(error).with_context(|| format!("can't start {}", program.display()))
}

/// The file of this program, also if there is another one in its place by now.
#[cfg(target_os = "linux")]
fn this_program() -> anyhow::Result<&'static str> {
    Ok("/proc/self/exe")
}

#[cfg(not(target_os = "linux"))]
fn this_program() -> anyhow::Result<std::path::PathBuf> {
    std::env::current_exe().context("can't find this program")
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Probe(Kind::Root) => write!(f, "probe root"),
            Stage::Probe(Kind::User) => write!(f, "probe user"),
            Stage::Check(parent) => write!(f, "check {parent}"),
            Stage::Init(parent) => write!(f, "init {parent}"),
            Stage::Guard(parent) => write!(f, "guard {parent}"),
            Stage::Inside => write!(f, "inside"),
        }
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Stage, ()> {
        Ok(match text.split_once(' ').unwrap_or((text, "")) {
            ("probe", "root") => Stage::Probe(Kind::Root),
            ("probe", "user") => Stage::Probe(Kind::User),
            ("check", parent) => Stage::Check(parent.to_owned()),
            ("init", parent) => Stage::Init(parent.to_owned()),
            ("guard", parent) => Stage::Guard(parent.to_owned()),
            ("inside", "") => Stage::Inside,
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_its_part() {
        let stages = [
            Stage::Probe(Kind::Root),
            Stage::Probe(Kind::User),
            Stage::Check("7".to_owned()),
            Stage::Init("7".to_owned()),
            Stage::Guard("7".to_owned()),
            Stage::Inside,
        ];
        for stage in stages {
            assert_eq!(stage.to_string().parse(), Ok(stage));
        }
        assert_eq!("probe".parse::<Stage>(), Err(()));
        assert_eq!(Stage::current(), None);
    }
}
