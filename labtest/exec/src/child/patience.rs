//! How long a child may take: a thread looks at all that are being waited for, and kills the ones that take
//! too long. Who waits then reads the end of their output.

// Children are other processes: what they take is real time.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

use crate::program::AnswerLimits;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

/// How often it is looked.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// One child's pace.
pub(super) struct Pace {
    process: u32,
    limits: AnswerLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Since when it is being waited for.
    since: Option<Instant>,
    /// The time of its processors when it was first seen to be waited for.
    cpu_before: Option<Duration>,
    is_dead: bool,
    verdict: Option<String>,
}

/// Looks at all children.
pub(super) struct Watchman {
    children: Mutex<Vec<Weak<Pace>>>,
}

impl Watchman {
    /// Has a child looked at from now on.
    pub(super) fn watch(process: u32, limits: AnswerLimits) -> Arc<Pace> {
        static WATCHMAN: OnceLock<Watchman> = OnceLock::new();
        let pace = Arc::new(Pace { process, limits, state: Mutex::default() });
        if limits == AnswerLimits::NONE {
            return pace;
        }
        let watchman = WATCHMAN.get_or_init(|| {
            let look = || {
                loop {
                    std::thread::sleep(LOOKS_EVERY);
                    if let Some(watchman) = WATCHMAN.get() {
                        watchman.look();
                    }
                }
            };
            let thread = std::thread::Builder::new().name("patience with children".to_owned());
            thread.spawn(look).expect("the machine starts a thread");
            Watchman { children: Mutex::default() }
        });
        watchman.children.lock().push(Arc::downgrade(&pace));
        pace
    }

    fn look(&self) {
        let mut children = self.children.lock();
        children.retain(|child| child.upgrade().is_some());
        let watched: Vec<Arc<Pace>> = children.iter().filter_map(Weak::upgrade).collect();
        drop(children);
        watched.iter().for_each(|child| child.look());
    }
}

impl Pace {
    /// It is being waited for from now on.
    pub(super) fn begins(&self) {
        if self.limits != AnswerLimits::NONE {
            let mut state = self.state.lock();
            (state.since, state.cpu_before) = (Some(Instant::now()), None);
        }
    }

    /// It is not waited for any more.
    pub(super) fn ends(&self) {
        self.state.lock().since = None;
    }

    /// Why it was killed, if it was for taking too long.
    pub(super) fn verdict(&self) -> Option<String> {
        self.state.lock().verdict.clone()
    }

    /// Kills it and all that it started.
    pub(super) fn kill(&self) {
        self.end(&mut self.state.lock());
    }

    fn end(&self, state: &mut State) {
        if !std::mem::replace(&mut state.is_dead, true) {
            kill_group(self.process);
        }
    }

    fn look(&self) {
        let mut state = self.state.lock();
        let Some(since) = state.since.filter(|_| !state.is_dead) else { return };
        let waited = since.elapsed();
        let over =
            |spent: Duration, limit: Option<Duration>| limit.is_some_and(|limit| spent >= limit);
        if over(waited, self.limits.wall) {
            state.verdict = Some(format!("it took more than {} s", waited.as_secs()));
            self.end(&mut state);
            return;
        }
        let Some(now) = cpu_time(self.process) else { return };
        let spent = now.saturating_sub(*state.cpu_before.get_or_insert(now));
        if over(spent, self.limits.cpu) {
            let seconds = spent.as_secs();
            state.verdict = Some(format!("it took more than {seconds} s of its processors' time"));
            self.end(&mut state);
        }
    }
}

/// The children are leaders of groups of their own.
#[cfg(unix)]
fn kill_group(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(process).ok().and_then(Pid::from_raw);
    // One that has ended already needs no signal.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
}

/// Whether a child ends by itself in that time. Its end is left for who waits for that.
#[cfg(unix)]
pub(super) fn ends_within(process: u32, limit: Duration) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return false };
    let began = Instant::now();
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(process), options) {
            Ok(None) if began.elapsed() < limit => std::thread::sleep(Duration::from_millis(2)),
            Ok(ended) => return ended.is_some(),
            Err(_) => return false,
        }
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
