//! `labtest maelstrom`.

use super::args::{FolderArgs, MaelstromArgs};
use super::{CommandError, Streams};
use crate::exit_code;
use live::maelstrom::{Fault, Finished, Options, Verdict, judge_again, run};
use std::io::Write;

/// The faults of a run.
#[derive(Clone, Debug)]
pub(super) struct Faults(Vec<Fault>);

/// Reads names of faults, separated by commas, or `none`.
pub(super) fn parse_faults(text: &str) -> Result<Faults, String> {
    if text == "none" {
        return Ok(Faults(Vec::new()));
    }
    text.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Faults)
}

/// Runs nodes and says what was found.
pub(super) fn maelstrom(
    args: &MaelstromArgs,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let options = Options {
        program: args.bin.clone(),
        arguments: args.arguments.clone(),
        nodes: usize::from(args.nodes),
        clients: usize::from(args.clients),
        time_limit: args.time_limit,
        faults: args.nemesis.0.clone(),
        seed: args.seed,
        failures: args.failures.clone(),
    };
    let finished = run(&options).map_err(|error| CommandError::Software(format!("{error:#}")))?;
    tell(&finished, streams.output)
}

/// Judges the folder of a run and says what was found.
pub(super) fn check(args: &FolderArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    let finished =
        judge_again(&args.folder).map_err(|error| CommandError::Usage(format!("{error:#}")))?;
    tell(&finished, output)
}

fn tell(finished: &Finished, output: &mut dyn Write) -> Result<u8, CommandError> {
    write!(output, "{}", finished.report)?;
    Ok(match finished.verdict {
        Verdict::Passed => exit_code::PASSED,
        Verdict::Violated => exit_code::FAILED,
        Verdict::Undecided => exit_code::UNDECIDED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_names_with_commas_or_none() {
        let faults = parse_faults("partition, kill").map(|faults| faults.0);
        assert_eq!(faults, Ok(vec![Fault::Partition, Fault::Kill]));
        assert_eq!(parse_faults("none").map(|faults| faults.0), Ok(Vec::new()));
        for wrong in ["", "partition,", "crash"] {
            assert!(parse_faults(wrong).unwrap_err().starts_with("expected one of partition, "));
        }
    }
}
