//! A recorded run, put together from its trace: what the pictures are drawn from.
//!
//! A trace says what happened at single moments. A picture needs what lasts: a message from its
//! sending to its end, a role from one change to the next, a fault from begin to end. This module
//! joins them, once for all pictures, and tells the run's story in a few sentences.

mod fault;
mod join;
mod message;
mod story;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Gap};
pub use message::{Fate, Message, MessageKind};
pub use story::{Moment, MomentKind};

use join::Joiner;
use labtrace::Cause;
use labtrace::trace::{self, Event, Header, Line, Role};

/// A whole run.
#[derive(Debug)]
pub struct Run {
    /// What was run.
    pub header: Header,
    /// The time of the last event, in nanoseconds from the start, as all times here.
    pub end_at: u64,
    /// `passed`, `failed` or `undecided`; none if the trace was cut off before its end.
    pub verdict: Option<String>,
    /// The hash of all that happened, if the trace has its end and the run a hash.
    pub trace_hash: Option<String>,
    /// The messages between servers, by the time they were sent.
    pub messages: Vec<Message>,
    /// What is known of each server, by its number.
    pub servers: Vec<ServerHistory>,
    /// The faults, by the time they began.
    pub faults: Vec<Fault>,
    /// The commands that leaders took in, by time.
    pub submits: Vec<Submit>,
    /// What clients did, by the time they began it.
    pub operations: Vec<Operation>,
    /// The steps of the scenario.
    pub notes: Vec<Note>,
    /// What checks found, the first one first.
    pub failures: Vec<Failure>,
    /// What led to the failure, by time. The first that is wrong is the cause.
    pub causes: Vec<Cause>,
}

/// What is known of one server.
#[derive(Debug, Default)]
pub struct ServerHistory {
    /// Its state from each change on.
    pub states: Vec<State>,
    /// The stretches of time with the same role and term.
    pub bands: Vec<Band>,
    /// The commands it applied.
    pub applies: Vec<Apply>,
    /// The time and last index of its snapshots.
    pub snapshots: Vec<(u64, u64)>,
}

/// The state of a server from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// From when.
    pub at: u64,
    /// Its term.
    pub term: u64,
    /// Its role.
    pub standing: Standing,
    /// All of its state, unless it hides it.
    pub shown: Option<trace::State>,
}

/// What a server is at a moment, as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It shows its role.
    Is(Role),
    /// It only says that it does not lead.
    NotLeader,
}

/// A stretch of time in which a server has the same role and term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// From when.
    pub start: u64,
    /// Until when.
    pub end: u64,
    /// Its role.
    pub standing: Standing,
    /// Its term.
    pub term: u64,
}

/// A command applied by a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Apply {
    /// When it applied it.
    pub at: u64,
    /// The index of the command.
    pub index: u64,
    /// The command in words, `101`.
    pub command: String,
}

/// A leader took in a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Submit {
    /// When.
    pub at: u64,
    /// The leader.
    pub server: usize,
    /// The index that it promised.
    pub index: u64,
    /// Its term.
    pub term: u64,
    /// The command in words, `101`.
    pub command: String,
}

/// What a client did.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// When it began.
    pub start: u64,
    /// When it ended; the end of the run if it never did.
    pub end: u64,
    /// Which client.
    pub client: u64,
    /// The number of the operation.
    pub op: u64,
    /// The operation in words, `one(101)`.
    pub text: String,
    /// `ok`, `failed` or `unknown`; none if it never ended.
    pub outcome: Option<String>,
    /// The server that was asked last, if that is known.
    pub server: Option<usize>,
    /// What it answered, or why the operation failed, if that is known.
    pub answer: Option<String>,
}

/// A step of the scenario.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    /// When it was taken.
    pub at: u64,
    /// The step in words, `isolate the leader`.
    pub text: String,
}

/// A property that was violated.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it was found.
    pub at: u64,
    /// The check's name, `safety:leader`.
    pub check: String,
    /// The violation in one sentence.
    pub text: String,
    /// The servers concerned.
    pub servers: Vec<usize>,
    /// The term concerned.
    pub term: Option<u64>,
    /// The log index concerned.
    pub index: Option<u64>,
    /// The operation that ended at that very moment, by its place: the answer that fits nowhere.
    pub operation: Option<usize>,
}

impl Run {
    /// Puts a run together from the text of its trace.
    ///
    /// # Errors
    /// Where the text is not a trace of a version that this tool reads; the error names the line and
    /// what was expected there.
    pub fn from_trace(trace: &str) -> anyhow::Result<Self> {
        let (header, lines) = trace::read(trace)?;
        let end_at = end_of(&lines);
        let mut joiner = Joiner::new(header, end_at);
        for Line { at, event } in lines.into_iter().take_while(|line| line.at <= end_at) {
            joiner.take(at, event);
        }
        Ok(joiner.finish())
    }
}

/// When the run was over. Processes end after that, because they are told to: it is not part of the run.
fn end_of(lines: &[Line]) -> u64 {
    let time_of_last = |is_it: fn(&Event) -> bool| {
        lines.iter().rev().find(|line| is_it(&line.event)).map(|line| line.at)
    };
    match time_of_last(|event| matches!(event, Event::End { .. })) {
        Some(end) => time_of_last(|event| matches!(event, Event::Failure { .. })).max(Some(end)),
        None => time_of_last(|_| true),
    }
    .unwrap_or(0)
}
