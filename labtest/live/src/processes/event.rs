//! What happens to servers.

use super::log::Log;
use nix::sys::signal::Signal;
use runtime::Instant;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// Something that happened to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, on the tester's clock.
    pub at: Instant,
    /// Its number.
    pub server: usize,
    /// Which start of the server it belongs to, from 1; 0 before there was any.
    pub life: u64,
    /// What it was.
    pub what: What,
}

/// What happened to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Its process was started.
    Started {
        /// The process.
        pid: u32,
    },
    /// It could not be started.
    Refused {
        /// Why, in words.
        why: String,
    },
    /// It wrote a line, to standard output or standard error.
    Line(String),
    /// It stands still. What it wrote before may be told after this.
    Paused,
    /// It goes on.
    Resumed,
    /// Its process has ended. All its lines were told before.
    Ended {
        /// How.
        how: Ending,
        /// Whether it was killed or asked to end, or its end was announced ([`super::Server::expect_end`]).
        expected: bool,
        /// Whether it was killed unexpectedly, and the kernel killed something on this machine for lack of
        /// memory while it lived: then most likely this.
        out_of_memory: bool,
    },
    /// Something did not go as it should on the tester's side, in words: a log that can't be written, a process
    /// that does not stop. Then the run proves less.
    Trouble(String),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With an exit code.
    Exited(i32),
    /// By a signal with that number.
    Killed(i32),
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Ending {
        match (status.code(), status.signal()) {
            (Some(code), _) => Ending::Exited(code),
            (None, signal) => Ending::Killed(signal.unwrap_or_default()),
        }
    }
}

/// Goes on from "server 2".
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Ending::Exited(code) => write!(f, "has ended with exit code {code}"),
            Ending::Killed(number) => match Signal::try_from(number) {
                Ok(signal) => write!(f, "was killed by {signal}"),
                Err(_) => write!(f, "was killed by signal {number}"),
            },
        }
    }
}

/// Tells what happens to one server in one life, and writes its log.
#[derive(Clone)]
pub struct Teller {
    server: usize,
    /// Which start of the server this is, from 1; 0 before there was any.
    pub life: u64,
    events: UnboundedSender<Event>,
    log: Arc<Log>,
}

impl Teller {
    /// Of a server that was not started yet.
    pub fn new(server: usize, events: UnboundedSender<Event>, log: Arc<Log>) -> Teller {
        Teller { server, life: 0, events, log }
    }

    /// Tells one thing, and writes it down if it is to be in the server's log.
    pub fn tell(&self, what: What) {
        let at = runtime::now();
        let written = self.log.write(at, self.life, &what);
        self.send(at, what);
        if let Err(error) = written {
            self.send(at, What::Trouble(format!("the log can't be written: {error}")));
        }
    }

    fn send(&self, at: Instant, what: What) {
        // Nobody may listen any more when all is dropped.
        let _ = self.events.send(Event { at, server: self.server, life: self.life, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn endings_are_put_into_words() {
        let said = [
            (ExitStatus::from_raw(69 << 8), "has ended with exit code 69"),
            (ExitStatus::from_raw(9), "was killed by SIGKILL"),
            (ExitStatus::from_raw(60), "was killed by signal 60"),
        ];
        for (status, words) in said {
            assert_eq!(Ending::from(status).to_string(), words);
        }
    }

    /// Each write fails on such a device.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_log_that_cannot_be_written_is_told() {
        let (events, mut told) = unbounded_channel();
        let log = Log::open("/dev/full".as_ref()).unwrap();
        Teller::new(2, events, Arc::new(log)).tell(What::Line("a".to_owned()));
        let mut next = || told.try_recv().unwrap().what;
        assert_eq!(next(), What::Line("a".to_owned()));
        assert!(matches!(next(), What::Trouble(what) if what.contains("can't be written")));
    }

    #[test]
    fn a_log_that_is_written_is_no_trouble() {
        let (events, mut told) = unbounded_channel();
        let log = Log::open("/dev/null".as_ref()).unwrap();
        Teller::new(2, events, Arc::new(log)).tell(What::Line("a".to_owned()));
        let told = std::iter::from_fn(|| told.try_recv().ok()).collect::<Vec<_>>();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].server, told[0].life), (2, 0));
    }
}
