//! Moments of a run, in words.

/// A moment for people, `2.104 s`: nanoseconds as seconds, rounded to milliseconds. Every text of a run says it
/// this way, so that one moment reads the same everywhere.
pub fn seconds(at_ns: u64) -> String {
    let milliseconds = at_ns.saturating_add(500_000) / 1_000_000;
    format!("{}.{:03} s", milliseconds / 1_000, milliseconds % 1_000)
}

/// A moment to the microsecond, `2.104031 s`: where neighbours have to be told apart.
pub fn seconds_exact(at_ns: u64) -> String {
    format!("{}.{:06} s", at_ns / 1_000_000_000, at_ns % 1_000_000_000 / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_to_milliseconds() {
        assert_eq!(seconds(0), "0.000 s");
        assert_eq!(seconds(1_234_567_890), "1.235 s");
        assert_eq!(seconds(999_999_999), "1.000 s");
        assert_eq!(seconds(u64::MAX), "18446744073.709 s");
    }

    #[test]
    fn to_the_microsecond_nothing_is_rounded() {
        assert_eq!(seconds_exact(0), "0.000000 s");
        assert_eq!(seconds_exact(1_234_567_890), "1.234567 s");
    }
}
