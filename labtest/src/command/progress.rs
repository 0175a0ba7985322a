//! Progress while runs go on: moving rows on a terminal, otherwise an occasional line.

use super::keeping::Shrinks;
use crate::numbers::{duration, grouped, plural};
use harness::ShrinkProgress;
use harness::Stopwatch;
use harness::pool::Plan;
use harness::summary::{Summary, TestSummary};
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use labtrace::{RunRecord, VerdictName};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// How often a line shows the progress without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// How many failures of a test are shown as they occur; all are counted in the report at the end.
const FAILURES_SHOWN: u64 = 3;
/// For how many passed runs of a test warnings are shown. The others mostly have the same ones.
const WARNED_SHOWN: u64 = 1;

/// Shows progress.
pub(super) enum Progress {
    /// Only the result is wanted.
    Quiet,
    /// A moving row for each test, and one for all.
    Terminal(Box<Rows>),
    /// A line from time to time.
    Lines(Lines),
}

/// The rows on a terminal.
pub(super) struct Rows {
    screen: MultiProgress,
    tests: Vec<ProgressBar>,
    total: ProgressBar,
    /// The row that says what is being shrunk.
    shrinks: Option<usize>,
}

/// The lines elsewhere.
pub(super) struct Lines {
    last: Stopwatch,
    /// When the shrinking was last reported.
    told: Option<Stopwatch>,
    started: Stopwatch,
    /// How many runs there will be, if that is known.
    runs: Option<u64>,
}

impl Progress {
    pub(super) fn new(plan: &Plan, quiet: bool, is_terminal: bool) -> Progress {
        if quiet {
            Progress::Quiet
        } else if is_terminal {
            Progress::Terminal(Box::new(Rows::new(plan)))
        } else {
            let now = Stopwatch::start();
            Progress::Lines(Lines { last: now, told: None, started: now, runs: plan.runs() })
        }
    }

    /// A run of the test at that place has ended, and may have left a folder.
    pub(super) fn show(
        &mut self,
        place: usize,
        run: &RunRecord,
        summary: &Summary,
        folder: Option<&Path>,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        if let Progress::Terminal(rows) = self {
            rows.count(place, &summary.tests[place]);
        }
        let test = &summary.tests[place];
        let failure = failure_line(run, test.failed, folder);
        let lines = failure.into_iter().chain(warning_lines(run, test.warned));
        for line in lines {
            self.say(&line, output)?;
        }
        Ok(())
    }

    /// What is being shrunk, if anything.
    pub(super) fn shrinking(
        &mut self,
        shrinks: Option<Shrinks>,
        summary: &Summary,
        output: &mut dyn Write,
    ) {
        match (self, shrinks) {
            (Progress::Terminal(rows), shrinks) => rows.shrinking(shrinks, summary),
            (Progress::Lines(Lines { told, .. }), Some(shrinks))
                if told.is_none_or(|told| told.elapsed() >= LINE_INTERVAL) =>
            {
                *told = Some(Stopwatch::start());
                // Even if the progress can't be shown, the result may be.
                let _ = writeln!(output, "seed {} is {}", shrinks.seed, how_far(shrinks));
            }
            (Progress::Quiet | Progress::Lines(_), _) => {}
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, summary: &Summary, output: &mut dyn Write) -> io::Result<()> {
        let Progress::Lines(Lines { last, started, runs, .. }) = self else { return Ok(()) };
        if last.elapsed() < LINE_INTERVAL {
            return Ok(());
        }
        *last = Stopwatch::start();
        writeln!(output, "{}", progress_line(&summary.total(), *runs, started.elapsed()))
    }

    /// One more line.
    pub(super) fn say(&mut self, line: &str, output: &mut dyn Write) -> io::Result<()> {
        match self {
            Progress::Quiet => Ok(()),
            Progress::Terminal(rows) => rows.screen.println(line),
            Progress::Lines(_) => writeln!(output, "{line}"),
        }
    }

    /// Clears the screen for the result.
    pub(super) fn finish(&self) -> io::Result<()> {
        match self {
            Progress::Terminal(rows) => rows.screen.clear(),
            Progress::Quiet | Progress::Lines(_) => Ok(()),
        }
    }
}

/// `shrunk to 3 steps after 120 of 400 runs`
fn how_far(shrinks: Shrinks) -> String {
    let ShrinkProgress { runs, runs_max, steps } = shrinks.progress;
    let (steps, runs_max) = (plural(steps, "step"), plural(runs_max, "run"));
    format!("shrunk to {steps} after {} of {runs_max}", grouped(runs))
}

fn failure_line(run: &RunRecord, failed_so_far: u64, folder: Option<&Path>) -> Option<String> {
    let failure = run.failure.as_ref()?;
    if run.verdict != VerdictName::Failed || failed_so_far > FAILURES_SHOWN {
        return None;
    }
    let folder = folder.map_or(String::new(), |folder| format!(" ({})", folder.display()));
    // The moving rows are on the terminal of standard error, and such lines go between them.
    let failed = console::style("FAILED").for_stderr().red().bold();
    Some(format!("{failed} {} seed {}: {}{folder}", run.test, run.seed, failure.message))
}

/// The warnings of a failure are shown with it.
fn warning_lines(run: &RunRecord, warned_so_far: u64) -> impl Iterator<Item = String> {
    let is_shown = run.failure.is_none() && warned_so_far <= WARNED_SHOWN;
    let warnings = run.warnings.iter().filter(move |_| is_shown);
    warnings.map(|warning| format!("warning: {} seed {}: {warning}", run.test, run.seed))
}

fn progress_line(total: &TestSummary, runs: Option<u64>, elapsed: Duration) -> String {
    let (done, seconds) = (total.runs(), elapsed.as_secs_f64().max(1e-9));
    let rate = done as f64 / seconds;
    let (all, left) = match runs {
        None => (plural(done, "run"), String::new()),
        Some(runs) => {
            let left = runs.saturating_sub(done) as f64 / rate.max(1e-9);
            // Without a single run there is no telling.
            let left = Duration::try_from_secs_f64(left).ok().filter(|_| done > 0);
            let left = left.map_or(String::new(), |left| format!(", {} left", duration(left)));
            (format!("{} of {}", grouped(done), plural(runs, "run")), left)
        }
    };
    format!(
        "{all} after {}, {} failed, {rate:.0} runs/s{left}",
        duration(elapsed),
        grouped(total.failed)
    )
}

impl Rows {
    fn new(plan: &Plan) -> Rows {
        let screen = MultiProgress::new();
        let width = plan.tests.iter().map(|test| test.name.len()).max().unwrap_or(0);
        let bar = |template: String, length: Option<u64>| {
            // A template that does not parse would only cost its looks.
            let style = ProgressStyle::with_template(&template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("rate", show_rate);
            let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
            screen.add(bar.with_style(style))
        };
        let is_endless = plan.runs().is_none();
        let progress = if is_endless { "{pos:>7}" } else { "{bar:20} {pos:>7}/{len}" };
        let tests = plan.tests.iter().enumerate().map(|(place, test)| {
            let row = format!("{{prefix:{width}}} {progress} {{msg}}");
            bar(row, plan.runs_of(place)).with_prefix(test.name)
        });
        let tests = tests.collect();
        let left = if is_endless { "{elapsed} so far" } else { "{eta} left" };
        let last = format!("{:width$} {progress} {{rate}}, {left} {{msg}}", "total");
        let total = bar(last, plan.runs());
        Rows { tests, total, screen, shrinks: None }
    }

    fn count(&self, place: usize, test: &TestSummary) {
        self.tests[place].inc(1);
        self.total.inc(1);
        if test.failed > 0 && self.shrinks != Some(place) {
            self.tell_failed(place, test);
        }
    }

    /// In the row of the failing test; afterwards the row is as before.
    fn shrinking(&mut self, shrinks: Option<Shrinks>, summary: &Summary) {
        let place = shrinks.map(|shrinks| shrinks.place);
        if let Some(before) = self.shrinks.filter(|before| Some(*before) != place) {
            self.tell_failed(before, &summary.tests[before]);
        }
        if let Some(shrinks) = shrinks {
            let text = format!("seed {} {}", shrinks.seed, how_far(shrinks));
            self.tests[shrinks.place].set_message(text);
            // Nothing else moves when all runs are made.
            self.total.tick();
        }
        self.shrinks = place;
    }

    fn tell_failed(&self, place: usize, test: &TestSummary) {
        self.tests[place].set_message(format!("{} failed", grouped(test.failed)));
    }
}

fn show_rate(state: &ProgressState, to: &mut dyn fmt::Write) {
    // A line that can't be written to the screen can't be reported either.
    let _ = write!(to, "{:.0} runs/s", state.per_sec());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let total = TestSummary { passed: 1234, failed: 1, ..TestSummary::default() };
        assert_eq!(
            progress_line(&total, Some(28_000), Duration::from_secs(5)),
            "1,235 of 28,000 runs after 5.00 s, 1 failed, 247 runs/s, 1.8 min left"
        );
        assert_eq!(
            progress_line(&total, None, Duration::from_secs(5)),
            "1,235 runs after 5.00 s, 1 failed, 247 runs/s"
        );
        assert_eq!(
            progress_line(&TestSummary::default(), Some(10), Duration::from_secs(5)),
            "0 of 10 runs after 5.00 s, 0 failed, 0 runs/s"
        );
    }
}
