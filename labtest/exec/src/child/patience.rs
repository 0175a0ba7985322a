//! How long a child may take for an answer.

// Children are other processes: what they take is real time.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

use crate::program::AnswerLimits;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often it is looked, while nothing comes.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// How long a process may write its stacks.
const STACKS_TIME: Duration = Duration::from_secs(2);

/// One child, and since when it is waited for.
pub(super) struct Patience {
    process: u32,
    limits: AnswerLimits,
    since: Instant,
    /// The time of its processors when it was first looked at since.
    cpu_before: Option<Duration>,
    is_killed: bool,
    /// A process that takes too long is asked for its stacks before it is killed.
    shows_stacks: bool,
}

/// Why nothing more is waited for.
#[derive(Debug)]
pub(super) enum Over {
    /// It has ended.
    Ended,
    /// It takes too long, and was killed.
    TooLong(String),
    /// The system can't say.
    Failed(io::Error),
}

impl Patience {
    pub(super) fn with(process: u32, limits: AnswerLimits, shows_stacks: bool) -> Patience {
        let (since, cpu_before, is_killed) = (Instant::now(), None, false);
        Patience { process, limits, since, cpu_before, is_killed, shows_stacks }
    }

    /// It is waited for from now on.
    pub(super) fn begin(&mut self) {
        (self.since, self.cpu_before) = (Instant::now(), None);
    }

    /// Waits until its end of a stream is ready.
    pub(super) fn until_ready(&mut self, stream: impl AsFd, flags: PollFlags) -> Result<(), Over> {
        loop {
            if is_ready(&stream, flags, LOOKS_EVERY)? {
                return Ok(());
            }
            // Something that it has started may hold the stream open. What it has written before its end counts.
            if self.has_ended() && !is_ready(&stream, flags, Duration::ZERO)? {
                return Err(Over::Ended);
            }
            self.look()?;
        }
    }

    fn look(&mut self) -> Result<(), Over> {
        let is_over =
            |spent: Duration, limit: Option<Duration>| limit.is_some_and(|limit| spent >= limit);
        let waited = self.since.elapsed();
        let verdict = if is_over(waited, self.limits.wall) {
            format!("it took more than {} s", waited.as_secs())
        } else {
            let Some(now) = cpu_time(self.process) else { return Ok(()) };
            let spent = now.saturating_sub(*self.cpu_before.get_or_insert(now));
            if !is_over(spent, self.limits.cpu) {
                return Ok(());
            }
            format!("it took more than {} s of its processors' time", spent.as_secs())
        };
        if self.shows_stacks {
            // Of one that does not hear it there are none.
            let _ = self.pid().map(|process| kill_process(process, Signal::QUIT));
            self.ends_within(STACKS_TIME);
        }
        self.kill();
        Err(Over::TooLong(verdict))
    }

    /// Whether it has ended. Its end is left for who waits for that, and its number is its own until then.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let ended = self.pid().map(|process| waitid(WaitId::Pid(process), options));
        !matches!(ended, Some(Ok(None)))
    }

    /// Whether it ends by itself in that time.
    pub(super) fn ends_within(&self, limit: Duration) -> bool {
        let began = Instant::now();
        while !self.has_ended() {
            if began.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Kills it and all that it started, which is in its group.
    pub(super) fn kill(&mut self) {
        if !std::mem::replace(&mut self.is_killed, true) {
            // Of one that has ended, and whose group has, nothing is left to kill.
            let _ = self.pid().map(|group| kill_process_group(group, Signal::KILL));
        }
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.process).ok().and_then(Pid::from_raw)
    }
}

/// Whether a stream is ready, now or in that time.
fn is_ready(stream: &impl AsFd, flags: PollFlags, within: Duration) -> Result<bool, Over> {
    let within = Timespec { tv_sec: 0, tv_nsec: i64::from(within.subsec_nanos()) };
    match poll(&mut [PollFd::new(stream, flags)], Some(&within)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(Over::Failed(error.into())),
    }
}

/// The time that its processors have worked for a process.
#[cfg(target_os = "linux")]
fn cpu_time(process: u32) -> Option<Duration> {
    // What `proc_pid_stat(5)` counts in: hundredths on every machine that Rust's Linux runs on.
    const TICK: Duration = Duration::from_millis(10);
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in brackets, which may have any letters.
    let (_, fields) = text.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: u32 = times.next()?.parse::<u32>().ok()? + times.next()?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}

#[cfg(not(target_os = "linux"))]
fn cpu_time(_process: u32) -> Option<Duration> {
    None
}
