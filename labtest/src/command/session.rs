//! A `labtest run` while it goes on: what is shown, what is kept, and when it stops.

use super::format::Format;
use super::interrupt::Interrupt;
use super::keep::Choice;
use super::keeping::Keeping;
use super::progress::Progress;
use super::{CommandError, Streams};
use crate::numbers::duration;
use crate::replay_line::Replay;
use harness::pool::{Onlooker, UnderWay};
use harness::summary::Summary;
use harness::{RunOutcome, Stopwatch, Verdict};
use labtrace::RunRecord;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

/// A simulated run takes milliseconds, the longest a second or so on a busy machine.
pub(super) const LONG_SIMULATED: Duration = Duration::from_secs(10);
/// A run on the real clock is given up after two minutes, and a moment to end.
pub(super) const LONG_REAL: Duration = Duration::from_secs(180);

/// When all is to stop before its end.
pub(super) struct Limits {
    pub(super) time: Option<Duration>,
    pub(super) until_failure: bool,
    pub(super) interrupt: Interrupt,
    /// A run that takes so long is told.
    pub(super) long: Duration,
}

/// Why all was stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The time was over.
    TimeLimit,
    /// A run failed.
    Failure,
    /// Somebody pressed Ctrl-C.
    Interrupt,
}

/// Sees the runs.
pub(super) struct Session<'a, 'b, 'scope> {
    pub(super) implementation: &'a str,
    pub(super) replay: &'a Replay,
    pub(super) format: Format,
    pub(super) limits: Limits,
    pub(super) progress: Progress,
    /// Which failures are kept.
    pub(super) choice: Choice,
    pub(super) keeping: Keeping<'scope, 'a>,
    pub(super) streams: &'a mut Streams<'b>,
    pub(super) stopwatch: Stopwatch,
    pub(super) stopped: Option<Stopped>,
    /// How many runs were made twice.
    pub(super) repeated: u64,
    /// How many of those were not the same.
    pub(super) differed: u64,
    /// What keeps the output from being written.
    pub(super) output_error: Option<CommandError>,
    /// The long runs that were told.
    pub(super) told: BTreeSet<(&'static str, u64)>,
}

impl<'a: 'scope, 'scope> Session<'a, '_, 'scope> {
    fn show(
        &mut self,
        place: usize,
        record: &RunRecord,
        outcome: &RunOutcome,
        summary: &Summary,
    ) -> Result<(), CommandError> {
        if self.format == Format::Json {
            write_line(record, self.streams.output)?;
        }
        let wanted = self.choice.failed(place, record, outcome.made.as_ref());
        let people = self.streams.people(self.format);
        let folder = wanted.as_ref().map(|wanted| &*wanted.folder);
        self.progress.show(place, record, summary, folder, people)?;
        if let Some(wanted) = wanted {
            self.keeping.keep(wanted, record.clone(), outcome.recording.clone());
        }
        Ok(())
    }

    /// The line that repeats a run that no seed draws, from the file that its scenario is left in if it is no
    /// success; of one that is there is none.
    fn replay_of_made(&mut self, outcome: &RunOutcome, made: &str) -> String {
        if outcome.verdict == Verdict::Passed {
            return String::new();
        }
        let RunOutcome { test, seed, .. } = *outcome;
        let replay = self.choice.leave(test, seed, made).map(|file| self.replay.of_file(&file));
        match replay {
            None => String::new(),
            Some(replay) if outcome.differed() => replay.line_of_comparison(test, seed),
            Some(replay) => replay.line(test, seed),
        }
    }

    fn tell_long_runs(&mut self, under_way: &[UnderWay]) -> io::Result<()> {
        for run in under_way.iter().filter(|run| run.for_so_long >= self.limits.long) {
            if self.told.insert((run.test, run.seed)) {
                let line = long_run(run);
                self.progress.say(&line, self.streams.people(self.format))?;
            }
        }
        Ok(())
    }

    /// Whether it is time to stop. What cannot be printed is for nobody, so that is an end, too.
    fn after(&mut self, shown: Result<(), CommandError>, failed: bool) -> ControlFlow<()> {
        if let Err(error) = shown {
            self.output_error = Some(error);
            return ControlFlow::Break(());
        }
        let Limits { time, until_failure, ref interrupt, .. } = self.limits;
        self.stopped = if interrupt.is_wanted() {
            Some(Stopped::Interrupt)
        } else if until_failure && failed {
            Some(Stopped::Failure)
        } else if time.is_some_and(|limit| self.stopwatch.elapsed() >= limit) {
            Some(Stopped::TimeLimit)
        } else {
            None
        };
        if self.stopped.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl<'a: 'scope, 'scope> Onlooker for Session<'a, '_, 'scope> {
    fn record(&mut self, outcome: &RunOutcome) -> RunRecord {
        let replay = match (outcome.differed(), &outcome.made) {
            (_, Some(made)) => self.replay_of_made(outcome, made),
            (true, None) => self.replay.line_of_comparison(outcome.test, outcome.seed),
            (false, None) => self.replay.line(outcome.test, outcome.seed),
        };
        outcome.record(self.implementation, replay)
    }

    fn added(
        &mut self,
        place: usize,
        outcome: &RunOutcome,
        record: &RunRecord,
        summary: &Summary,
    ) -> ControlFlow<()> {
        self.repeated += u64::from(outcome.was_repeated);
        self.differed += u64::from(outcome.differed());
        let shown = self.show(place, record, outcome, summary);
        self.after(shown, record.failure.is_some())
    }

    fn look(&mut self, under_way: &[UnderWay], summary: &Summary) -> ControlFlow<()> {
        let told = self.tell_long_runs(under_way).and_then(|()| {
            let people = self.streams.people(self.format);
            self.progress.shrinking(self.keeping.now(), summary, people);
            self.progress.tick(summary, people)
        });
        self.after(told.map_err(CommandError::from), false)
    }
}

/// A run as a line of JSON.
pub(super) fn write_line(record: &RunRecord, output: &mut dyn Write) -> Result<(), CommandError> {
    let line =
        serde_json::to_string(record).map_err(|error| CommandError::Software(error.to_string()))?;
    writeln!(output, "{line}")?;
    Ok(())
}

/// A run that takes long.
fn long_run(run: &UnderWay) -> String {
    format!("{} seed {} has been running for {}", run.test, run.seed, duration(run.for_so_long))
}

/// A run that was left behind.
pub(super) fn unfinished_run(run: &UnderWay) -> String {
    format!(
        "{} seed {} did not end: it had been running for {}",
        run.test,
        run.seed,
        duration(run.for_so_long)
    )
}
