//! What is seen while runs go on: a table that moves on a terminal, a line now and then elsewhere.

use super::table::{duration, grouped};
use crate::runner::Plan;
use crate::summary::{Summary, TestSummary};
use crate::wall::Stopwatch;
use crate::{RunOutcome, Verdict};
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

/// Without a terminal, how often a line says how far it is.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// So many failures are shown as they come; all are in the report at the end.
const FAILURES_SHOWN: u64 = 20;

/// Shows progress.
pub(super) enum Live {
    /// Nothing but the result is wanted.
    Quiet,
    /// A row that moves for each test, and one for all.
    Terminal(Box<Rows>),
    /// A line now and then.
    Lines { last: Stopwatch, started: Stopwatch, runs: u64 },
}

/// The rows on a terminal.
pub(super) struct Rows {
    screen: MultiProgress,
    tests: Vec<ProgressBar>,
    total: ProgressBar,
}

impl Live {
    pub(super) fn new(plan: &Plan, quiet: bool, is_terminal: bool) -> Live {
        if quiet {
            Live::Quiet
        } else if is_terminal {
            Live::Terminal(Box::new(Rows::new(plan)))
        } else {
            Live::Lines { last: Stopwatch::start(), started: Stopwatch::start(), runs: plan.runs() }
        }
    }

    /// An outcome came in.
    pub(super) fn show(
        &mut self,
        place: usize,
        outcome: &RunOutcome,
        summary: &Summary,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        let failure = failure_line(outcome, summary.tests[place].failed);
        match self {
            Live::Quiet => Ok(()),
            Live::Terminal(rows) => rows.show(place, &summary.tests[place], failure),
            Live::Lines { last, started, runs } => {
                if let Some(failure) = failure {
                    writeln!(output, "{failure}")?;
                }
                if last.elapsed() >= LINE_INTERVAL {
                    *last = Stopwatch::start();
                    writeln!(
                        output,
                        "{}",
                        progress_line(&summary.total(), *runs, started.elapsed())
                    )?;
                }
                Ok(())
            }
        }
    }

    /// Clears the screen for the result.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Live::Terminal(rows) => rows.screen.clear(),
            Live::Quiet | Live::Lines { .. } => Ok(()),
        }
    }
}

fn failure_line(outcome: &RunOutcome, failed_so_far: u64) -> Option<String> {
    match &outcome.verdict {
        Verdict::Failed(failure) if failed_so_far <= FAILURES_SHOWN => {
            Some(format!("FAILED {} seed {}: {}", outcome.test, outcome.seed, failure.message))
        }
        _ => None,
    }
}

fn progress_line(total: &TestSummary, runs: u64, elapsed: Duration) -> String {
    let rate = total.runs() as f64 / elapsed.as_secs_f64().max(1e-9);
    format!(
        "{} of {} runs after {}, {} failed, {rate:.0} runs/s",
        grouped(total.runs()),
        grouped(runs),
        duration(elapsed),
        grouped(total.failed)
    )
}

impl Rows {
    fn new(plan: &Plan) -> Rows {
        let screen = MultiProgress::new();
        let width = plan.tests.iter().map(|test| test.name.len()).max().unwrap_or(0);
        let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
            // Nothing can be done about a rate that can't be written.
            let _ = write!(text, "{:.0} runs/s", state.per_sec());
        };
        let bar = |end: &str, length: u64, name: &'static str| {
            let template = format!("{{prefix:{width}}} {{bar:20}} {{pos:>7}}/{{len}} {end}");
            // A template that does not parse would only cost its looks.
            let style = ProgressStyle::with_template(&template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let style = style.with_key("rate", rate);
            screen.add(ProgressBar::new(length).with_style(style).with_prefix(name))
        };
        // First, because a small screen shows only the first rows.
        let total = bar("{rate}, {eta} left", plan.runs(), "all");
        let tests = plan.tests.iter();
        let tests = tests.map(|test| bar("{msg}", plan.seeds.count, test.name)).collect();
        Rows { tests, total, screen }
    }

    fn show(&self, place: usize, test: &TestSummary, failure: Option<String>) -> io::Result<()> {
        let row = &self.tests[place];
        row.inc(1);
        self.total.inc(1);
        if test.failed > 0 {
            row.set_message(format!("{} failed", grouped(test.failed)));
        }
        failure.map_or(Ok(()), |failure| self.screen.println(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let total = TestSummary { passed: 1234, failed: 1, ..TestSummary::default() };
        assert_eq!(
            progress_line(&total, 28_000, Duration::from_secs(5)),
            "1,235 of 28,000 runs after 5.00 s, 1 failed, 247 runs/s"
        );
    }
}
