//! The failures at the end of a run: each kind with its seeds, its sentence and a line to paste.

use super::keep::KeptFailure;
use crate::numbers::{grouped, plural};
use harness::summary::{FailureGroup, Summary};
use labtrace::seconds;
use std::io::{self, Write};

/// How many seeds are named.
const SEEDS_SHOWN: usize = 10;

/// A paragraph a kind of failure, in the order of the tests. `kept` knows what that of a test (by its
/// place) and a seed has left.
pub(super) fn failures<'a>(
    summary: &Summary,
    kept: impl Fn(usize, u64) -> Option<&'a KeptFailure>,
    output: &mut dyn Write,
) -> io::Result<()> {
    for ((place, property), group) in &summary.failures {
        let test = &summary.tests[*place];
        let (count, runs) = (grouped(group.count), plural(test.runs(), "run"));
        writeln!(output, "\n{}: {property} in {count} of {runs}", test.test)?;
        failure(group, |seed| kept(*place, seed), output)?;
    }
    Ok(())
}

fn failure<'a>(
    group: &FailureGroup,
    kept: impl Fn(u64) -> Option<&'a KeptFailure>,
    output: &mut dyn Write,
) -> io::Result<()> {
    let Some((seed, example)) = group.examples.first_key_value() else { return Ok(()) };
    let failure = &example.failure;
    let at = seconds(failure.at_ns);
    writeln!(output, "  seed {seed} at {at}: {}", failure.message)?;
    for detail in failure.details.iter().chain(&example.run.warnings) {
        writeln!(output, "    {detail}")?;
    }
    if group.count > 1 {
        let others = group.examples.keys().skip(1).take(SEEDS_SHOWN).map(u64::to_string);
        let others: Vec<String> = others.collect();
        let more = if group.count > others.len() as u64 + 1 { ", …" } else { "" };
        let seeds = if group.count == 2 { "seed" } else { "seeds" };
        writeln!(output, "  also {seeds} {}{more}", others.join(", "))?;
    }
    if let Some(KeptFailure { folder, warning }) = kept(*seed) {
        warning.iter().try_for_each(|line| writeln!(output, "    {line}"))?;
        writeln!(output, "  look:   {}", folder.display())?;
    }
    writeln!(output, "  replay: {}", example.run.replay)
}
