//! How runs of a seed differ that should be one run: two of them are recorded and compared event by
//! event.

use harness::{Implementation, NOT_REPEATABLE, RunOptions, RunOutcome, Runnable, record_in_memory};
use labreport::{Difference, Side, first_difference};
use labtrace::report::{DifferenceRecord, SideRecord};
use labtrace::{RunRecord, seconds_exact};
use std::sync::Arc;

/// How many more runs are made to find one that differs from the first recorded one.
const RUNS_MAX: usize = 10;

/// What makes runs of a seed differ, mostly.
const SUSPECTS: &str = "the order of a HashMap or HashSet, rand, std::time::Instant or SystemTime, \
    threads, an address or a capacity in anything that decides";

/// The same in other languages, where it is the line of a program that differs.
const SUSPECTS_OF_PROGRAMS: &str = "clocks, chance that is not drawn from the `seed` of `init`, threads, and \
    whatever goes through a set or a map in the order of hashes or addresses";

/// What comparing has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Events differ.
    Events(Difference),
    /// All events are the same, but not the hash.
    HashAlone,
    /// Nothing differed any more.
    NotAgain,
}

/// A recorded run, which is compared with others of its seed.
pub(crate) struct Comparison<'a> {
    pub(crate) what: Runnable<'a>,
    pub(crate) seed: u64,
    pub(crate) implementation: &'a Arc<dyn Implementation>,
    pub(crate) options: &'a RunOptions,
    pub(crate) outcome: &'a RunOutcome,
    pub(crate) trace: &'a str,
}

/// Whether the run was made twice, and the two were different.
pub(crate) fn differed(record: &RunRecord) -> bool {
    record.failure.as_ref().is_some_and(|failure| failure.message == NOT_REPEATABLE)
}

/// Records the seed of an outcome that differed, and looks for how.
pub(crate) fn of_seed(
    what: Runnable<'_>,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Finding {
    let first = record_in_memory(&what, seed, implementation, options);
    let (outcome, trace) = (&first.outcome, &first.trace);
    Comparison { what, seed, implementation, options, outcome, trace }.make()
}

impl Comparison<'_> {
    /// Makes the run again until it is another one, and compares.
    pub(crate) fn make(&self) -> Finding {
        let Comparison { what, seed, implementation, options, outcome, trace } = self;
        let mut found = Finding::NotAgain;
        for _ in 0..RUNS_MAX {
            let again = record_in_memory(what, *seed, implementation, options);
            // A trace that was just written can be read.
            match first_difference(trace, &again.trace).ok().flatten() {
                Some(difference) => return Finding::Events(difference),
                None if !again.outcome.is_same_run(outcome) => found = Finding::HashAlone,
                None => {}
            }
        }
        found
    }
}

impl Finding {
    /// What was found, a line each, and what to look for.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = match self {
            Finding::Events(Difference { event, one, other }) => vec![
                format!("two runs of the seed are the same up to event {event}, which is"),
                format!("  in one:       {}", side(one.as_ref())),
                format!("  in the other: {}", side(other.as_ref())),
            ],
            Finding::HashAlone => vec![
                "two runs of the seed differ, but no recorded event does: messages have other \
                 bytes, or tasks took other turns: another order, or more of them"
                    .to_owned(),
            ],
            Finding::NotAgain => {
                vec![format!("it happens rarely: the next {RUNS_MAX} runs were all the same")]
            }
        };
        lines.push(format!("look for {}", self.suspects()));
        lines
    }

    fn suspects(&self) -> &'static str {
        match self {
            Finding::Events(Difference { one: Some(Side { is_line: true, .. }), .. }) => {
                SUSPECTS_OF_PROGRAMS
            }
            _ => SUSPECTS,
        }
    }

    /// As `report.json` has it.
    pub(crate) fn record(&self) -> DifferenceRecord {
        let side = |side: &Side| {
            let Side { at, server, ref text, .. } = *side;
            SideRecord { at, server, text: text.clone() }
        };
        let lines = self.lines();
        match self {
            Finding::Events(Difference { event, one, other }) => DifferenceRecord {
                event: Some(*event as u64),
                one: one.as_ref().map(side),
                other: other.as_ref().map(side),
                lines,
            },
            Finding::HashAlone | Finding::NotAgain => {
                DifferenceRecord { event: None, one: None, other: None, lines }
            }
        }
    }
}

fn side(side: Option<&Side>) -> String {
    match side {
        Some(Side { at, text, .. }) => format!("{}  {text}", seconds_exact(*at)),
        None => "nothing more happens".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_with_times_and_suspects() {
        let text = "server 1 applies".to_string();
        let one = Side { at: 151_204_000, server: Some(1), text, is_line: false };
        let found = Finding::Events(Difference { event: 17, one: Some(one), other: None });
        let lines = found.lines();
        assert_eq!(lines[0], "two runs of the seed are the same up to event 17, which is");
        assert_eq!(lines[1], "  in one:       0.151204 s  server 1 applies");
        assert_eq!(lines[2], "  in the other: nothing more happens");
        assert!(lines[3].starts_with("look for the order of a HashMap"));
        assert_eq!(found.record().event, Some(17));
        assert!(Finding::HashAlone.lines()[0].contains("no recorded event does"));
    }
}
