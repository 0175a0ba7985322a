//! A failing run made once more, to be recorded: whether it is the same run, and if not, how runs of
//! its seed differ.

use super::{FailedRun, Files, Folder, StoreError, not_recorded, output};
use crate::difference::{Comparison, Finding, differed};
use harness::{Patience, RunOptions, Verdict, property, record_to};
use labtrace::RunRecord;
use std::time::Duration;

/// What running again showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) trace_hash: String,
    /// The same hash and the same verdict.
    pub(crate) is_the_same: bool,
    /// It is not, and the recording is that of the run that failed.
    pub(crate) first_is_kept: bool,
    /// How runs of this seed differ, if they do.
    pub(crate) finding: Option<Finding>,
    /// Where a panic was called from.
    pub(crate) backtrace: Option<String>,
}

impl Repeated {
    /// What is to be told of a run that is not the same each time, a line each.
    pub(crate) fn warning(&self) -> Vec<String> {
        let Some(finding) = &self.finding else { return Vec::new() };
        let again = (!self.is_the_same).then(|| {
            let hash = &self.trace_hash;
            match self.first_is_kept {
                true => format!(
                    "NOT REPEATABLE: this is told from the recording of the run that failed; made again it had \
                     the hash {hash}"
                ),
                false => format!(
                    "NOT REPEATABLE: what was recorded is another run of this seed, hash {hash}"
                ),
            }
        });
        again.into_iter().chain(finding.lines()).collect()
    }
}

/// What is known to be stuck is not waited for as long a second time.
fn in_haste(record: &RunRecord, options: &RunOptions) -> RunOptions {
    let patience = match options.patience {
        Patience::Poll(limit) if is_stuck(record) => Patience::Poll(limit.min(HASTE)),
        patience => patience,
    };
    RunOptions { patience, ..options.clone() }
}

pub(super) fn is_stuck(record: &RunRecord) -> bool {
    record.failure.as_ref().is_some_and(|failure| failure.property == property::STUCK)
}

/// Real time for a poll of a run that is known to be stuck.
const HASTE: Duration = Duration::from_secs(5);

/// Runs it again, recorded into the folder.
pub(super) fn repeat(failed: &FailedRun<'_>, folder: &Folder) -> Result<Repeated, StoreError> {
    let outputs = (output(folder, Files::TRACE)?, output(folder, Files::HISTORY)?);
    let FailedRun { what, record, recording, implementation, options } = failed;
    let options = &in_haste(record, options);
    let (outcome, written) = record_to(what, record.seed, implementation, options, outputs);
    written.map_err(|error| not_recorded(folder, error))?;
    let again = outcome.record(&record.implementation, String::new());
    let fails_alike = again.failure == record.failure
        // A run that differs from itself may show either side of it.
        || !matches!(outcome.verdict, Verdict::Failed(_));
    let is_the_same = again.trace_hash == record.trace_hash && fails_alike;
    // A run that is stuck has no moment at which it ends.
    let differs = !is_stuck(record) && (!is_the_same || differed(record));
    let finding = match differs {
        true => {
            // The run that failed, if that is there.
            let recorded = folder.read(Files::TRACE)?.text;
            let trace = recording.map_or(&*recorded, |first| &*first.trace);
            let (what, seed, outcome) = (*what, record.seed, &outcome);
            Some(Comparison { what, seed, implementation, options, outcome, trace }.make())
        }
        false => None,
    };
    let first = recording.filter(|_| !is_the_same);
    if let Some(first) = first {
        folder.write(Files::TRACE, &first.trace)?;
        folder.write(Files::HISTORY, &first.history)?;
    }
    let first_is_kept = first.is_some();
    let backtrace = outcome.backtrace.map(|backtrace| backtrace.to_string());
    let trace_hash = again.trace_hash;
    Ok(Repeated { trace_hash, is_the_same, first_is_kept, finding, backtrace })
}
