//! What servers logged, as far as a page has room for it.

use super::super::run::Run;
use serde::Serialize;

/// The most bytes of log lines in a page, of all servers together.
const BYTES_MAX: usize = 2_000_000;
/// The most characters of a line; the rest is cut.
const LINE_CHARACTERS_MAX: usize = 600;
/// What a line costs beside its text.
const LINE_BYTES: usize = 20;

/// The log of a server, or the part of it that matters most.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct LogData<'a> {
    /// How many lines there are in all.
    total: usize,
    lines: Vec<(u64, &'a str)>,
}

/// What the page gets of the logs: where that is not all, it is what is nearest to the first failure, or to
/// the end where none was found.
pub(super) fn log_data<'a>(logs: &'a [String], run: &Run) -> Vec<LogData<'a>> {
    let focus = run.failures.first().map_or(run.end_at, |failure| failure.at);
    let share = BYTES_MAX / logs.len().max(1);
    let log = |text: &'a String| {
        let lines = timed(text);
        let total = lines.len();
        LogData { total, lines: nearest(&lines, focus, share).to_vec() }
    };
    logs.iter().take(run.header.servers).map(log).collect()
}

/// The lines with their times; one without a time, as of a panic over several lines, has that of the line
/// before.
fn timed(text: &str) -> Vec<(u64, &str)> {
    let mut last = 0;
    let line = |line: &'_ str| -> Option<u64> {
        let (seconds, part) = line.split_once(' ')?.0.split_once('.')?;
        let part: String = format!("{part:0<9}").chars().take(9).collect();
        let nanoseconds: u64 = part.parse().ok()?;
        seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
    };
    let mut lines = Vec::new();
    for whole in text.lines() {
        let at = line(whole);
        let rest = at.and_then(|_| whole.split_once(' ')).map_or(whole, |(_, rest)| rest);
        last = at.unwrap_or(last);
        let end = rest.char_indices().nth(LINE_CHARACTERS_MAX).map_or(rest.len(), |(end, _)| end);
        lines.push((last, &rest[..end]));
    }
    lines
}

/// As many lines around a time as fit.
fn nearest<'a, 'b>(lines: &'b [(u64, &'a str)], focus: u64, bytes: usize) -> &'b [(u64, &'a str)] {
    let cost = |place: usize| lines[place].1.len() + LINE_BYTES;
    let middle = lines.partition_point(|(at, _)| *at < focus);
    let (mut from, mut to, mut room) = (middle, middle, bytes);
    loop {
        // In turns, and from one side alone where the other is at its end.
        let goes_back = from > 0 && (to == lines.len() || middle - from <= to - middle);
        let next = match goes_back {
            true => from - 1,
            false if to < lines.len() => to,
            false => break,
        };
        match room.checked_sub(cost(next)) {
            Some(left) => room = left,
            None => break,
        }
        if goes_back { from -= 1 } else { to += 1 }
    }
    &lines[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_times_and_those_without_that_of_the_line_before() {
        let text = "0.000001 starts\n12.5 leads\nat main.rs\n1.x no time\n";
        let expected = [
            (1_000, "starts"),
            (12_500_000_000, "leads"),
            (12_500_000_000, "at main.rs"),
            (12_500_000_000, "1.x no time"),
        ];
        assert_eq!(timed(text), expected);
        let long = format!("1.0 {}", "ü".repeat(2 * LINE_CHARACTERS_MAX));
        assert_eq!(timed(&long)[0].1.chars().count(), LINE_CHARACTERS_MAX);
    }

    #[test]
    fn what_is_nearest_to_the_failure_is_kept() {
        let lines: Vec<(u64, &str)> = (0..100).map(|at| (at, "x")).collect();
        let kept = |focus, count: usize| {
            let kept = nearest(&lines, focus, count * (LINE_BYTES + 1));
            (kept[0].0, kept[kept.len() - 1].0)
        };
        assert_eq!(kept(50, 10), (45, 54));
        assert_eq!(kept(0, 10), (0, 9));
        assert_eq!(kept(1_000, 10), (90, 99));
        assert_eq!(kept(98, 1_000), (0, 99));
        assert!(nearest(&[], 5, 100).is_empty());
    }
}
