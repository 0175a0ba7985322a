//! A log that strangers can't fill.

use parking_lot::Mutex;
use runtime::Instant;
use std::time::Duration;

const LINES_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_secs(10);

/// Lets ten lines through in ten seconds.
#[derive(Default)]
pub(super) struct LogLimit(Mutex<Window>);

#[derive(Default)]
struct Window {
    began: Option<Instant>,
    lines: u32,
    untold: u64,
}

impl LogLimit {
    /// If there may be a line now: how many there would have been since the last one.
    pub(super) fn next_line(&self) -> Option<u64> {
        let mut window = self.0.lock();
        let now = runtime::now();
        if window.began.is_none_or(|began| now.since(began) >= WINDOW) {
            (window.began, window.lines) = (Some(now), 0);
        }
        if window.lines == LINES_MAX {
            window.untold += 1;
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Simulation;

    #[test]
    fn ten_thousand_strangers_fill_no_log() {
        let finished = Simulation::new(1).run(async {
            let limit = LogLimit::default();
            let lines = (0..10_000).filter(|_| limit.next_line() == Some(0)).count();
            assert_eq!(lines, 10);
            runtime::sleep(WINDOW - Duration::from_millis(1)).await;
            assert_eq!(limit.next_line(), None);
            runtime::sleep(Duration::from_millis(1)).await;
            assert_eq!(limit.next_line(), Some(9_991), "it says how many were left out");
            assert_eq!(limit.next_line(), Some(0));
        });
        finished.result.unwrap();
    }
}
