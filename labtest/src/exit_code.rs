//! What the command's exit code says. These numbers are an interface: they don't change.

use harness::Summary;

/// Every run passed.
pub const PASSED: u8 = 0;
/// At least one run violated a property.
pub const FAILED: u8 = 1;
/// No property was violated, but at least one run could not be judged, or there was nothing to judge.
pub const UNDECIDED: u8 = 2;
/// The command was used in a wrong way: a flag, a filter, a configuration file (`EX_USAGE` of BSD's
/// sysexits).
pub const USAGE: u8 = 64;
/// A fault of the tool itself, or of the machine it runs on (`EX_SOFTWARE`); also when nobody reads what
/// it prints any more, as in `labtest run | head -1`.
pub const SOFTWARE: u8 = 70;

/// Somebody has ended it before its time, with Ctrl-C (128 and the number of SIGINT).
pub const INTERRUPTED: u8 = 130;

/// The code that says how these runs went.
pub fn of(summary: &Summary) -> u8 {
    let total = summary.total();
    match (total.failed, total.undecided) {
        (0, 0) => PASSED,
        (0, _) => UNDECIDED,
        _ => FAILED,
    }
}
