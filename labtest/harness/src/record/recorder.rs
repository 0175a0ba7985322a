//! The watcher that records.

use super::history::History;
use super::store_lines::store_words;
use super::trace::Trace;
use super::words::Requests;
use super::{Output, Subject};
use crate::api::clients::{Answer, Operation, StoreOperation};
use crate::watch::{Sight, Watcher};
use crate::{Implementation, RunOutcome, Verdict};
use kv::ClerkError;
use parking_lot::Mutex;
use raft::Inspection;
use runtime::Instant;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A recording under way. Clones are handles to the same one: one is in the run, as a watcher, and
/// one outlives it, to write the end.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Mutex<Inner>>);

struct Inner {
    trace: Trace,
    history: History,
    implementation: Arc<dyn Implementation>,
    began: Instant,
    /// The time of the latest event: times must not go back in a trace.
    latest: u64,
    requests: Requests,
    /// What each server showed of its inside last, if it shows it.
    insides: Vec<Option<Inspection>>,
    /// The term and whether it leads, as each server said when it was asked last.
    said: Vec<Option<(u64, bool)>>,
}

/// What a recording has in memory; empty what went to files.
#[derive(Debug, Default)]
pub struct Texts {
    /// The trace.
    pub trace: String,
    /// The history.
    pub history: String,
}

impl Recording {
    pub(crate) fn new(
        subject: &Subject,
        implementation: &Arc<dyn Implementation>,
        trace: Output,
        history: Output,
    ) -> Recording {
        Recording(Arc::new(Mutex::new(Inner {
            trace: Trace::new(trace, subject),
            history: History::new(history, subject),
            implementation: Arc::clone(implementation),
            began: Instant::START,
            latest: 0,
            requests: Requests::default(),
            insides: vec![None; subject.config.servers],
            said: vec![None; subject.config.servers],
        })))
    }

    /// The watcher for a run that begins now.
    pub(crate) fn watcher(&self) -> Box<dyn Watcher> {
        self.0.lock().began = runtime::true_now();
        Box::new(Recorder(self.clone()))
    }

    /// Writes how the run ended, and all that was kept back.
    ///
    /// # Errors
    /// What kept the trace, or the history, from being written.
    pub(crate) fn finish(&self, outcome: &RunOutcome) -> Result<Texts, RecordError> {
        let mut inner = self.0.lock();
        let Inner { trace, history, latest, .. } = &mut *inner;
        let verdict = match &outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed(failure) => {
                *latest = nanoseconds(failure.at).max(*latest);
                trace.failure(*latest, failure);
                "failed"
            }
            Verdict::Undecided(reason) => {
                trace.note(*latest, reason);
                "undecided"
            }
        };
        *latest = nanoseconds(outcome.virtual_time).max(*latest);
        trace.end(*latest, verdict, outcome.trace_hash);
        let trace = trace.output.finish().map_err(RecordError::Trace);
        let history = history.output.finish().map_err(RecordError::History);
        Ok(Texts { trace: trace?, history: history? })
    }
}

/// What kept a recording from being written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the trace: {0}")]
    /// The trace could not be written.
    Trace(io::Error),
    #[error("the history: {0}")]
    /// The history could not be written.
    History(io::Error),
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

struct Recorder(Recording);

impl Watcher for Recorder {
    fn see(&mut self, at: Instant, sight: &Sight<'_>) {
        let mut inner = self.0.0.lock();
        let at = nanoseconds(at.since(inner.began)).max(inner.latest);
        inner.latest = at;
        inner.take(at, sight);
    }
}

impl Inner {
    fn take(&mut self, at: u64, sight: &Sight<'_>) {
        let Inner { trace, history, implementation, requests, insides, said, .. } = self;
        match sight {
            Sight::Message(event) => {
                trace.message(at, event, || requests.words(event, insides, &**implementation));
                requests.note(event);
            }
            Sight::State { who, state, .. } => {
                insides[who.server] = Some((*state).clone());
                trace.state(at, *who, state);
            }
            Sight::Said { who, term, is_leader } => {
                let known = &mut said[who.server];
                let is_new = known.replace((*term, *is_leader)) != Some((*term, *is_leader));
                if is_new && insides[who.server].is_none() {
                    trace.role(at, *who, *term, *is_leader);
                }
            }
            Sight::Submitted { who, started, command } => {
                trace.submit(at, *who, *started, command);
            }
            Sight::Applied { who, index, command } => trace.apply(at, *who, *index, command),
            Sight::AppliedSnapshot { who, index, .. } => trace.snapshot(at, *who, *index, "leader"),
            Sight::TookSnapshot { who, index, .. } => trace.snapshot(at, *who, *index, "service"),
            Sight::Started { who, applied } => {
                insides[who.server] = None;
                said[who.server] = None;
                if *applied > 0 {
                    trace.snapshot(at, *who, *applied, "disk");
                }
            }
            Sight::Fault { phase, what, servers, text } => {
                trace.fault(at, *phase, what, servers, text);
            }
            Sight::Invoked(operation) => {
                let process = history.invoked(at, operation);
                let client = operation.client.unwrap_or(process);
                trace.client(at, client, operation.number, &in_words(operation), None);
            }
            Sight::Answered(operation, answer) => {
                let process = history.answered(at, operation, *answer);
                let client = operation.client.unwrap_or(process);
                let outcome = match answer {
                    Answer::Done { .. } => "ok",
                    Answer::Refused => "failed",
                    Answer::Unknown => "unknown",
                };
                trace.client(at, client, operation.number, &in_words(operation), Some(outcome));
            }
            Sight::StoreInvoked(operation) => {
                history.store_invoked(at, operation);
                let StoreOperation { client, number, request } = operation;
                trace.client(at, *client, *number, &store_words(request), None);
            }
            Sight::StoreAnswered(operation, result) => {
                history.store_answered(at, operation, result);
                let StoreOperation { client, number, request } = operation;
                let outcome = match result {
                    Ok(_) => "ok",
                    Err(ClerkError::Failed { .. }) => "failed",
                    Err(ClerkError::Unknown { .. }) => "unknown",
                };
                trace.client(at, *client, *number, &store_words(request), Some(outcome));
            }
            Sight::Note(text) => trace.note(at, text),
            Sight::Crashed { server, lost_writes } => trace.crash(at, *server, *lost_writes),
            // Of the disks a trace has what shows in messages and states.
            Sight::Booting { .. }
            | Sight::Written { .. }
            | Sight::Synced { .. }
            | Sight::FaultFreeBegins(_)
            | Sight::FaultFreeEnds => {}
        }
    }
}

fn in_words(operation: &Operation) -> String {
    format!("{}({})", operation.function, operation.value)
}
