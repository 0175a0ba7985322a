//! The failures at the end of a run: each kind with its seeds, its sentence and a line to paste.

use super::table::grouped;
use crate::replay::Replay;
use crate::summary::{FailureGroup, Summary};
use std::io::{self, Write};

/// So many seeds are named.
const SEEDS_SHOWN: usize = 10;

/// A paragraph a kind of failure, in the order of the tests.
pub(super) fn failures(
    summary: &Summary,
    replay: &Replay,
    output: &mut dyn Write,
) -> io::Result<()> {
    for ((place, property), group) in &summary.failures {
        let test = &summary.tests[*place];
        let (count, runs) = (grouped(group.count), grouped(test.runs()));
        writeln!(output, "\n{}: {property} in {count} of {runs} runs", test.test)?;
        failure(test.test, group, replay, output)?;
    }
    Ok(())
}

fn failure(
    test: &str,
    group: &FailureGroup,
    replay: &Replay,
    output: &mut dyn Write,
) -> io::Result<()> {
    let Some((seed, failure)) = group.examples.first_key_value() else { return Ok(()) };
    let at = failure.at.as_secs_f64();
    writeln!(output, "  seed {seed} at {at:.3} s: {}", failure.message)?;
    for detail in failure.details.iter().chain(group.warnings.get(seed).into_iter().flatten()) {
        writeln!(output, "    {detail}")?;
    }
    if group.count > 1 {
        let others = group.examples.keys().skip(1).take(SEEDS_SHOWN).map(u64::to_string);
        let others: Vec<String> = others.collect();
        let more = if group.count > others.len() as u64 + 1 { ", …" } else { "" };
        writeln!(output, "  also seeds {}{more}", others.join(", "))?;
    }
    writeln!(output, "  replay: {}", replay.line(test, *seed))
}
