//! Judges a run, when it has ended and again, from its files alone.

use super::Stored;
use super::report::{Check, Finding, verdict_of};
use crate::clients::HistoryFile;
use crate::judge::{Facts, ended_by_itself, judge, two_leaders};
use harness::property;
use labtrace::{Place, VerdictName};
use lincheck::{
    Format, JudgedOperation, Judgement, ReadError, ReadOptions, RecordedHistory, Report, Verdict,
};

/// What was found.
#[derive(Debug)]
pub struct Judged {
    /// What could be judged.
    pub checks: Vec<Check>,
    /// What the run had judged, and what is left of its files does not show.
    pub not_judged: Vec<Check>,
    /// The verdict on all that.
    pub verdict: VerdictName,
    /// What decided it, in a sentence.
    pub reason: Option<String>,
}

/// Judges a run by what clients saw and by the other facts, each history with a budget of that many steps, or
/// with the one that the checker takes by itself.
pub fn checks(histories: &[HistoryFile], facts: &Facts, budget_steps: Option<u64>) -> Vec<Check> {
    let mut checks: Vec<Check> =
        judge(histories, facts, budget_steps).into_iter().map(Check::from).collect();
    for check in &mut checks {
        if check.name == property::LINEARIZABLE && check.finding == Finding::Violated {
            // What fits nowhere, and when, is what a reader looks for first.
            *check = linearizable(histories, budget_steps);
        } else if check.finding == Finding::Violated {
            (check.at_ns, check.place) = place_of(&check.name, facts).unwrap_or_default();
        }
    }
    checks
}

/// When and where a property was violated, as far as it has a moment.
fn place_of(property: &str, facts: &Facts) -> Option<(Option<u64>, Place)> {
    let at = |at_ns, servers, term| Some((Some(at_ns), Place { servers, term, index: None }));
    match property {
        property::LIVE_EXIT => {
            ended_by_itself(facts).and_then(|(server, at_ns, _)| at(at_ns, vec![server], None))
        }
        property::PANIC => facts.panics.first().and_then(|it| at(it.at_ns, vec![it.server], None)),
        property::ELECTION_SAFETY => two_leaders(facts).and_then(|(first, line)| {
            at(line.at_ns, vec![first.leader, line.leader], Some(line.term))
        }),
        _ => None,
    }
}

/// Judges what is stored.
pub fn judge_again(stored: &Stored) -> Judged {
    let checks = match &stored.facts {
        Some(facts) => checks(&stored.histories, facts, None),
        None => vec![linearizable(&stored.histories, None)],
    };
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
    let elsewhere = not_judged.iter().find(|check| check.finding >= Finding::Unknown);
    let elsewhere = elsewhere.map(|check| format!("{} can't be judged from the files", check.name));
    match unfinished.or_else(|| stored.flaws.first().cloned()).or(reason).or(elsewhere) {
        Some(reason) => (VerdictName::Undecided, Some(reason)),
        None => (VerdictName::Passed, None),
    }
}

/// Judges what clients saw alone, the worst of all histories.
fn linearizable(histories: &[HistoryFile], budget_steps: Option<u64>) -> Check {
    let check = |finding, text| Check::new(property::LINEARIZABLE, finding, text);
    let found = histories.iter().map(|file| match explained(file, budget_steps) {
        Err(error) => check(Finding::Unknown, Some(format!("{}: {error}", file.name()))),
        Ok((history, report)) => match report.verdict {
            Verdict::Linearizable => check(Finding::Holds, None),
            Verdict::Unknown => {
                let steps = report.steps();
                let text = format!("{}: not decided after {steps} steps", file.name());
                check(Finding::Unknown, Some(text))
            }
            Verdict::NotLinearizable => {
                violated(check(Finding::Violated, None), file, &history.judgement(&report))
            }
        },
    });
    let nothing = || check(Finding::Unknown, Some("there is no history".to_owned()));
    found.max_by_key(|check| check.finding).unwrap_or_else(nothing)
}

/// A history and what is wrong with it.
pub(super) fn explained(
    file: &HistoryFile,
    budget_steps: Option<u64>,
) -> Result<(RecordedHistory, Report), ReadError> {
    let options = ReadOptions { format: Some(Format::Jsonl), initial: None };
    let history = RecordedHistory::read(&file.text, file.model, &options)?;
    let report = history.explain(budget_steps);
    Ok((history, report))
}

/// Names the operation that fits nowhere.
fn violated(check: Check, file: &HistoryFile, judged: &Judgement) -> Check {
    let failing = judged.parts.iter().filter(|part| part.misfit.is_some());
    let part = failing.min_by_key(|part| part.contradiction.is_empty());
    let misfit = part.and_then(|part| Some((part, judged.operations.get(part.misfit?)?)));
    let Some((part, JudgedOperation { client, invoked, returned, text })) = misfit else {
        let text = format!("{}: no order explains all answers", file.name());
        return Check { text: Some(text), ..check };
    };
    let key = if part.key.is_empty() { String::new() } else { format!("{}: ", part.key) };
    let reason = part.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let text = format!("{key}{text} of client {client} fits nowhere{reason} ({})", file.name());
    Check { text: Some(text), at_ns: Some(returned.unwrap_or(*invoked)), ..check }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{End, LeaderLine, Life, PanicLine};

    #[test]
    fn what_has_a_moment_has_a_place() {
        let life = |server, ended| Life { server, started_ns: 1, caught_up_ns: None, ended };
        let line = |at_ns, leader| LeaderLine { at_ns, server: 0, term: 4, leader };
        let facts = Facts {
            lives: vec![life(0, Some((5, End::ByTester))), life(1, Some((9, End::Exited(101))))],
            leaders: vec![line(6, 1), line(7, 1), line(8, 2)],
            panics: vec![PanicLine { at_ns: 9, server: 1, line: "panicked".to_owned() }],
            ..Facts::default()
        };
        let place =
            |servers: &[usize], term| Place { servers: servers.to_vec(), term, index: None };
        for (property, at_ns, place) in [
            (property::LIVE_EXIT, 9, place(&[1], None)),
            (property::PANIC, 9, place(&[1], None)),
            (property::ELECTION_SAFETY, 8, place(&[1, 2], Some(4))),
        ] {
            assert_eq!(place_of(property, &facts), Some((Some(at_ns), place)));
            assert_eq!(place_of(property, &Facts::default()), None);
        }
        assert_eq!(place_of(property::LIVE_LOAD, &facts), None);
    }
}
