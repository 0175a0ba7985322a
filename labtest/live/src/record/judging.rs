//! Judges a folder again, from its files alone.

use super::report::{Check, Finding, verdict_of};
use super::{Files, Stored};
use labtrace::VerdictName;
use lincheck::{
    Format, JudgedOperation, Judgement, ModelName, ReadError, ReadOptions, RecordedHistory, Report,
    Verdict,
};

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
    let mut checks: Vec<Check> = Vec::new();
    for (model, text) in &stored.histories {
        checks.push(check_history(*model, text));
    }
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

/// The name of the check that a history of a model is linearizable.
pub(super) fn name_of(model: ModelName) -> String {
    format!("safety:linearizable-{}", model.name())
}

/// Judges what clients saw of the objects of a model. A history that can't be read can't be judged.
pub fn check_history(model: ModelName, text: &str) -> Check {
    let statement = match model {
        ModelName::Append => "what clients saw of lists fits one order of their operations",
        ModelName::Counter => "what clients saw of counters fits one order of their operations",
        ModelName::MultiRegister => "what clients saw of several registers fits one order",
        _ => "what clients saw of registers fits one order of their operations",
    };
    let check = Check::holds(name_of(model), statement);
    let history = match read(model, text) {
        Ok(history) => history,
        Err(error) => return check.unknown(format!("{}: {error}", Files::history(model))),
    };
    let report = history.explain(None);
    match report.verdict {
        Verdict::Linearizable => check,
        Verdict::Unknown => check.unknown("the checker's budget did not suffice"),
        Verdict::NotLinearizable => violated(check, &history.judgement(&report)),
    }
}

/// Judged, and as a page if it is violated.
pub(super) fn explained(model: ModelName, text: &str) -> Option<(RecordedHistory, Report)> {
    let history = read(model, text).ok()?;
    let report = history.explain(None);
    (report.verdict == Verdict::NotLinearizable).then_some((history, report))
}

fn read(model: ModelName, text: &str) -> Result<RecordedHistory, ReadError> {
    let options = ReadOptions { format: Some(Format::Jsonl), initial: None };
    RecordedHistory::read(text, model, &options)
}

/// Names the operation that fits nowhere.
fn violated(check: Check, judged: &Judgement) -> Check {
    let failing = judged.parts.iter().filter(|part| part.misfit.is_some());
    let Some(part) = failing.min_by_key(|part| part.contradiction.is_empty()) else {
        return check.violated("no order explains all answers");
    };
    let misfit = part.misfit.and_then(|number| judged.operations.get(number));
    let Some(JudgedOperation { client, invoked, returned, text }) = misfit else {
        return check.violated("no order explains all answers");
    };
    let key = if part.key.is_empty() { String::new() } else { format!("{}: ", part.key) };
    let reason = part.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let text = format!("{key}{text} of client {client} fits nowhere{reason}");
    Check { at_ns: Some(returned.unwrap_or(*invoked)), ..check.violated(text) }
}
