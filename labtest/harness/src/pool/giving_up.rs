//! When the remaining seeds of a test are skipped, because there is nothing more to learn from them.

use crate::{RunOutcome, Verdict, property};

/// How many stuck runs of a test are enough: each costs a minute and a thread.
const STUCK_MAX: u32 = 2;
/// How many runs of a test that all fail alike are enough.
const ALIKE_MAX: u32 = 10;

/// Why the other seeds of a test are not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Two runs were stuck.
    Stuck,
    /// Not one has passed, and ten have broken the same property. A test that fails from time to time is run to
    /// its end, so that its failure rate is not that of a selection.
    FailAlike,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::Stuck => f.write_str("runs are stuck"),
            Why::FailAlike => write!(f, "the first {ALIKE_MAX} runs fail alike"),
        }
    }
}

/// How the runs of one test have ended so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    stuck: u32,
    /// The property that all have broken, and how many have.
    alike: Option<(&'static str, u32)>,
    /// Some run has ended in another way than the others.
    is_mixed: bool,
}

impl Tally {
    /// A run has ended.
    pub fn add(&mut self, outcome: &RunOutcome) {
        let Verdict::Failed(failure) = &outcome.verdict else {
            self.is_mixed = true;
            return;
        };
        self.stuck += u32::from(failure.property == property::STUCK);
        let (first, count) = self.alike.unwrap_or((failure.property, 0));
        self.is_mixed |= first != failure.property;
        self.alike = Some((first, count + 1));
    }

    /// Why the other seeds need not be run. With `fail_fast` that they would fail alike is enough.
    pub fn verdict(&self, fail_fast: bool) -> Option<Why> {
        let fail_alike = fail_fast && !self.is_mixed;
        match self.alike {
            _ if self.stuck >= STUCK_MAX => Some(Why::Stuck),
            Some((_, count)) if fail_alike && count >= ALIKE_MAX => Some(Why::FailAlike),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;
    use labtrace::Measures;
    use std::time::Duration;

    fn tally<'a>(verdicts: impl IntoIterator<Item = &'a str>) -> Tally {
        let mut tally = Tally::default();
        for property in verdicts {
            let known = property::ALL.iter().find(|known| known.name == property);
            let failed = known.map(|known| Failure::noticed_at(Duration::ZERO, known.name, "no"));
            tally.add(&RunOutcome {
                test: "4A::initial_election",
                seed: 1,
                verdict: failed.map_or(Verdict::Passed, Verdict::Failed),
                trace_hash: 0,
                virtual_time: Duration::ZERO,
                wall_time: Duration::ZERO,
                measures: Measures::default(),
                warnings: Vec::new(),
                coverage: None,
                steps: 0,
                backtrace: None,
                was_repeated: false,
                recording: None,
                made: None,
            });
        }
        tally
    }

    #[test]
    fn a_test_that_only_fails_is_given_up() {
        let leader = property::LEADER_EXISTS;
        assert_eq!(tally([leader; 9]).verdict(true), None);
        assert_eq!(tally([leader; 10]).verdict(true), Some(Why::FailAlike));
        assert_eq!(tally([leader; 10]).verdict(false), None, "all are wanted");
    }

    #[test]
    fn a_test_that_fails_now_and_then_or_in_several_ways_is_not() {
        let leader = property::LEADER_EXISTS;
        let but_one = |other| std::iter::once(other).chain([leader; 50]);
        assert_eq!(tally(but_one("passed")).verdict(true), None);
        assert_eq!(tally(but_one(property::PANIC)).verdict(true), None);
    }

    #[test]
    fn two_stuck_runs_are_enough_in_any_case() {
        let runs = |stuck| [property::STUCK; 2].into_iter().take(stuck).chain(["passed"]);
        assert_eq!(tally(runs(1)).verdict(true), None);
        assert_eq!(tally(runs(2)).verdict(true), Some(Why::Stuck));
        assert_eq!(tally(runs(2)).verdict(false), Some(Why::Stuck));
    }
}
