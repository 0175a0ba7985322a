//! Threads: those that runs are made on, and those that code under test has started and left behind. What
//! such a thread does comes at another moment in each run of a seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What the names of all threads begin with that are started to make runs.
const PREFIX: &str = "run ";

/// A thread for runs. Its name is no other thread's, unless that one was started here: a thread without a
/// name has, for the system, that of the thread that started it.
pub(crate) fn for_runs() -> thread::Builder {
    static THREADS: AtomicU64 = AtomicU64::new(0);
    let number = THREADS.fetch_add(1, Ordering::Relaxed);
    thread::Builder::new().name(format!("{PREFIX}{number}"))
}

/// How many threads the process had when a run began, where that is known.
pub(super) struct Threads(Option<u64>);

impl Threads {
    /// Of a run that begins now, on this thread.
    pub(super) fn begin() -> Threads {
        Threads(seen::all())
    }

    /// What to tell of the run, which is over.
    pub(super) fn warning(&self) -> Option<String> {
        // A look at each is worth it only if there are more than before.
        if seen::all()? <= self.0? {
            return None;
        }
        let count = seen::left_behind()?;
        let (threads, go) = if count == 1 { ("a thread", "goes") } else { ("threads", "go") };
        Some(format!(
            "this run has started {threads} that {go} on after its end: code under test must not start \
             threads, but tasks with runtime::spawn, or runs of one seed differ"
        ))
    }
}

#[cfg(target_os = "linux")]
mod seen {
    use super::PREFIX;
    use std::cell::Cell;
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::thread;

    const TASKS: &str = "/proc/self/task";

    thread_local! {
        /// How many threads earlier runs on this one left over.
        static KNOWN: Cell<usize> = const { Cell::new(0) };
    }

    /// How many threads there are: the folder of all has a link from each, and two of its own.
    pub(super) fn all() -> Option<u64> {
        Some(fs::metadata(TASKS).ok()?.nlink())
    }

    /// How many threads that were started on this one go on, and had not been told before. `None` when
    /// there are none, and on a thread whose name others may have.
    pub(super) fn left_behind() -> Option<usize> {
        let name = thread::current().name()?.to_owned();
        if !name.starts_with(PREFIX) {
            return None;
        }
        let is_named = |task: fs::DirEntry| {
            // A thread that has ended meanwhile has no file.
            let known = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            known.trim_end() == name
        };
        let named = fs::read_dir(TASKS).ok()?.flatten().map(is_named);
        let others = named.filter(|is_named| *is_named).count().saturating_sub(1);
        let before = KNOWN.replace(others);
        (others > before).then(|| others - before)
    }
}

#[cfg(not(target_os = "linux"))]
mod seen {
    pub(super) fn all() -> Option<u64> {
        None
    }

    pub(super) fn left_behind() -> Option<usize> {
        None
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods)] // Threads are what is looked for.
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn only_threads_that_a_run_has_left_behind_are_told() {
        let run = || {
            let ((end, ending), (else_, elsewhere)) = (channel::<()>(), channel::<()>());
            let run = Threads::begin();
            thread::spawn(|| {}).join().expect("it ends");
            assert_eq!(run.warning(), None, "it has ended");

            let run = Threads::begin();
            // One of somebody else, once it has its name.
            let (begin, begun) = channel::<()>();
            let other = thread::Builder::new().name("other".to_owned()).spawn(move || {
                drop(begin);
                assert!(elsewhere.recv().is_err());
            });
            let other = other.expect("a thread");
            assert!(begun.recv().is_err());
            let thread = thread::spawn(move || assert!(ending.recv().is_err()));
            let told = run.warning().expect("a warning");
            assert!(told.contains("started a thread that goes on after its end"), "{told}");

            let next = Threads::begin();
            assert_eq!(next.warning(), None, "an earlier run has left it behind");
            drop((end, else_));
            thread.join().and_then(|()| other.join()).expect("they end");
        };
        for_runs().spawn(run).expect("a thread").join().expect("as told");
    }
}
