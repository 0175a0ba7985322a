//! Writing a trace, event by event.
//!
//! By hand and not through serde: a recorded run has hundreds of thousands of messages, and nothing
//! is allocated for any of them. A test holds each line to what serde would write.

use super::{Fault, Header, Phase, SCHEMA, State};
use crate::line::{Command, Line};
use crate::{Cause, Output, Place, VerdictName};
use std::io;

/// Writes a trace. Times are nanoseconds since the start of the run and never go back.
pub struct Writer {
    output: Output,
}

/// A message that leaves its sender; see [`Event::Send`](super::Event::Send).
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The number of the call.
    pub call: u64,
    /// Who sends this message; of a reply, who was called.
    pub from: usize,
    /// Whom it is for.
    pub to: usize,
    /// Whether it is the answer to the call.
    pub reply: bool,
    /// The method called, `Raft.AppendEntries`.
    pub method: &'a str,
    /// The message in words.
    pub text: &'a str,
    /// Its size on the wire, in bytes.
    pub bytes: usize,
}

/// How an operation of a client ended; see [`Event::Client`](super::Event::Client).
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// `ok`, `failed` or `unknown`.
    pub outcome: &'a str,
    /// The server that was asked last.
    pub server: Option<usize>,
    /// What it answered, or why it failed.
    pub answer: Option<&'a str>,
}

impl Writer {
    /// Begins a trace with its header, as [`SCHEMA`] whatever the header says.
    pub fn new(mut output: Output, header: &Header) -> Writer {
        let mut line = output.line();
        line.text("schema", SCHEMA)
            .text("test", &header.test)
            .text("description", &header.description);
        if let Some(seed) = header.seed {
            line.number("seed", seed);
        }
        line.text("clock", header.clock.name())
            .text("implementation", &header.implementation)
            .number("servers", header.servers as u64)
            .text("network", &header.network);
        if !header.config.is_empty() {
            line.text("config", &header.config);
        }
        drop(line);
        Writer { output }
    }

    /// Ends the trace. Returns what was kept in memory.
    ///
    /// # Errors
    /// The first one there was.
    pub fn finish(&mut self) -> io::Result<String> {
        self.output.finish()
    }

    /// Hands on what is buffered: it is there even if this process is killed.
    pub fn flush(&mut self) {
        self.output.flush();
    }

    fn event(&mut self, at: u64, kind: &'static str) -> Line<'_> {
        let mut line = self.output.line();
        line.number("at", at).text("kind", kind);
        line
    }

    /// A message leaves its sender.
    pub fn send(&mut self, at: u64, sent: &Sent<'_>) {
        self.event(at, "send")
            .number("call", sent.call)
            .number("from", sent.from as u64)
            .number("to", sent.to as u64)
            .flag("reply", sent.reply)
            .text("method", sent.method)
            .text("text", sent.text)
            .number("bytes", sent.bytes as u64);
    }

    /// A message arrives.
    pub fn deliver(&mut self, at: u64, call: u64, reply: bool) {
        self.event(at, "deliver").number("call", call).flag("reply", reply);
    }

    /// A message will never arrive: `why` is `chance`, `cut`, `dead` or `withheld`.
    pub fn lose(&mut self, at: u64, call: u64, reply: bool, why: &str) {
        self.event(at, "lose").number("call", call).flag("reply", reply).text("why", why);
    }

    /// The network makes a copy of a request.
    pub fn duplicate(&mut self, at: u64, call: u64, copy: u64) {
        self.event(at, "duplicate").number("call", call).number("copy", copy);
    }

    /// A server shows its internal state.
    pub fn state(&mut self, at: u64, state: &State) {
        self.event(at, "state")
            .number("server", state.server as u64)
            .number("term", state.term)
            .text("role", state.role.name())
            .number_or_null("voted_for", state.voted_for.map(|server| server as u64))
            .number("last_index", state.last_index)
            .number("last_term", state.last_term)
            .number("commit_index", state.commit_index)
            .number("applied", state.applied)
            .number("snapshot_index", state.snapshot_index);
    }

    /// A server says which term it is in and whether it leads.
    pub fn role(&mut self, at: u64, server: usize, term: u64, leader: bool) {
        self.event(at, "role")
            .number("server", server as u64)
            .number("term", term)
            .flag("leader", leader);
    }

    /// A server that says it leads accepts a command, to be at that index.
    pub fn submit(&mut self, at: u64, server: usize, index: u64, term: u64, command: Command<'_>) {
        self.event(at, "submit")
            .number("server", server as u64)
            .number("index", index)
            .number("term", term)
            .command("command", command);
    }

    /// A server applies a command.
    pub fn apply(&mut self, at: u64, server: usize, index: u64, command: Command<'_>) {
        self.event(at, "apply")
            .number("server", server as u64)
            .number("index", index)
            .command("command", command);
    }

    /// A server applies an entry of Raft's own.
    pub fn apply_own(&mut self, at: u64, server: usize, index: u64) {
        self.event(at, "apply")
            .number("server", server as u64)
            .number("index", index)
            .flag("own", true)
            .text("command", "an entry of Raft's own");
    }

    /// A server gives an index for a read that has begun then.
    pub fn read(&mut self, at: u64, server: usize, index: u64, since: u64) {
        self.event(at, "read")
            .number("server", server as u64)
            .number("index", index)
            .number("since", since);
    }

    /// A server has a snapshot: `source` is `service`, `leader` or `disk`.
    pub fn snapshot(&mut self, at: u64, server: usize, index: u64, source: &str) {
        self.event(at, "snapshot")
            .number("server", server as u64)
            .number("index", index)
            .text("source", source);
    }

    /// A life of a server that is a process, from 1, begins or ends.
    pub fn life(&mut self, at: u64, server: usize, life: u64, phase: Phase, text: &str) {
        self.event(at, "life")
            .number("server", server as u64)
            .number("life", life)
            .text("phase", phase.name())
            .text("text", text);
    }

    /// A server's life ends.
    pub fn crash(&mut self, at: u64, server: usize, lost_writes: usize) {
        self.event(at, "crash")
            .number("server", server as u64)
            .number("lost_writes", lost_writes as u64);
    }

    /// A fault begins or ends.
    pub fn fault(&mut self, at: u64, fault: &Fault) {
        let mut line = self.event(at, "fault");
        line.text("phase", fault.phase.name())
            .text("what", &fault.what)
            .text("looks", fault.looks.name())
            .numbers("servers", &fault.servers);
        if !fault.sides.is_empty() {
            line.lists("sides", &fault.sides);
        }
        line.text("text", &fault.text);
    }

    /// A client begins an operation, or ends it with an outcome: `ok`, `failed` or `unknown`.
    pub fn client(&mut self, at: u64, client: u64, op: u64, text: &str, outcome: Option<&str>) {
        let phase = if outcome.is_some() { Phase::End } else { Phase::Begin };
        let mut line = self.event(at, "client");
        line.number("client", client)
            .number("op", op)
            .text("phase", phase.name())
            .text("text", text);
        if let Some(outcome) = outcome {
            line.text("outcome", outcome);
        }
    }

    /// A client ends an operation, and it is known whom it asked and what the answer was.
    pub fn answered(&mut self, at: u64, client: u64, op: u64, text: &str, ending: Ending<'_>) {
        let mut line = self.event(at, "client");
        line.number("client", client)
            .number("op", op)
            .text("phase", Phase::End.name())
            .text("text", text)
            .text("outcome", ending.outcome);
        if let Some(server) = ending.server {
            line.number("server", server as u64);
        }
        if let Some(answer) = ending.answer {
            line.text("answer", answer);
        }
    }

    /// The scenario takes a step.
    pub fn note(&mut self, at: u64, text: &str) {
        self.event(at, "note").text("text", text);
    }

    /// A server says something to those who read about the run.
    pub fn note_of(&mut self, at: u64, server: usize, text: &str) {
        self.event(at, "note").number("server", server as u64).text("text", text);
    }

    /// The code of a server writes a line.
    pub fn line(&mut self, at: u64, server: usize, line: Command<'_>) {
        self.event(at, "line").number("server", server as u64).command("text", line);
    }

    /// A check finds its property violated.
    pub fn failure(&mut self, at: u64, check: &str, text: &str, place: &Place) {
        let mut line = self.event(at, "failure");
        line.text("check", check).text("text", text);
        write_place(&mut line, place);
    }

    /// A fact that led to the failure.
    pub fn cause(&mut self, at: u64, cause: &Cause) {
        let mut line = self.event(at, "cause");
        line.number("when", cause.when).text("fact", &cause.fact);
        if cause.wrong {
            line.flag("wrong", true);
        }
        write_place(&mut line, &cause.place);
        line.text("text", &cause.text);
    }

    /// The run is over; it has a hash where equal hashes are equal runs.
    pub fn end(&mut self, at: u64, verdict: VerdictName, trace_hash: Option<u64>) {
        let mut line = self.event(at, "end");
        line.text("verdict", verdict.name());
        if let Some(hash) = trace_hash {
            line.hash("trace_hash", hash);
        }
    }
}

fn write_place(line: &mut Line<'_>, place: &Place) {
    if !place.servers.is_empty() {
        line.numbers("servers", &place.servers);
    }
    for (name, number) in [("term", place.term), ("index", place.index)] {
        if let Some(number) = number {
            line.number(name, number);
        }
    }
}
