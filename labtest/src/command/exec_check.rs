//! `labtest exec-check`.

use super::CommandError;
use super::args::ExecCheckArgs;
use super::how::answer_limits;
use crate::exit_code;
use exec::Finding;
use std::io::Write;

/// Walks through the protocol with a program, and reports what it does.
pub(super) fn exec_check(args: &ExecCheckArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    let findings = exec::check(&args.command, answer_limits(args.poll_limit));
    let findings = findings.map_err(|error| CommandError::Usage(error.to_string()))?;
    for finding in &findings {
        match finding {
            Finding::Right(what) => writeln!(output, "ok       {what}")?,
            Finding::NotYet(what) => writeln!(output, "not yet  {what}")?,
            Finding::Wrong { what, details } => {
                writeln!(output, "WRONG    {what}")?;
                details.iter().try_for_each(|line| writeln!(output, "         {line}"))?;
            }
        }
    }
    let is_wrong = findings.iter().any(|finding| matches!(finding, Finding::Wrong { .. }));
    let is_whole = findings.iter().all(|finding| matches!(finding, Finding::Right(_)));
    let verdict = match (is_wrong, is_whole) {
        (true, _) => "this program does not follow labtest-exec/1",
        (false, true) => "this program follows labtest-exec/1",
        (false, false) => "this program follows labtest-exec/1, as far as it goes",
    };
    writeln!(output, "\n{verdict}")?;
    Ok(if is_wrong { exit_code::FAILED } else { exit_code::PASSED })
}
