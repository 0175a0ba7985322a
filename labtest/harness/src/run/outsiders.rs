//! Threads that the code under test has started: what happens on them is not part of the run, does not repeat,
//! and would go unseen.

use super::simulated::with_its_place;
use parking_lot::Mutex;
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

thread_local! {
    /// Whether runs are made on this thread.
    static MAKES_RUNS: Cell<bool> = const { Cell::new(false) };
}

/// How many panics there were on threads that make no runs, and the last one.
static PANICS: AtomicU64 = AtomicU64::new(0);
static LAST: Mutex<Option<Panic>> = Mutex::new(None);

/// A panic on a thread that makes no runs.
#[derive(Clone)]
pub(super) struct Panic {
    pub(super) said: String,
    /// Taking it is quick; putting it into words is not.
    pub(super) backtrace: Arc<Backtrace>,
}

/// Looks for panics of threads of the code under test while a run goes on.
pub(super) struct Outsiders {
    panics: u64,
}

impl Outsiders {
    /// A run begins on this thread.
    pub(super) fn watch() -> Outsiders {
        static HOOK: Once = Once::new();
        HOOK.call_once(note_panics);
        is_an_insider();
        Outsiders { panics: PANICS.load(Ordering::Relaxed) }
    }

    /// What a thread has panicked with since. It is unknown which run started it: of several that go on at
    /// once, each is notified.
    pub(super) fn panicked(&self) -> Option<Panic> {
        let more = PANICS.load(Ordering::Relaxed) > self.panics;
        more.then(|| LAST.lock().clone()).flatten()
    }
}

/// Runs are made on this thread.
pub(super) fn is_an_insider() {
    MAKES_RUNS.set(true);
}

fn note_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !MAKES_RUNS.get() && !runtime::is_simulated() {
            let said = with_its_place(&info.to_string());
            let backtrace = Arc::new(Backtrace::force_capture());
            *LAST.lock() = Some(Panic { said, backtrace });
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        before(info);
    }));
}
