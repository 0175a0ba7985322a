//! Jepsen's text logs: process, type, function and value of an event, and before them, in a log of the
//! whole test, when and where it was said.
//!
//! ```text
//! 0 :invoke :write 3
//! INFO  jepsen.util - 0 :ok :write 3
//! 2026-11-26 20:00:00,123{GMT} INFO [jepsen worker 1] jepsen.util: 1 :invoke :read nil
//! ```

use super::{Opened, jepsen};
use crate::edn::{EdnReader, name};
use crate::line::{EVENT_BYTES_MAX, Found, Kind, Line, LineProblem};

/// Who breaks things.
const NEMESIS: &str = ":nemesis";

/// How many lines may come before the first event.
const LINES_BEFORE: usize = 10_000;

pub(super) fn accepts(text: &str) -> bool {
    text.lines().take(LINES_BEFORE).any(|line| Words::of(line).is_some())
}

pub(super) fn open(text: &str) -> Opened<'_> {
    let lines = || text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let has_pairs = jepsen::has_pairs(lines().map(|(line, _)| read(line)));
    let found = lines().map(move |(line, number)| match read(line) {
        Ok(Found::Line(event)) if has_pairs => (number, jepsen::take_apart(event).map(Found::Line)),
        found => (number, found),
    });
    Opened { missing_is_empty: None, initial: None, found: Box::new(found) }
}

/// The parts of a line with an event.
struct Words<'t> {
    process: &'t str,
    kind: Kind,
    f: &'t str,
    /// The value, and what went wrong.
    rest: &'t str,
}

impl<'t> Words<'t> {
    /// Nothing if the line has something else.
    fn of(line: &'t str) -> Option<Words<'t>> {
        let mut from = 0;
        loop {
            let colon = from + line[from..].find(':')?;
            from = colon + 1;
            let (before, at) = line.split_at(colon);
            let Some((kind, rest)) = kind(&at[1..]) else { continue };
            let Some(process) = before.split_whitespace().next_back() else { continue };
            let (f, rest) = match rest.trim_start().split_once(char::is_whitespace) {
                Some((f, rest)) => (f, rest),
                None => (rest.trim_start(), ""),
            };
            let is_process = process == NEMESIS || process.parse::<u64>().is_ok();
            if !before.ends_with(char::is_whitespace) || !is_process {
                continue;
            }
            let f = f.strip_prefix(':').filter(|f| !f.is_empty())?;
            return Some(Words { process, kind, f, rest });
        }
    }
}

/// The kind of event that a text begins with, as a word of its own, and what comes after it.
fn kind(text: &str) -> Option<(Kind, &str)> {
    ["invoke", "ok", "fail", "info"].into_iter().find_map(|word| {
        let rest = text.strip_prefix(word)?;
        let is_whole = rest.chars().next().is_none_or(char::is_whitespace);
        Kind::named(word).filter(|_| is_whole).map(|kind| (kind, rest))
    })
}

fn read(line: &str) -> Result<Found, LineProblem> {
    if line.len() > EVENT_BYTES_MAX {
        return Err(LineProblem::TooLong);
    }
    let Some(Words { process, kind, f, rest }) = Words::of(line) else { return Ok(Found::Other) };
    let Ok(process) = process.parse() else { return Ok(Found::Nemesis) };
    let value = EdnReader::new(rest).value()?;
    let f = name(&f.into());
    Ok(Found::Line(Line { at: None, process, kind, f, key: None, value, version: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_of_colons_takes_no_longer_than_others() {
        assert_eq!(read(&":ok:".repeat(EVENT_BYTES_MAX / 4)).unwrap(), Found::Other);
    }

    #[test]
    fn events_are_found_in_logs_of_all_ages() {
        let event = |process, kind, f: &str, value| {
            let f = f.to_owned();
            Found::Line(Line { at: None, process, kind, f, key: None, value, version: None })
        };
        for (line, expected) in [
            ("0\t:invoke\t:write\t3", event(0, Kind::Invoke, "write", Some(json!(3)))),
            (
                "INFO  jepsen.util - 4\t:ok\t:cas\t[1 2]",
                event(4, Kind::Ok, "cas", Some(json!([1, 2]))),
            ),
            (
                "2026-11-26 20:00:00,123{GMT}\tINFO\t[jepsen worker 1] jepsen.util: 1\t:fail\t:read\tnil\t:timeout",
                event(1, Kind::Fail, "read", Some(json!(null))),
            ),
            ("7 :info :dequeue", event(7, Kind::Info, "dequeue", None)),
            (":nemesis\t:info\t:start\tnil", Found::Nemesis),
            ("INFO jepsen.core - Running test: :invoke of nothing", Found::Other),
            ("{:process 0, :type :invoke, :f :read}", Found::Other),
            ("Everything looks good!", Found::Other),
        ] {
            assert_eq!(read(line).unwrap(), expected, "{line}");
        }
    }
}
