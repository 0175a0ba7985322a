//! Lines in the order of time.
//!
//! Tasks write their lines nearly in that order, and what is found at the end belongs to earlier times. A trace
//! has its lines in order; so they are sorted when the run is over, and before a trace is read whose run never
//! came to its end.

use serde::Deserialize;
use std::borrow::Cow;

/// A trace with its events in the order of time, those of one time as they stand. A line that has no time, as
/// one that is not an event, stays after the line before it, for the reader to complain of.
pub(super) fn in_order(trace: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Timed {
        at: u64,
    }
    let Some((header, events)) = trace.split_once('\n') else { return Cow::Borrowed(trace) };
    let mut last = 0;
    let mut lines: Vec<(u64, &str)> = Vec::new();
    for line in events.lines() {
        last = serde_json::from_str(line).map_or(last, |Timed { at }| at);
        lines.push((last, line));
    }
    if lines.is_sorted_by_key(|(at, _)| *at) {
        return Cow::Borrowed(trace);
    }
    lines.sort_by_key(|(at, _)| *at);
    let mut ordered = String::with_capacity(trace.len() + 1);
    for line in std::iter::once(header).chain(lines.into_iter().map(|(_, line)| line)) {
        ordered.push_str(line);
        ordered.push('\n');
    }
    Cow::Owned(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_by_their_times_and_keep_their_order_at_one() {
        let trace = "{\"schema\":1}\n{\"at\":5,\"a\":1}\n{\"at\":3}\n{\"at\":5,\"a\":2}\n{\"at\":4}\nnonsense\n";
        let ordered = "{\"schema\":1}\n{\"at\":3}\n{\"at\":4}\nnonsense\n{\"at\":5,\"a\":1}\n{\"at\":5,\"a\":2}\n";
        assert_eq!(in_order(trace), ordered);
        assert!(matches!(in_order(ordered), Cow::Borrowed(_)));
        assert_eq!(in_order(""), "");
    }
}
