//! What is said while a load goes on.

use crate::figures::Times;
use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

/// What was answered since somebody was told.
#[derive(Debug, Default)]
pub struct Lately {
    /// How long it took.
    pub answered: Times,
    /// How many operations failed.
    pub failed: u64,
}

/// Says on standard error, each second, what was answered in it.
pub async fn tell(lately: &RefCell<Lately>) -> Infallible {
    let began_at = runtime::now();
    for second in 1.. {
        runtime::sleep_until(began_at + Duration::from_secs(second)).await;
        let mut lately = lately.borrow_mut();
        eprintln!("{}", line(second, &lately));
        lately.answered.clear();
        lately.failed = 0;
    }
    unreachable!("there are always more seconds")
}

fn line(second: u64, Lately { answered, failed }: &Lately) -> String {
    let p99_ms = answered.quantile_us(0.99) as f64 / 1000.0;
    let failures = if *failed == 0 { String::new() } else { format!(", {failed} failed") };
    format!("{second:>4} s: {} answered, p99 {p99_ms:.2} ms{failures}", answered.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_was_answered_and_what_failed_if_anything_did() {
        let mut lately = Lately::default();
        assert_eq!(line(1, &lately), "   1 s: 0 answered, p99 0.00 ms");
        lately.answered.record(Duration::from_micros(1500));
        lately.failed = 2;
        assert_eq!(line(20, &lately), "  20 s: 1 answered, p99 1.50 ms, 2 failed");
    }
}
