//! `safety:linearizable`: each history could have been made by a single copy.

use super::Finding;
use crate::clients::HistoryFile;
use lincheck::{ReadOptions, RecordedHistory, Verdict};

pub(super) fn all(histories: &[HistoryFile], budget_steps: Option<u64>) -> Finding {
    let findings = histories.iter().map(|file| one(file, budget_steps));
    findings.max().unwrap_or_else(|| Finding::Unknown("there is no history".to_owned()))
}

fn one(file: &HistoryFile, budget_steps: Option<u64>) -> Finding {
    let name = file.name();
    let history = match RecordedHistory::read(&file.text, file.model, &ReadOptions::default()) {
        Ok(history) => history,
        Err(error) => return Finding::Unknown(format!("{name} can't be read: {error}")),
    };
    let report = history.explain(budget_steps);
    match report.verdict {
        Verdict::Linearizable => Finding::Holds,
        Verdict::NotLinearizable => {
            Finding::Violated(format!("{name}: {}", history.describe(&report).trim_end()))
        }
        Verdict::Unknown => Finding::Unknown(format!(
            "{name}: not decided after {} steps; {} of {} operations are of unknown outcome",
            report.steps(),
            history.unknown_outcomes(),
            history.operation_count()
        )),
    }
}
