//! `labtest replay`.

use super::args::ReplayArgs;
use super::{CommandError, inputs, terminal_width};
use crate::backtrace::own_frames;
use crate::numbers::{grouped, plural};
use crate::{around, exit_code};
use harness::{Implementation, RunOutcome, Runnable, Verdict, record_one};
use labreport::narrate::{Columns, Filter, tell};
use labtrace::{Measures, trace};
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// The width of a line when nothing says it.
const DEFAULT_WIDTH: usize = 120;

/// Runs a seed, recorded, and tells it.
pub(super) fn replay(
    args: &ReplayArgs,
    implementation: &Arc<dyn Implementation>,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    if let (Some(command), Some(server)) = (&args.how.exec, args.inputs_of) {
        return inputs::inputs(args, command, server, output);
    }
    let implementation = &args.how.configured(implementation)?;
    let test = args.how.only_test(args.test.as_deref())?;
    let options = args.how.options(&[test], &**implementation, &[args.seed], false)?;
    let subject = Runnable::Test(&test).subject(args.seed, &**implementation, &options);
    let filter = Filter::parse(&args.filter, subject.config.servers)
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    around::begin(0, test.name, args.seed);
    let recorded = record_one(&test, args.seed, implementation, &options);
    let (header, lines) = trace::read(&recorded.trace)
        .map_err(|error| CommandError::Software(format!("the recording: {error:#}")))?;

    let mut output = BufWriter::new(output);
    writeln!(output, "{}: {}", header.name(", "), header.description)?;
    let (name, servers) = (&header.implementation, header.servers);
    let of_servers = plural(servers as u64, "server");
    writeln!(output, "{name} with {of_servers}, network: {}\n", header.network)?;
    if let Some(scenario) = &subject.scenario {
        writeln!(output, "{scenario}\n")?;
    }
    let width = args.width.map(usize::from).or_else(terminal_width).unwrap_or(DEFAULT_WIDTH);
    let mut columns = Columns::new(servers, width);
    write!(output, "{}", columns.head())?;
    for told in tell(servers, &lines).iter().filter(|told| filter.lets(told)) {
        write!(output, "{}", columns.lines(told))?;
    }
    let code = conclude(&recorded.outcome, &mut output)?;
    output.flush()?;
    Ok(code)
}

fn conclude(outcome: &RunOutcome, output: &mut dyn Write) -> Result<u8, CommandError> {
    writeln!(output)?;
    let code = match &outcome.verdict {
        Verdict::Passed => {
            writeln!(output, "passed")?;
            exit_code::PASSED
        }
        Verdict::Failed(failure) => {
            writeln!(output, "FAILED: {failure}")?;
            let backtrace = outcome.backtrace.as_ref().map(ToString::to_string);
            let frames = backtrace.as_deref().map(own_frames).unwrap_or_default();
            frames.iter().try_for_each(|frame| writeln!(output, "  in {frame}"))?;
            exit_code::FAILED
        }
        Verdict::Undecided(reason) => {
            writeln!(output, "can't be judged: {reason}")?;
            exit_code::UNDECIDED
        }
    };
    let Measures { rpcs, bytes, commits, terms, .. } = outcome.measures;
    writeln!(
        output,
        "{:.3} s of virtual time, {}, {}; applied up to index {}, highest term {}",
        outcome.virtual_time.as_secs_f64(),
        plural(rpcs, "RPC"),
        plural(bytes, "byte"),
        grouped(commits),
        grouped(terms)
    )?;
    for warning in &outcome.warnings {
        writeln!(output, "warning: {warning}")?;
    }
    writeln!(output, "hash {:016x}", outcome.trace_hash)?;
    Ok(code)
}
