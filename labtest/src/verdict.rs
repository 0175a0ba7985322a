//! The last lines of a result: what it comes to.

use crate::exit_code;
use crate::numbers::{grouped, plural};
use harness::summary::{Summary, TestSummary};
use std::io::{self, Write};

/// Writes them. `open` is why the whole is not decided, where that is not for its runs.
pub(crate) fn write(
    summary: &Summary,
    code: u8,
    open: Option<&str>,
    output: &mut dyn Write,
) -> io::Result<()> {
    let total = summary.total();
    if total.warned > 0 {
        writeln!(output, "{} with warnings, which are not failures", plural(total.warned, "run"))?;
    }
    if total.undecided > 0 && code == exit_code::FAILED {
        writeln!(output, "{} could not be judged", plural(total.undecided, "run"))?;
    }
    let line = last_line(&total, code, open);
    match line.strip_prefix(FAILED) {
        // It stands out where people see it.
        Some(rest) => writeln!(output, "{}{rest}", console::style(FAILED).red().bold()),
        None => writeln!(output, "{line}"),
    }
}

/// How the last line begins when a property was violated.
const FAILED: &str = "FAILED";

fn last_line(total: &TestSummary, code: u8, open: Option<&str>) -> String {
    match (code, open) {
        (exit_code::FAILED, _) if total.failed == 0 => {
            "FAILED: runs that are not in this table have failed".to_owned()
        }
        (exit_code::FAILED, _) => {
            format!("FAILED: {} of {} failed", grouped(total.failed), plural(total.runs(), "run"))
        }
        (exit_code::UNDECIDED, None) => undecided(total),
        (exit_code::UNDECIDED, Some(open)) if total.undecided > 0 => {
            format!("{}; {open}", undecided(total))
        }
        (exit_code::UNDECIDED, Some(open)) => {
            format!("not decided: {open}; {} passed", plural(total.passed, "run"))
        }
        _ => format!("no failures: 0 of {} failed", plural(total.runs(), "run")),
    }
}

/// `not decided: 3 of 60 runs could not be judged; 57 passed`.
pub(crate) fn undecided(total: &TestSummary) -> String {
    format!(
        "not decided: {} of {} could not be judged; {} passed",
        grouped(total.undecided),
        plural(total.runs(), "run"),
        grouped(total.passed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_decided_is_not_called_free_of_failures() {
        let some = |passed, failed, undecided| TestSummary {
            passed,
            failed,
            undecided,
            ..TestSummary::default()
        };
        let line = |total: TestSummary, code, open| last_line(&total, code, open);
        assert_eq!(line(some(60, 0, 0), 0, None), "no failures: 0 of 60 runs failed");
        assert_eq!(line(some(55, 5, 0), 1, None), "FAILED: 5 of 60 runs failed");
        let undecided = "not decided: 3 of 60 runs could not be judged; 57 passed";
        assert_eq!(line(some(57, 0, 3), 2, None), undecided);
        let (open, code) = (Some("a run did not end"), exit_code::UNDECIDED);
        assert_eq!(line(some(57, 0, 3), code, open), format!("{undecided}; a run did not end"));
        assert_eq!(line(some(1, 0, 0), 2, open), "not decided: a run did not end; 1 run passed");
        assert!(line(some(57, 0, 0), 1, None).starts_with("FAILED: runs that are not in"));
    }
}
