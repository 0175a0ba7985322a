//! What the exit codes of the programs say. These numbers are an interface: they don't change.
//!
//! | code | name | meaning |
//! | --- | --- | --- |
//! | 0 | [`Code::Done`] | done |
//! | 1 | [`Code::No`] | the answer is no: directories differ (`check`), a key is missing (`get`) |
//! | 64 | [`Code::Usage`] | a flag or an argument is wrong |
//! | 68 | [`Code::NoAnswer`] | no server answered in time; what was asked had no effect |
//! | 69 | [`Code::AddressTaken`] | an address is taken or can't be bound |
//! | 70 | [`Code::Software`] | a fault of the program itself, or its disk failed |
//! | 75 | [`Code::InUse`] | the data directory is in use by another process |
//! | 76 | [`Code::ForeignDisk`] | the disk belongs to another cluster, another server or another number of servers |
//! | 77 | [`Code::Refused`] | a server refused what was asked, which had no effect |
//! | 78 | [`Code::Config`] | the servers file can't be used |
//! | 79 | [`Code::Unknown`] | what was asked may have had its effect, or may yet have it |
//! | 130 | [`Code::Interrupted`] | ended by SIGINT |
//! | 143 | [`Code::Terminated`] | ended by SIGTERM |
//!
//! 64 to 78 are those of BSD's sysexits. After 69, 75, 76 and 78 nothing was changed on disk.

use kvd_api::servers_file::ServersFileError;
use std::process::ExitCode;

/// An exit code with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Done.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// A flag or an argument is wrong.
    Usage = 64,
    /// No server answered in time; what was asked had no effect.
    NoAnswer = 68,
    /// An address is taken or can't be bound.
    AddressTaken = 69,
    /// A fault of the program itself, or its disk failed.
    Software = 70,
    /// The data directory is in use by another process.
    InUse = 75,
    /// The disk belongs to another cluster, another server or another number of servers.
    ForeignDisk = 76,
    /// A server refused what was asked, which had no effect.
    Refused = 77,
    /// The servers file can't be used.
    Config = 78,
    /// What was asked may have had its effect, or may yet have it.
    Unknown = 79,
    /// Ended by SIGINT.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Code {
    /// All of them, in order.
    pub const ALL: [Code; 13] = [
        Code::Done,
        Code::No,
        Code::Usage,
        Code::NoAnswer,
        Code::AddressTaken,
        Code::Software,
        Code::InUse,
        Code::ForeignDisk,
        Code::Refused,
        Code::Config,
        Code::Unknown,
        Code::Interrupted,
        Code::Terminated,
    ];

    /// The number that the operating system is told.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The code with that number, if it is one of these.
    pub fn of_number(number: i32) -> Option<Code> {
        Code::ALL.into_iter().find(|code| i32::from(code.number()) == number)
    }

    /// The code that says how a program ended which failed so: that of the [`Failure`] in the chain of
    /// causes, or else [`Code::Software`].
    pub fn of_error(error: &anyhow::Error) -> Code {
        error.downcast_ref::<Failure>().map_or(Code::Software, |failure| failure.code)
    }

    /// What it means, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Code::Done => "done",
            Code::No => "the answer is no",
            Code::Usage => "a flag or an argument is wrong",
            Code::NoAnswer => "no server answered in time; what was asked had no effect",
            Code::AddressTaken => "an address is taken or can't be bound",
            Code::Software => "a fault of the program itself, or its disk failed",
            Code::InUse => "the data directory is in use by another process",
            Code::ForeignDisk => "the disk belongs to another cluster, server or number of servers",
            Code::Refused => "a server refused what was asked, which had no effect",
            Code::Config => "the servers file can't be used",
            Code::Unknown => "what was asked may have had its effect, or may yet have it",
            Code::Interrupted => "ended by SIGINT",
            Code::Terminated => "ended by SIGTERM",
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> ExitCode {
        ExitCode::from(code.number())
    }
}

/// Why a program ends before its work is done: an exit code, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    /// What the exit code is to be.
    pub code: Code,
    /// What went wrong, and what was expected.
    pub sentence: String,
}

impl Failure {
    /// A failure of that kind.
    pub fn new(code: Code, sentence: impl Into<String>) -> Failure {
        Failure { code, sentence: sentence.into() }
    }
}

impl From<ServersFileError> for Failure {
    fn from(error: ServersFileError) -> Failure {
        Failure::new(Code::Config, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_number_is_one_of_these_or_none() {
        for code in Code::ALL {
            assert_eq!(Code::of_number(code.number().into()), Some(code));
        }
        assert_eq!(Code::of_number(2), None);
        assert_eq!(Code::of_number(-1), None);
    }

    #[test]
    fn the_table_above_has_all_of_them() {
        for code in Code::ALL {
            let row = format!("//! | {} | [`Code::{code:?}`] | ", code.number());
            assert!(include_str!("exit.rs").contains(&row), "{row}");
        }
    }

    #[test]
    fn an_error_has_the_code_of_the_failure_within() {
        let failure = Failure::new(Code::AddressTaken, "127.0.0.1:8000 is taken");
        assert_eq!(failure.to_string(), "127.0.0.1:8000 is taken");
        let within = Err::<(), _>(failure).context("server 2").unwrap_err();
        assert_eq!(Code::of_error(&within), Code::AddressTaken);
        assert_eq!(Code::of_error(&anyhow::anyhow!("no room")), Code::Software);
    }
}
