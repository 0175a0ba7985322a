//! Failures are recorded and shrunk on a separate thread; meanwhile runs go on, and their results are shown.

use super::keep::{Keeper, Wanted};
use harness::ShrinkProgress;
use harness::record::Texts;
use labtrace::RunRecord;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// How often the progress is checked when nothing else is left to do.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// A failure that is being shrunk.
#[derive(Clone, Copy)]
pub(super) struct Shrinks {
    /// The place of its test in the plan.
    pub(super) place: usize,
    pub(super) seed: u64,
    pub(super) progress: ShrinkProgress,
}

/// A failure to be kept.
struct Failed {
    wanted: Wanted,
    record: RunRecord,
    /// For a Raft whose runs may differ, the recording made during the run.
    recording: Option<Arc<Texts>>,
}

/// The thread that keeps failures.
pub(super) struct Keeping<'scope, 'a> {
    failures: Sender<Failed>,
    now: Arc<Mutex<Option<Shrinks>>>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
    thread: ScopedJoinHandle<'scope, Keeper<'a>>,
}

impl<'scope, 'a: 'scope> Keeping<'scope, 'a> {
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        mut keeper: Keeper<'a>,
    ) -> Keeping<'scope, 'a> {
        let (failures, waiting) = mpsc::channel::<Failed>();
        let now = Arc::new(Mutex::new(None));
        let shown = Arc::clone(&now);
        let (ends, ended) = mpsc::channel();
        let thread = scope.spawn(move || {
            let _ends: Sender<()> = ends;
            for Failed { wanted, record, recording } in waiting {
                let (place, seed) = (wanted.place, record.seed);
                keeper.keep(&wanted, &record, recording.as_deref(), &mut |progress| {
                    *shown.lock() = Some(Shrinks { place, seed, progress });
                });
                *shown.lock() = None;
            }
            keeper
        });
        Keeping { failures, now, ended, thread }
    }

    /// Keeps a failure, after those that were given before.
    pub(super) fn keep(&self, wanted: Wanted, record: RunRecord, recording: Option<Arc<Texts>>) {
        // It is taken unless the thread has panicked, and then `end` does.
        let _ = self.failures.send(Failed { wanted, record, recording });
    }

    /// What is being shrunk, if anything.
    pub(super) fn now(&self) -> Option<Shrinks> {
        *self.now.lock()
    }

    /// Waits until all are kept, and reports progress meanwhile.
    pub(super) fn end(self, tell: &mut dyn FnMut(Shrinks)) -> Keeper<'a> {
        let Keeping { failures, now, ended, thread } = self;
        drop(failures);
        while ended.recv_timeout(LOOKS_EVERY) == Err(RecvTimeoutError::Timeout) {
            if let Some(shrinks) = *now.lock() {
                tell(shrinks);
            }
        }
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::super::interrupt::Interrupt;
    use super::*;
    use crate::replay_line::Replay;
    use harness::pool::{Plan, Seeds, Shard};
    use harness::{Implementation, MakeArgs, Peer, RunOptions, all_tests, run_one};

    /// A Raft that can't be made, and that can be stopped while it says so.
    struct Held(Arc<Mutex<()>>);

    impl Implementation for Held {
        fn name(&self) -> &str {
            "held"
        }

        fn make(&self, _args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
            let _passes = self.0.lock();
            anyhow::bail!("there is none")
        }
    }

    #[test]
    fn who_gives_a_failure_does_not_wait_until_it_is_kept() {
        let gate = Arc::new(Mutex::new(()));
        let raft: Arc<dyn Implementation> = Arc::new(Held(Arc::clone(&gate)));
        let test = all_tests().iter().find(|test| test.name == "explore::network").unwrap();
        let plan = Plan {
            tests: vec![*test],
            seeds: Seeds::new(1, 1),
            shard: Shard::WHOLE,
            jobs: 1,
            fail_fast: true,
            options: RunOptions::default(),
        };
        let root = tempfile::tempdir().unwrap();
        let replay = Replay::of_this_program(false);
        let outcome = run_one(test, 1, &raft, &plan.options);
        let record = outcome.record("held", String::new());
        let keeper = Keeper::new(root.path(), &plan, &raft, &replay, 3, Interrupt::default());
        let mut choice = keeper.choice();
        std::thread::scope(|scope| {
            let keeping = Keeping::start(scope, keeper);
            let held = gate.lock();
            let wanted = choice.failed(0, &record, None).unwrap();
            keeping.keep(wanted, record.clone(), None);
            // The run is repeated to be recorded, and that can't end yet.
            assert!(!keeping.thread.is_finished());
            drop(held);
            let keeper = keeping.end(&mut |_| {});
            let kept = keeper.kept(0, 1).expect("it is kept");
            assert!(kept.folder.join("report.txt").exists());
        });
    }
}
