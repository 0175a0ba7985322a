//! `labtest shrink`.

use super::args::ShrinkArgs;
use super::interrupt::Interrupt;
use super::{CommandError, Streams};
use crate::failures::{FailedRun, Files, Kept, Repeated, Shrinking, Store};
use crate::numbers::{grouped, plural};
use crate::replay_line::Replay;
use crate::{around, exit_code};
use harness::{
    Implementation, LabTest, Runnable, ShrinkProgress, Shrunk, Verdict, all_tests, run_one,
};
use labtrace::RunRecord;
use std::io::Write;
use std::sync::Arc;

/// Makes a failing scenario smaller, keeps it and tells it.
pub(super) fn shrink(
    args: &ShrinkArgs,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let implementation = &args.how.configured(implementation)?;
    let test = args.how.only_test(args.test.as_deref())?;
    if args.how.scenario.is_none() && test.exploration().is_none() {
        return Err(has_no_scenario(&test));
    }
    let options = args.how.options(&[test], &**implementation, &[args.seed], false)?;
    let interrupt = Interrupt::listen()?;
    around::begin(0, test.name, args.seed);
    let outcome = run_one(&test, args.seed, implementation, &options);
    let (name, seed) = (test.name, args.seed);
    let Verdict::Failed(failure) = &outcome.verdict else {
        writeln!(streams.output, "{name}, seed {seed} passes: there is nothing to shrink")?;
        return Ok(exit_code::PASSED);
    };
    writeln!(streams.output, "{name}, seed {seed}: {failure}")?;

    let replay = args.how.replay_line(false);
    let record = outcome.record(implementation.name(), replay.line(name, seed));
    let what = Runnable::Test(&test);
    let failed = FailedRun {
        what,
        record: &record,
        recording: outcome.recording.as_deref(),
        implementation,
        options: &options,
    };
    let mut teller = Teller { told: u64::MAX, output: &mut *streams.errors };
    let mut shrinking = Shrinking {
        runs_max: args.runs.max(1),
        replay: &replay,
        progress: &mut |progress| {
            teller.tell(progress);
            interrupt.unless_wanted()
        },
    };
    let kept = Store::new(&args.how.folder_in(&args.failures)).keep(&failed, &mut shrinking)?;
    tell(&kept, &record, &replay, interrupt.is_wanted(), streams.output)?;
    Ok(exit_code::FAILED)
}

fn has_no_scenario(test: &LabTest) -> CommandError {
    let explorations = all_tests().iter().filter(|test| test.exploration().is_some());
    let names: Vec<&str> = explorations.map(|test| test.name).collect();
    CommandError::Usage(format!(
        "{} is the same for every seed, there is nothing to shrink; expected one of {}, or --scenario",
        test.name,
        names.join(", ")
    ))
}

/// A line each time that the scenario has become smaller, and from time to time when it has not.
struct Teller<'a> {
    told: u64,
    output: &'a mut dyn Write,
}

impl Teller<'_> {
    fn tell(&mut self, progress: ShrinkProgress) {
        let ShrinkProgress { runs, runs_max, steps } = progress;
        if steps == self.told && !runs.is_multiple_of(TOLD_EVERY) {
            return;
        }
        self.told = steps;
        let runs = grouped(runs);
        // Even if the progress can't be shown, the result may be.
        let _ = writeln!(
            self.output,
            "  {:>11} after {runs} of {}",
            plural(steps, "step"),
            plural(runs_max, "run")
        );
    }
}

/// Runs without anything new after which a line says so.
const TOLD_EVERY: u64 = 500;

fn tell(
    kept: &Kept,
    record: &RunRecord,
    replay: &Replay,
    is_interrupted: bool,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let Some(smallest) = &kept.shrunk else {
        // Two runs of the seed differ: something takes chance from outside the run.
        writeln!(output, "\nit did not fail again, so it can't be shrunk: see its report")?;
        let warning = kept.repeated.iter().flat_map(Repeated::warning);
        for line in warning {
            writeln!(output, "  {line}")?;
        }
        writeln!(output, "look:   {}", kept.folder.display())?;
        return Ok(());
    };
    let Shrunk { steps, steps_before, is_minimal, ref scenario, ref failure, .. } = smallest.shrunk;
    let why = match is_minimal {
        true => "nothing more can be left out",
        false if is_interrupted => "interrupted, and more may be left out",
        false => "no run is left, and more may be left out",
    };
    let (steps, runs) = (plural(steps, "step"), smallest.runs());
    writeln!(output, "\nfrom {} to {steps} with {runs}: {why}", grouped(steps_before))?;
    writeln!(output, "\n{scenario}\n\n{failure}\n")?;
    let folder = kept.folder.join(Files::SHRUNK);
    writeln!(output, "look:   {}", folder.display())?;
    let line = replay.of_file(&folder.join(Files::SCENARIO));
    writeln!(output, "replay: {}", line.line(&record.test, record.seed))?;
    Ok(())
}
