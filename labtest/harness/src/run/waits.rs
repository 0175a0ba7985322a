//! Whether a simulated run has waited for something real, such as `std::thread::sleep`: it stays correct and
//! becomes hundreds of times slower.

use std::cell::Cell;
use std::time::Duration;

/// Shorter runs are not looked at: looking costs a hundredth of such a run.
const LONG: Duration = Duration::from_millis(100);
/// A run that does not wait waits a few times all the same: for memory, for whoever takes its result.
const WAITS_MAX: u64 = 20;

thread_local! {
    /// How often this thread had waited when somebody looked last.
    static SEEN: Cell<u64> = const { Cell::new(0) };
}

/// What to tell of a run on this thread that took `wall_time`.
pub(super) fn warning(wall_time: Duration) -> Option<String> {
    if wall_time < LONG {
        return None;
    }
    let waits = waits_of_this_thread()?;
    let since_look = waits.saturating_sub(SEEN.replace(waits));
    (since_look > WAITS_MAX).then(|| {
        format!(
            "this run has waited {since_look} times for something real, and took {:.1} s: perhaps \
             std::thread::sleep (use runtime::sleep), a lock or a channel of the standard library",
            wall_time.as_secs_f64()
        )
    })
}

/// How often the thread has given its core away by itself.
#[cfg(target_os = "linux")]
fn waits_of_this_thread() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    count.trim().parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn waits_of_this_thread() -> Option<u64> {
    None
}
