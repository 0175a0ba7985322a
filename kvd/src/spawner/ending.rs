//! How a server's process ended, in words.

use crate::exit::Code;
use rustix::process::Signal;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// What a Rust program exits with after a panic.
const PANICKED: i32 = 101;

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With an exit code.
    Exited(i32),
    /// By a signal.
    Killed(i32),
    /// The operating system refused, to start it for example.
    Refused(String),
}

impl Ending {
    /// What the operating system says of it.
    pub fn of(status: ExitStatus) -> Ending {
        match (status.code(), status.signal()) {
            (Some(code), _) => Ending::Exited(code),
            (None, signal) => Ending::Killed(signal.unwrap_or_default()),
        }
    }

    /// What a shell would say: the exit code, or 128 and the signal's number.
    pub fn number(&self) -> u8 {
        match self {
            Ending::Exited(code) => *code as u8,
            Ending::Killed(signal) => (128 + signal) as u8,
            Ending::Refused(_) => Code::Software.number(),
        }
    }

    /// Whether another start can come to something else. A file or a disk that is the wrong one stays so.
    pub fn may_pass(&self) -> bool {
        let code = self.code();
        !matches!(code, Some(Code::Usage | Code::ForeignDisk | Code::Config))
    }

    fn code(&self) -> Option<Code> {
        match self {
            Ending::Exited(number) => Code::of_number(*number),
            Ending::Killed(_) | Ending::Refused(_) => None,
        }
    }
}

/// Goes on from "node 2".
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.code()) {
            (Ending::Killed(signal), _) => write!(f, "was killed by {}", name(*signal)),
            (Ending::Refused(what), _) => write!(f, "can't be {what}"),
            (
                Ending::Exited(number),
                Some(code @ (Code::AddressTaken | Code::InUse | Code::ForeignDisk | Code::Config)),
            ) => write!(f, "can't start: {} (exit code {number})", code.meaning()),
            (Ending::Exited(number), Some(code)) => {
                write!(f, "has ended with exit code {number}: {}", code.meaning())
            }
            (Ending::Exited(PANICKED), None) => {
                write!(f, "has ended with exit code {PANICKED}: it panicked")
            }
            (Ending::Exited(number), None) => write!(f, "has ended with exit code {number}"),
        }
    }
}

/// A signal's name, as `kill -l` has it.
pub fn name(number: i32) -> String {
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    let known = names.iter().find(|(signal, _)| signal.as_raw() == number);
    known.map_or_else(|| format!("signal {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_put_into_words() {
        let said = [
            (Ending::Killed(9), "was killed by SIGKILL"),
            (Ending::Killed(6), "was killed by SIGABRT"),
            (Ending::Killed(60), "was killed by signal 60"),
            (Ending::Exited(0), "has ended with exit code 0: done"),
            (Ending::Exited(3), "has ended with exit code 3"),
            (Ending::Exited(101), "has ended with exit code 101: it panicked"),
            (
                Ending::Exited(69),
                "can't start: an address is taken or can't be bound (exit code 69)",
            ),
            (Ending::Refused("started: no memory".into()), "can't be started: no memory"),
        ];
        for (ending, words) in said {
            assert_eq!(ending.to_string(), words);
        }
    }

    #[test]
    fn the_operating_system_is_understood() {
        assert_eq!(Ending::of(ExitStatus::from_raw(69 << 8)), Ending::Exited(69));
        assert_eq!(Ending::of(ExitStatus::from_raw(9)), Ending::Killed(9));
        assert_eq!(Ending::Killed(9).number(), 137);
        assert_eq!(Ending::Exited(69).number(), 69);
    }

    #[test]
    fn what_stays_wrong_is_not_tried_again() {
        assert!(!Ending::Exited(76).may_pass() && !Ending::Exited(78).may_pass());
        let passing =
            [Ending::Exited(69), Ending::Exited(75), Ending::Exited(1), Ending::Killed(9)];
        assert!(passing.iter().all(Ending::may_pass));
    }
}
