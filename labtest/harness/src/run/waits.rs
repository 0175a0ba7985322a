//! Whether a simulated run has waited for something real, such as `std::thread::sleep`: it stays correct and
//! becomes hundreds of times slower.

use std::time::Duration;

/// Shorter runs are not worth a word.
const LONG: Duration = Duration::from_millis(100);
/// A run that does not wait waits a few times all the same, for memory.
const WAITS_MAX: u64 = 20;

/// How often this thread had waited when a run began, where that is known.
pub(super) struct Waits(Option<u64>);

impl Waits {
    /// Of a run that begins now, on this thread.
    pub(super) fn begin() -> Waits {
        Waits(waits_of_this_thread())
    }

    /// What to report about the run, which took `wall_time`. What the thread did before it does not count.
    pub(super) fn warning(&self, wall_time: Duration) -> Option<String> {
        if wall_time < LONG {
            return None;
        }
        let waits = waits_of_this_thread()?.saturating_sub(self.0?);
        (waits > WAITS_MAX).then(|| {
            format!(
                "this run has waited {waits} times for something real, and took {:.1} s: perhaps \
                 std::thread::sleep (use runtime::sleep), a lock or a channel of the standard library",
                wall_time.as_secs_f64()
            )
        })
    }
}

/// How often the thread has given its core away by itself.
#[cfg(target_os = "linux")]
fn waits_of_this_thread() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    usage.voluntary_context_switches().try_into().ok()
}

#[cfg(not(target_os = "linux"))]
fn waits_of_this_thread() -> Option<u64> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[allow(clippy::disallowed_methods)] // Real waits are what is counted.
    fn wait() {
        (0..2 * WAITS_MAX).for_each(|_| std::thread::sleep(Duration::from_micros(10)));
    }

    #[test]
    fn only_what_a_long_run_itself_waits_for_is_told() {
        wait();
        let waits = Waits::begin();
        assert_eq!(waits.warning(LONG), None, "the waits of runs before it");
        wait();
        let told = waits.warning(LONG).expect("a warning");
        assert!(told.contains("times for something real, and took 0.1 s"), "{told}");
        assert_eq!(waits.warning(LONG / 2), None, "a short run");
    }
}
