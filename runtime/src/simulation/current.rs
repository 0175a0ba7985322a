//! The simulation that runs on this thread, if there is one.

use super::executor::Executor;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;

thread_local! {
    /// [`Installed`] takes out what it has put in. Without a destructor nobody who looks has to ask whether
    /// it is still to be run, and a future may be dropped while the thread ends, after its thread-locals.
    static CURRENT: ManuallyDrop<RefCell<Option<Rc<Executor>>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
    /// How many runs there have been on this thread, to tell the handles of one run from another's.
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

/// Calls `f` with the simulation on this thread, if there is one.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Executor) -> R) -> Option<R> {
    // `with` would not be inlined.
    CURRENT.try_with(|current| current.borrow().as_deref().map(f)).ok().flatten()
}

/// Whether the caller runs inside a [`Simulation`](crate::Simulation).
pub fn is_simulated() -> bool {
    with(|_| ()).is_some()
}

/// Runs `f`, and names what it does should it panic.
pub fn doing<R>(what: &'static str, f: impl FnOnce() -> R) -> R {
    let before = with(|executor| executor.doing.replace(Some(what)));
    let result = f();
    if let Some(before) = before {
        with(|executor| executor.doing.set(before));
    }
    result
}

/// Has the observer called after every step of the simulation, with the
/// [`Node::id`](crate::Node::id) of the node that acted: one of its tasks ran, or one of its events
/// happened. Steps of the node "main" are not shown. The observer is called on
/// "main" and must not change anything that the run depends on. It replaces the observer before it.
/// Does nothing outside a simulation.
pub fn observe_steps(observer: impl Fn(u64) + 'static) {
    with(|executor| {
        executor.observe_steps(Box::new(move |node| observer(u64::from(node))));
    });
}

/// A thread that never runs simulations has no business with one. One that does may still have something
/// of a run that is over, which it may use and drop.
///
/// # Panics
/// On such a thread.
pub(crate) fn assert_is_not_foreign() {
    // Destructors must not panic while a panic unwinds.
    assert!(
        RUNS.get() > 0 || std::thread::panicking(),
        "something of a simulation was used on another thread than its own: code under test must not \
         start threads, but tasks with runtime::spawn"
    );
}

/// A number for a new run, different from those of the runs before it on this thread.
pub(super) fn next_run() -> u32 {
    let run = RUNS.get().wrapping_add(1);
    RUNS.set(run);
    run
}

/// Makes the executor the thread's own until the guard is dropped.
pub(crate) struct Installed;

impl Installed {
    pub(crate) fn new(executor: Rc<Executor>) -> Installed {
        CURRENT.with(|current| {
            let mut current = current.borrow_mut();
            assert!(current.is_none(), "a simulation can't run inside another one");
            *current = Some(executor);
        });
        Installed
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        CURRENT.with(|current| current.take());
    }
}
