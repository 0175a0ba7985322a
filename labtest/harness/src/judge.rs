//! Judging a stored run again, from its trace and history alone: no code under test is run.
//!
//! A trace does not have everything that the checks of a running test see, so only those are made
//! that need no more than who led when, what was applied where, and what clients were told. The
//! rules are those of the running checks.

mod applied;
mod durability;
mod leaders;
mod submitted;

use crate::api::life::Life;
use crate::keyvalue;
use crate::keyvalue::history::StoreHistory;
use crate::keyvalue::judge::Judged;
use crate::{Violation, property};
use applied::StoredApplies;
use labtrace::history::{self, Operation};
use labtrace::trace::{self, Event, Header};
use leaders::Leaders;
use submitted::Submitted;

/// The result of judging.
#[derive(Debug)]
pub struct Judgement {
    /// The first line of the trace.
    pub header: Header,
    /// How many events the trace has.
    pub events: usize,
    /// How many operations the history has.
    pub operations: usize,
    /// What was judged, one property after another.
    pub checks: Vec<Check>,
    /// What the run itself was found to violate, property and sentence.
    pub own_failure: Option<(String, String)>,
    /// `passed`, `failed` or `undecided`, as the run itself ended; none when the trace stops before
    /// its end.
    pub own_verdict: Option<String>,
}

/// One property and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which property.
    pub property: &'static str,
    /// The first violation and when, in nanoseconds.
    pub violation: Option<(u64, String)>,
}

/// The properties that are judged.
const CHECKED: [&str; 6] = [
    property::ELECTION_SAFETY,
    property::TERM_MONOTONIC,
    property::APPLIED_VALUES,
    property::APPLY_ORDER,
    property::COMMITTED_VALUE,
    property::DURABILITY,
];

/// Judges the texts of `trace.jsonl` and `history.jsonl`.
///
/// # Errors
/// The line that is not what it should be.
pub fn judge(trace: &str, history: &str) -> anyhow::Result<Judgement> {
    let (header, lines) = trace::read(trace)?;
    let of_store = history::is_of_store(history).then(|| read_store(history)).transpose()?;
    let operations = if of_store.is_some() { Vec::new() } else { history::read(history)? };
    let mut judge = Judge::new(header.servers, of_store.is_some());
    let (mut own_failure, mut own_verdict) = (None, None);
    for line in &lines {
        match &line.event {
            Event::Failure { check, text, .. } if own_failure.is_none() => {
                own_failure = Some((check.clone(), text.clone()));
            }
            Event::End { verdict, .. } => own_verdict = Some(verdict.clone()),
            event => judge.take(line.at, event),
        }
    }
    // A trace that was cut off does not show what clients were told after its end.
    let is_shown = |operation: &&Operation| {
        own_verdict.is_some() || lines.last().is_some_and(|last| operation.answered_at < last.at)
    };
    judge.take_operations(operations.iter().filter(is_shown));
    let mut answered = operations.len();
    if let Some(history) = &of_store {
        answered = history.operations().iter().filter(|it| it.output().is_some()).count();
        let at = lines.last().map_or(0, |line| line.at);
        if let Some(reason) = judge.take_store(at, history) {
            own_verdict = Some(reason);
        }
    }
    Ok(Judgement {
        header,
        events: lines.len(),
        operations: answered,
        checks: judge.checks,
        own_failure,
        own_verdict,
    })
}

/// A history of a store, in the format that `labtest check-history` reads.
fn read_store(text: &str) -> anyhow::Result<StoreHistory> {
    lincheck::read_store(text).map_err(|error| anyhow::anyhow!("history, {error}"))
}

struct Judge {
    checks: Vec<Check>,
    /// The present life of each server.
    lives: Vec<Life>,
    leaders: Leaders,
    applied: StoredApplies,
    submitted: Submitted,
    /// Whether clients have a store.
    has_store: bool,
}

impl Judge {
    fn new(servers: usize, has_store: bool) -> Judge {
        Judge {
            checks: CHECKED.map(|property| Check { property, violation: None }).to_vec(),
            lives: (0..servers).map(|server| Life { server, start: 1 }).collect(),
            leaders: Leaders::new(servers),
            applied: StoredApplies::new(servers),
            submitted: Submitted::default(),
            has_store,
        }
    }

    fn take(&mut self, at: u64, event: &Event) {
        let seen = match event {
            Event::State(state) => self.leaders.shown(self.lives[state.server], state),
            Event::Role { server, term, leader } => {
                self.leaders.said(self.lives[*server], *term, *leader)
            }
            Event::Apply { server, index, own, command, digest } => {
                let command = whole(command, digest.as_deref());
                if !own && let Err(violation) = self.submitted.check(*server, *index, &command) {
                    self.note(at, violation);
                }
                self.applied.command(*server, *index, &command)
            }
            Event::Submit { index, command, digest, .. } => {
                // A store submits what it is asked itself, and nobody tells.
                if !self.has_store {
                    self.submitted.accept(*index, whole(command, digest.as_deref()));
                }
                Ok(())
            }
            Event::Snapshot { server, index, .. } => {
                self.applied.snapshot(*server, *index);
                Ok(())
            }
            Event::Crash { server, lost_writes } => {
                self.lives[*server].start += 1;
                self.applied.restart(*server);
                self.leaders.crash(*server, *lost_writes);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(violation) = seen {
            self.note(at, violation);
        }
    }

    fn take_operations<'a>(&mut self, operations: impl Iterator<Item = &'a Operation>) {
        for operation in operations {
            if let Err(violation) = durability::check(operation, &self.applied) {
                self.note(operation.answered_at, violation);
            }
        }
    }

    /// What clients of a store saw. Returns `undecided` where that is all that can be said.
    fn take_store(&mut self, at: u64, history: &StoreHistory) -> Option<String> {
        let of_store =
            [property::LINEARIZABLE, property::APPENDS, property::SESSION, property::COUNTER];
        self.checks.extend(of_store.map(|property| Check { property, violation: None }));
        match keyvalue::judge::judge(history, &keyvalue::order::by_answers(history)) {
            Judged::Holds => None,
            Judged::Violated(violation, _) => {
                self.note(at, violation);
                None
            }
            Judged::Undecided(_) => Some("undecided".to_string()),
        }
    }

    /// The first violation of each property counts.
    fn note(&mut self, at: u64, violation: Violation) {
        let check = self.checks.iter_mut().find(|check| check.property == violation.property);
        if let Some(check) = check {
            check.violation.get_or_insert((at, violation.message));
        }
    }
}

/// A command as it is compared: its words, and its hash where they are not all of it.
fn whole(words: &str, digest: Option<&str>) -> String {
    format!("{words}{}", digest.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OurRaft, RunOptions, all_tests, record_one};
    use std::sync::Arc;

    #[test]
    fn a_checker_of_histories_reads_the_version_that_is_written() {
        assert_eq!(history::SCHEMA, lincheck::SCHEMA);
    }

    #[test]
    fn a_trace_that_was_cut_off_violates_nothing() {
        let test = all_tests().iter().find(|test| test.name == "4B::basic_agree").unwrap();
        let recorded = record_one(test, 5, &(Arc::new(OurRaft) as _), &RunOptions::default());
        let lines: Vec<&str> = recorded.trace.split_inclusive('\n').collect();
        for kept in (1..lines.len()).step_by(7) {
            let judged = judge(&lines[..kept].concat(), &recorded.history).unwrap();
            let violated = judged.checks.iter().find(|check| check.violation.is_some());
            assert_eq!((violated, judged.own_verdict), (None, None), "{kept} lines");
        }
    }

    #[test]
    fn what_passes_holds_when_it_is_judged_from_its_files() {
        for test in all_tests() {
            let recorded = record_one(test, 5, &(Arc::new(OurRaft) as _), &RunOptions::default());
            let judged = judge(&recorded.trace, &recorded.history).unwrap();
            let violated: Vec<_> =
                judged.checks.iter().filter(|check| check.violation.is_some()).collect();
            assert!(violated.is_empty(), "{}: {violated:?}", test.name);
            assert_eq!(judged.own_verdict.as_deref(), Some("passed"), "{}", test.name);
        }
    }
}
