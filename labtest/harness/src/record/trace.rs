//! The lines of a trace, `labtest.trace/v1`.

use super::json::Line;
use super::{Output, Subject};
use crate::Failure;
use crate::api::life::Life;
use crate::watch::Phase;
use labrpc::{EventKind, LossReason, NetworkEvent};
use raft::{Inspection, RoleName, Started};

/// The version that is written.
pub(super) const SCHEMA: &str = "labtest.trace/v1";

/// Writes a trace.
pub(super) struct Trace {
    pub(super) output: Output,
}

impl Trace {
    pub(super) fn new(mut output: Output, subject: &Subject) -> Trace {
        output
            .line()
            .text("schema", SCHEMA)
            .text("test", &subject.test)
            .text("description", &subject.description)
            .number("seed", subject.seed)
            .text("implementation", &subject.implementation)
            .number("servers", subject.config.servers as u64)
            .text("network", &subject.network);
        Trace { output }
    }

    fn event(&mut self, at: u64, kind: &'static str) -> Line<'_> {
        let mut line = self.output.line();
        line.number("at", at).text("kind", kind);
        line
    }

    pub(super) fn message(
        &mut self,
        at: u64,
        event: &NetworkEvent<'_>,
        words: impl FnOnce() -> String,
    ) {
        let (caller, callee) = (event.caller, event.callee);
        match event.kind {
            EventKind::RequestSent => self.send(at, event, (caller, callee), false, &words()),
            EventKind::ReplySent => self.send(at, event, (callee, caller), true, &words()),
            EventKind::RequestDuplicated { copy } => {
                self.event(at, "duplicate").number("call", event.call).number("copy", copy);
            }
            EventKind::RequestDelivered => self.deliver(at, event.call, false),
            EventKind::ReplyDelivered => self.deliver(at, event.call, true),
            EventKind::RequestLost(reason) => self.lose(at, event.call, false, reason),
            EventKind::ReplyLost(reason) => self.lose(at, event.call, true, reason),
        }
    }

    fn send(
        &mut self,
        at: u64,
        event: &NetworkEvent<'_>,
        (from, to): (usize, usize),
        is_reply: bool,
        text: &str,
    ) {
        self.event(at, "send")
            .number("call", event.call)
            .number("from", from as u64)
            .number("to", to as u64)
            .flag("reply", is_reply)
            .text("method", event.method)
            .text("text", text)
            .number("bytes", event.bytes.len() as u64);
    }

    fn deliver(&mut self, at: u64, call: u64, is_reply: bool) {
        self.event(at, "deliver").number("call", call).flag("reply", is_reply);
    }

    fn lose(&mut self, at: u64, call: u64, is_reply: bool, reason: LossReason) {
        let why = match reason {
            LossReason::Chance => "chance",
            LossReason::Cut => "cut",
            LossReason::Dead => "dead",
            LossReason::Hook => "withheld",
        };
        self.event(at, "lose").number("call", call).flag("reply", is_reply).text("why", why);
    }

    pub(super) fn state(&mut self, at: u64, who: Life, state: &Inspection) {
        let role = match state.role {
            RoleName::Follower => "follower",
            RoleName::PreCandidate => "pre-candidate",
            RoleName::Candidate => "candidate",
            RoleName::Leader => "leader",
        };
        self.event(at, "state")
            .number("server", who.server as u64)
            .number("term", state.term)
            .text("role", role)
            .number_or_null("voted_for", state.voted_for.map(|server| server as u64))
            .number("last_index", state.last_index)
            .number("last_term", state.last_term)
            .number("commit_index", state.commit_index)
            .number("applied", state.last_applied)
            .number("snapshot_index", state.snapshot_index);
    }

    pub(super) fn role(&mut self, at: u64, who: Life, term: u64, is_leader: bool) {
        let server = who.server as u64;
        self.event(at, "role")
            .number("server", server)
            .number("term", term)
            .flag("leader", is_leader);
    }

    pub(super) fn submit(&mut self, at: u64, who: Life, started: Started, command: &[u8]) {
        self.event(at, "submit")
            .number("server", who.server as u64)
            .number("index", started.index)
            .number("term", started.term)
            .command("command", command);
    }

    pub(super) fn apply(&mut self, at: u64, who: Life, index: u64, command: &[u8]) {
        self.event(at, "apply")
            .number("server", who.server as u64)
            .number("index", index)
            .command("command", command);
    }

    pub(super) fn snapshot(&mut self, at: u64, who: Life, index: u64, source: &str) {
        let server = who.server as u64;
        self.event(at, "snapshot")
            .number("server", server)
            .number("index", index)
            .text("source", source);
    }

    pub(super) fn crash(&mut self, at: u64, server: usize, lost_writes: usize) {
        self.event(at, "crash")
            .number("server", server as u64)
            .number("lost_writes", lost_writes as u64);
    }

    pub(super) fn fault(
        &mut self,
        at: u64,
        phase: Phase,
        what: &str,
        servers: &[usize],
        text: &str,
    ) {
        self.event(at, "fault")
            .text("phase", phase_name(phase))
            .text("what", what)
            .numbers("servers", servers)
            .text("text", text);
    }

    pub(super) fn client(
        &mut self,
        at: u64,
        client: u64,
        operation: u64,
        text: &str,
        outcome: Option<&str>,
    ) {
        let phase = if outcome.is_some() { Phase::End } else { Phase::Begin };
        let mut line = self.event(at, "client");
        line.number("client", client)
            .number("op", operation)
            .text("phase", phase_name(phase))
            .text("text", text);
        if let Some(outcome) = outcome {
            line.text("outcome", outcome);
        }
    }

    pub(super) fn note(&mut self, at: u64, text: &str) {
        self.event(at, "note").text("text", text);
    }

    pub(super) fn failure(&mut self, at: u64, failure: &Failure) {
        let place = &failure.place;
        let mut line = self.event(at, "failure");
        line.text("check", failure.property).text("text", &failure.message);
        if !place.servers.is_empty() {
            line.numbers("servers", &place.servers);
        }
        for (name, number) in [("term", place.term), ("index", place.index)] {
            if let Some(number) = number {
                line.number(name, number);
            }
        }
    }

    pub(super) fn end(&mut self, at: u64, verdict: &str, trace_hash: u64) {
        self.event(at, "end").text("verdict", verdict).hash("trace_hash", trace_hash);
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Begin => "begin",
        Phase::End => "end",
    }
}
