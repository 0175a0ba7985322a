//! The program that children run, and how long they may take.

use anyhow::{Context, ensure};
use std::path::PathBuf;
use std::time::Duration;

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// The command as it was given.
    pub(crate) command: String,
    /// What stands in its environment beside what all children have there.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    /// It is Go's: asked by a signal it writes the stacks of its goroutines, as it does when it panics.
    pub(crate) shows_stacks: bool,
}

impl Program {
    /// Of a command, which is split as a shell splits words and not given to one.
    ///
    /// # Errors
    /// When a quote is open, or when there is no word.
    pub(crate) fn parse(command: &str) -> anyhow::Result<Program> {
        let words = shlex::split(command)
            .with_context(|| format!("`{command}`: a quote is not closed, or it ends with a \\"))?;
        let mut words = words.into_iter();
        let path = words.next().unwrap_or_default();
        ensure!(!path.is_empty(), "`{command}` names no program");
        Ok(Program {
            path: path.into(),
            arguments: words.collect(),
            command: command.to_owned(),
            variables: Vec::new(),
            shows_stacks: false,
        })
    }
}

/// How long a child may take to answer one line; none for as long as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimits {
    /// On the wall.
    pub wall: Option<Duration>,
    /// Of its processors' time.
    pub cpu: Option<Duration>,
}

impl Default for AnswerLimits {
    /// 30 seconds on the wall, 5 of its processors' time.
    fn default() -> AnswerLimits {
        AnswerLimits { wall: Some(Duration::from_secs(30)), cpu: Some(Duration::from_secs(5)) }
    }
}

impl AnswerLimits {
    /// For a child in a debugger.
    pub const NONE: AnswerLimits = AnswerLimits { wall: None, cpu: None };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_splits_it() {
        let program = Program::parse("python3 'my raft.py' --mode=\"a b\"").unwrap();
        assert_eq!(program.path, PathBuf::from("python3"));
        assert_eq!(program.arguments, ["my raft.py", "--mode=a b"]);
    }

    #[test]
    fn a_command_without_a_program_is_refused() {
        let told = |command| Program::parse(command).unwrap_err().to_string();
        assert_eq!(told(" "), "` ` names no program");
        assert!(told("python3 'x").contains("a quote is not closed"));
    }
}
