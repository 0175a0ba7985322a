//! How long a run may hold its thread: a loop that never awaits, or a lock taken twice, blocks it forever, and
//! only another thread can notice.

use super::RunOptions;
use super::simulated::describe;
use super::threads;
use crate::stopwatch::Stopwatch;
use crate::{Failure, RunOutcome, Verdict, property};
use crossbeam_channel::{RecvTimeoutError, bounded};
use labtrace::Measures;
use runtime::{Pulse, TaskInfo};
use std::sync::Arc;
use std::time::Duration;

/// How long one poll may take when nothing is said. A whole run takes milliseconds.
pub const POLL_LIMIT: Duration = Duration::from_secs(60);
/// A run on the real clock ends itself when its test's time is over. How long it may take to do so.
const AFTER_TEST_TIME: Duration = Duration::from_secs(30);
/// How often somebody looks.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// How long a run may hold its thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// On the virtual clock: real time for a single poll.
    Poll(Duration),
    /// On the real clock: for the whole run.
    Run(Duration),
    /// Without end, for somebody with a debugger.
    #[default]
    Endless,
}

impl Patience {
    /// For runs with these options, if a poll may take `poll_limit`, and without end if that is zero.
    pub fn new(options: &RunOptions, poll_limit: Duration) -> Patience {
        match (poll_limit.is_zero(), options.realtime) {
            (true, _) => Patience::Endless,
            (false, false) => Patience::Poll(poll_limit),
            (false, true) => {
                // What files say of the limits holds for all tests.
                let config = options.overrides.applied_to(&crate::Config::new(1));
                let limits = config.map(|config| config.limits).unwrap_or_default();
                Patience::Run(limits.test_time() + AFTER_TEST_TIME)
            }
        }
    }
}

/// Looks at a run from another thread.
#[derive(Debug)]
pub(crate) struct Watchman {
    pulse: Arc<Pulse>,
    patience: Patience,
    beats: u64,
    since_beat: Stopwatch,
    since_start: Stopwatch,
}

/// A run that holds its thread for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Whose code it is, as far as can be seen.
    task: Option<TaskInfo>,
    /// Virtual time in the run.
    at: Duration,
    /// Real time for which it has got nowhere.
    waited: Duration,
}

impl Watchman {
    /// Of a run that begins now.
    pub(crate) fn new(pulse: &Arc<Pulse>, patience: Patience) -> Watchman {
        let now = Stopwatch::start();
        let pulse = Arc::clone(pulse);
        Watchman { beats: pulse.beats(), pulse, patience, since_beat: now, since_start: now }
    }

    /// For how long the run has been in one poll, as far as has been looked.
    pub(crate) fn look(&mut self) -> Duration {
        let beats = self.pulse.beats();
        if beats != self.beats {
            (self.beats, self.since_beat) = (beats, Stopwatch::start());
        }
        self.since_beat.elapsed()
    }

    /// Whether patience is at its end.
    pub(crate) fn is_stuck(&mut self) -> Option<Stuck> {
        let in_poll = self.look();
        let (waited, limit) = match self.patience {
            Patience::Poll(limit) => (in_poll, limit),
            Patience::Run(limit) => (self.since_start.elapsed(), limit),
            Patience::Endless => return None,
        };
        let at = self.pulse.now().since(runtime::Instant::START);
        (waited >= limit).then(|| Stuck { task: self.pulse.at(), at, waited })
    }
}

impl Stuck {
    /// What is known of the run.
    pub fn outcome(&self, test: &'static str, seed: u64, wall_time: Duration) -> RunOutcome {
        RunOutcome {
            test,
            seed,
            verdict: Verdict::Failed(self.failure()),
            trace_hash: 0,
            virtual_time: self.at,
            wall_time,
            measures: Measures::default(),
            warnings: Vec::new(),
            coverage: None,
            steps: 0,
            backtrace: None,
            was_repeated: false,
            recording: None,
            made: None,
        }
    }

    fn failure(&self) -> Failure {
        let waited = self.waited.as_secs_f64();
        let whose = self.task.as_ref().map_or("a thread".into(), |task| task.node.clone());
        let sentence = format!(
            "{whose} has been in one poll for {waited:.0} s: a loop that never awaits, a lock taken \
             twice, a call that blocks"
        );
        let place = self.task.iter().map(|task| format!("in a task of {}", describe(task)));
        let servers =
            self.task.iter().filter_map(|task| task.node.strip_prefix("server ")?.parse().ok());
        let mut failure = Failure::noticed_at(self.at, property::STUCK, sentence);
        failure.place.servers = servers.collect();
        failure.details = place.collect();
        failure
    }
}

/// Does work that makes runs on a separate thread, and abandons that thread when a run in it is stuck.
///
/// # Errors
/// When a run is stuck, or the thread can't be started.
pub(super) fn patiently<T: Send + 'static>(
    options: &RunOptions,
    work: impl FnOnce(&RunOptions) -> T + Send + 'static,
) -> Result<T, Stuck> {
    if options.patience == Patience::Endless {
        return Ok(work(options));
    }
    let pulse = Arc::new(Pulse::default());
    let mut watchman = Watchman::new(&pulse, options.patience);
    let options = RunOptions { pulse: Some(pulse), ..options.clone() };
    let (give, result) = bounded(1);
    let worker = threads::for_runs().spawn(move || {
        // Nobody takes it any more when it was stuck and went on after all.
        let _ = give.send(work(&options));
    });
    let worker = worker.expect("the machine starts a thread");
    loop {
        match result.recv_timeout(LOOKS_EVERY) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(stuck) = watchman.is_stuck() {
                    return Err(stuck);
                }
            }
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("it gives its result before it ends"),
            },
        }
    }
}
