//! Judges a folder again, from its files alone.

use super::Stored;
use super::report::{Check, Finding, verdict_of};
use crate::judge;
use labtrace::VerdictName;
use lincheck::{Format, ModelName, ReadOptions, RecordedHistory, Report, Verdict};

/// What was found.
#[derive(Debug)]
pub struct Judged {
    /// What could be judged, in the order of files.
    pub checks: Vec<Check>,
    /// What the run had judged and these files alone do not show.
    pub not_judged: Vec<Check>,
    /// The verdict on all that.
    pub verdict: VerdictName,
    /// What decided it, in a sentence.
    pub reason: Option<String>,
}

/// Judges what is stored.
pub fn judge_again(stored: &Stored) -> Judged {
    let checks: Vec<Check> = match &stored.facts {
        Some(facts) => judge::judge(&stored.histories, facts, None),
        // What clients saw can be judged without knowing anything else.
        None => vec![judge::linearizable(&stored.histories)],
    }
    .into_iter()
    .map(Check::from)
    .collect();
    let is_judged = |check: &&Check| !checks.iter().any(|judged| judged.name == check.name);
    let found = stored.report.iter().flat_map(|report| &report.checks);
    let not_judged: Vec<Check> = found.filter(is_judged).cloned().collect();
    let (verdict, reason) = conclude(stored, &checks, &not_judged);
    Judged { checks, not_judged, verdict, reason }
}

/// A violation is one in whatever is left of a run; a pass needs all of it.
fn conclude(
    stored: &Stored,
    checks: &[Check],
    not_judged: &[Check],
) -> (VerdictName, Option<String>) {
    let (verdict, reason) = verdict_of(checks);
    let reason = reason.map(str::to_owned);
    if verdict == VerdictName::Failed {
        return (verdict, reason);
    }
    let own = stored.report.as_ref();
    let unfinished = own.filter(|report| report.checks.is_empty()).and_then(|it| it.reason.clone());
    let elsewhere = not_judged.iter().find(|check| check.finding != Finding::Holds);
    let elsewhere = elsewhere.map(|check| format!("{} can't be judged from the files", check.name));
    match unfinished.or_else(|| stored.flaws.first().cloned()).or(reason).or(elsewhere) {
        Some(reason) => (VerdictName::Undecided, Some(reason)),
        None => (VerdictName::Passed, None),
    }
}

/// Judged, and as a page if it is violated.
pub(super) fn explained(model: ModelName, text: &str) -> Option<(RecordedHistory, Report)> {
    let options = ReadOptions { format: Some(Format::Jsonl), initial: None };
    let history = RecordedHistory::read(text, model, &options).ok()?;
    let report = history.explain(None);
    (report.verdict == Verdict::NotLinearizable).then_some((history, report))
}
