//! The watcher that records.

use super::words::{self, Requests};
use super::{Output, Subject, store_words};
use crate::api::clients::{Answer, Operation, StoreOperation};
use crate::api::outcome::Texts;
use crate::api::value::describe;
use crate::causes::Causes;
use crate::watch::{Sight, Watcher};
use crate::{Implementation, RunOutcome, Verdict};
use kv::ClerkError;
use labrpc::{EventKind, NetworkEvent, Service};
use labtrace::trace::{Clock, Sent};
use labtrace::{Command, VerdictName, history, trace};
use parking_lot::Mutex;
use raft::Inspection;
use runtime::Instant;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// A recording under way. Clones are handles to the same one: one is in the run, as a watcher, and
/// one outlives it, to write the end.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Mutex<Inner>>);

struct Inner {
    trace: trace::Writer,
    history: history::Writer,
    clock: Clock,
    implementation: Arc<dyn Implementation>,
    began: Instant,
    /// The time of the latest event: times must not go back in a trace.
    latest: u64,
    requests: Requests,
    /// What led to a failure, if it comes to one.
    causes: Causes,
    /// What each server answers calls with: it knows what messages look like.
    services: Vec<Option<Arc<dyn Service>>>,
    /// The state that each server showed last, if it shows any.
    insides: Vec<Option<Inspection>>,
    /// The term and whether it leads, as each server said when it was asked last.
    said: Vec<Option<(u64, bool)>>,
}

/// How much is recorded of a line that a server's code writes: enough to tell what it is. There are many.
const LINE_CHARACTERS_MAX: usize = 160;

impl Recording {
    pub(crate) fn new(
        subject: &Subject,
        implementation: &Arc<dyn Implementation>,
        trace: Output,
        history: Output,
    ) -> Recording {
        Recording(Arc::new(Mutex::new(Inner {
            trace: trace::Writer::new(trace, &subject.trace_header()),
            history: history::Writer::new(history, &subject.history_header()),
            clock: subject.clock,
            implementation: Arc::clone(implementation),
            began: Instant::START,
            latest: 0,
            requests: Requests::default(),
            causes: Causes::new(&subject.config, Arc::clone(implementation)),
            services: vec![None; subject.config.servers],
            insides: vec![None; subject.config.servers],
            said: vec![None; subject.config.servers],
        })))
    }

    /// The watcher for a run that begins now.
    pub(crate) fn watcher(&self) -> Box<dyn Watcher> {
        self.0.lock().began = runtime::true_now();
        Box::new(Recorder(self.clone()))
    }

    /// What should not have happened, in words, whatever the checks say.
    #[cfg(test)]
    pub(crate) fn wrongs(&self) -> Vec<String> {
        self.0.lock().causes.wrongs()
    }

    /// Writes how the run ended, and all that was kept back.
    ///
    /// # Errors
    /// What kept the trace, or the history, from being written.
    pub(crate) fn finish(&self, outcome: &RunOutcome) -> Result<Texts, RecordError> {
        let mut inner = self.0.lock();
        // They hold their servers, which hold the run's watchers.
        inner.services.clear();
        let Inner { trace, history, clock, latest, causes, .. } = &mut *inner;
        let verdict = match &outcome.verdict {
            Verdict::Passed => VerdictName::Passed,
            Verdict::Failed(failure) => {
                *latest = nanoseconds(failure.at).max(*latest);
                trace.failure(*latest, failure.property, &failure.message, &failure.place);
                causes.chain(failure).iter().for_each(|cause| trace.cause(*latest, cause));
                VerdictName::Failed
            }
            Verdict::Undecided(reason) => {
                trace.note(*latest, reason);
                VerdictName::Undecided
            }
        };
        *latest = nanoseconds(outcome.virtual_time).max(*latest);
        let hash = (*clock == Clock::Virtual).then_some(outcome.trace_hash);
        trace.end(*latest, verdict, hash);
        let trace = trace.finish().map_err(RecordError::Trace);
        let history = history.finish().map_err(RecordError::History);
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
        inner.causes.see(at, sight);
        inner.take(at, sight);
    }
}

impl Inner {
    fn take(&mut self, at: u64, sight: &Sight<'_>) {
        let Inner { trace, insides, services, .. } = self;
        match sight {
            Sight::Message(event) => self.message(at, event),
            Sight::State { who, state, .. } => {
                insides[who.server] = Some((*state).clone());
                trace.state(at, &words::state(who.server, state));
            }
            Sight::StateHidden { who } => insides[who.server] = None,
            Sight::Said { who, term, is_leader } => self.said(at, who.server, *term, *is_leader),
            Sight::Submitted { who, started, command } => with_words(command, |command| {
                trace.submit(at, who.server, started.index, started.term, command);
            }),
            Sight::Applied { who, index, command, .. } => {
                with_words(command, |command| trace.apply(at, who.server, *index, command));
            }
            Sight::AppliedOwn { who, index, .. } => trace.apply_own(at, who.server, *index),
            Sight::Read { who, waited, index, .. } => {
                trace.read(at, who.server, *index, at.saturating_sub(nanoseconds(*waited)));
            }
            Sight::AppliedSnapshot { who, index, .. } => {
                trace.snapshot(at, who.server, *index, "leader");
            }
            Sight::TookSnapshot { who, index, .. } => {
                trace.snapshot(at, who.server, *index, "service");
            }
            Sight::Started { who, applied, peer } => {
                services[who.server] = Some(peer.service());
                self.said[who.server] = None;
                insides[who.server] = None;
                if *applied > 0 {
                    trace.snapshot(at, who.server, *applied, "disk");
                }
            }
            Sight::Fault(fault) => trace.fault(at, fault),
            Sight::Invoked(operation) => self.operation(at, operation, None),
            Sight::Answered(operation, answer) => self.operation(at, operation, Some(*answer)),
            Sight::StoreInvoked(operation) => self.store(at, operation, None),
            Sight::StoreAnswered(operation, result) => self.store(at, operation, Some(result)),
            Sight::Note(text) => trace.note(at, text),
            Sight::Noted { who, text } => trace.note_of(at, who.server, text),
            Sight::Line { who, line } => trace.line(at, who.server, beginning(line)),
            Sight::Crashed { server, lost_writes } => trace.crash(at, *server, *lost_writes),
            // Of the disks a trace has what shows in messages and states, and of what a store submits
            // what its clients asked for.
            Sight::Booting { .. }
            | Sight::StoreSubmitted { .. }
            | Sight::Written { .. }
            | Sight::Synced { .. }
            | Sight::FaultFreeBegins(_)
            | Sight::FaultFreeEnds => {}
        }
    }

    fn message(&mut self, at: u64, event: &NetworkEvent<'_>) {
        let Inner { trace, implementation, requests, insides, services, .. } = self;
        let (caller, callee, call) = (event.caller, event.callee, event.call);
        let mut send = |from, to, reply| {
            let service = services.get(callee).and_then(Option::as_deref);
            let text = requests.words(event, insides, &**implementation, service);
            let (method, bytes) = (event.method, event.bytes.len());
            trace.send(at, &Sent { call, from, to, reply, method, text: &text, bytes });
        };
        match event.kind {
            EventKind::RequestSent => send(caller, callee, false),
            EventKind::ReplySent => send(callee, caller, true),
            EventKind::RequestDuplicated { copy } => trace.duplicate(at, call, copy),
            EventKind::RequestDelivered => trace.deliver(at, call, false),
            EventKind::ReplyDelivered => trace.deliver(at, call, true),
            EventKind::RequestLost(reason) => trace.lose(at, call, false, words::why(reason)),
            EventKind::ReplyLost(reason) => trace.lose(at, call, true, words::why(reason)),
        }
        requests.note(event);
    }

    /// Only what is new is recorded, and only for a server that does not show its state.
    fn said(&mut self, at: u64, server: usize, term: u64, is_leader: bool) {
        let said = (term, is_leader);
        let is_new = self.said[server].replace(said) != Some(said);
        if is_new && self.insides[server].is_none() {
            self.trace.role(at, server, term, is_leader);
        }
    }

    fn operation(&mut self, at: u64, operation: &Operation, answer: Option<Answer>) {
        let Inner { trace, history, .. } = self;
        let Operation { number, function, value, client } = operation;
        let process = with_words(value.bytes(), |value| match answer {
            None => history.invoke(at, *number, function, value),
            Some(answer) => history.answer(at, *number, function, value, words::answer(answer)),
        });
        let outcome = answer.map(|answer| match answer {
            Answer::Done { .. } => "ok",
            Answer::Refused => "failed",
            Answer::Unknown => "unknown",
        });
        trace.client(
            at,
            client.unwrap_or(process),
            *number,
            &format!("{function}({value})"),
            outcome,
        );
    }

    fn store(
        &mut self,
        at: u64,
        operation: &StoreOperation,
        result: Option<&Result<kv::Answer, ClerkError>>,
    ) {
        let line = match result {
            None => store_words::asked(operation),
            Some(result) => store_words::answered(operation, result),
        };
        self.history.store(at, &line);
        let outcome = result.map(|result| match result {
            Ok(_) => "ok",
            Err(ClerkError::Failed { .. }) => "failed",
            Err(ClerkError::Unknown { .. }) => "unknown",
        });
        let StoreOperation { client, number, request } = operation;
        self.trace.client(at, *client, *number, &store_words::in_words(request), outcome);
    }
}

/// The beginning of a line, with the hash of the whole where that is longer.
fn beginning(line: &[u8]) -> Command<'_> {
    // Of what is not UTF-8 the reader of the line will have told.
    let text = std::str::from_utf8(line).unwrap_or_default();
    let end = text.char_indices().nth(LINE_CHARACTERS_MAX).map_or(text.len(), |(end, _)| end);
    Command { text: &text[..end], digest: (end < line.len()).then(|| xxh3_64(line)) }
}

/// A command in words, with its hash where they are not all of it.
fn with_words<T>(command: &[u8], then: impl FnOnce(Command<'_>) -> T) -> T {
    let text = describe(command);
    let digest = (text.as_bytes() != command).then(|| xxh3_64(command));
    then(Command { text: &text, digest })
}
