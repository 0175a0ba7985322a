//! The lines of a trace after its header.

use super::Fault;
use crate::Cause;
use serde::{Deserialize, Serialize};
use std::ops::Not;

/// An event and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Nanoseconds since the start of the run, on the clock that the header names.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// A message left its sender.
    Send {
        /// The number of the call, `17`; a reply carries that of its request.
        call: u64,
        /// Who sends this message (for a reply: who was called).
        from: usize,
        /// Whom it is for.
        to: usize,
        /// Whether it is the answer to the call.
        reply: bool,
        /// The method called, `Raft.AppendEntries`.
        method: String,
        /// The message in words, `asks server 1 for its vote in term 3`.
        text: String,
        /// Its size on the wire, in bytes.
        bytes: u64,
    },
    /// A message arrived.
    Deliver {
        /// The number it was sent with.
        call: u64,
        /// Whether it is the answer to the call.
        reply: bool,
    },
    /// A message will never arrive.
    Lose {
        /// The number it was sent with.
        call: u64,
        /// Whether it is the answer to the call.
        reply: bool,
        /// `chance`, `cut`, `dead` or `withheld`.
        why: String,
    },
    /// The network made a second copy of a request, with a separate fate.
    Duplicate {
        /// The number the original was sent with.
        call: u64,
        /// The number of the copy.
        copy: u64,
    },
    /// What a Raft that shows its internal state looks like from here on.
    State(State),
    /// What a Raft that hides its internal state said when it was asked.
    Role {
        /// The server's number, from 0.
        server: usize,
        /// The term it gave.
        term: u64,
        /// Whether it believes that it leads.
        leader: bool,
    },
    /// A server that says it leads accepted a command.
    Submit {
        /// The server's number, from 0.
        server: usize,
        /// The index that it promised for the command.
        index: u64,
        /// The term in which it says it leads.
        term: u64,
        /// The command in words, `101`.
        command: String,
        /// A hash of it as 16 hexadecimal digits, where the words are not all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A server applied a command, or an entry of Raft's own.
    Apply {
        /// The server's number, from 0.
        server: usize,
        /// The index of the command.
        index: u64,
        /// Whether it is an entry of Raft's own.
        #[serde(default, skip_serializing_if = "Not::not")]
        own: bool,
        /// The command in words, `101`.
        command: String,
        /// A hash of it as 16 hexadecimal digits, where the words are not all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A server gave an index for a read that needs no entry: what is applied up to there may be read.
    Read {
        /// The server's number, from 0.
        server: usize,
        /// The index that it gave.
        index: u64,
        /// When the read began, in nanoseconds since the start of the run.
        since: u64,
    },
    /// A server took a snapshot, or was given one.
    Snapshot {
        /// The server's number, from 0.
        server: usize,
        /// The last index it covers.
        index: u64,
        /// Where it is from: `service`, which took it; `leader`, which sent it; `disk`, from which
        /// the server starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A life of a server that is a process begins or ends.
    Life {
        /// The server's number, from 0.
        server: usize,
        /// Which of its lives, from 1.
        life: u64,
        /// Whether it begins or ends here.
        phase: Phase,
        /// In words, `server 2 was killed`.
        text: String,
    },
    /// A server's life has ended.
    Crash {
        /// The server's number, from 0.
        server: usize,
        /// How many of its last writes were not durable and are lost.
        lost_writes: u64,
    },
    /// A fault began or ended.
    Fault(Fault),
    /// A client began or ended an operation.
    Client {
        /// The client's number; clients are numbered apart from servers.
        client: u64,
        /// The number of the operation; a client has each once.
        op: u64,
        /// Whether it begins or ends here.
        phase: Phase,
        /// The operation in words, `one(101)`.
        text: String,
        /// `ok`, `failed` or `unknown`; only at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        /// The server that was asked last, where it was one; only at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<usize>,
        /// What it answered, or why it failed, in words; only at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
    },
    /// The scenario took a step, or a server has something to say.
    Note {
        /// The server that says it, from 0; none of a step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<usize>,
        /// The step in words, `isolate the leader`.
        text: String,
    },
    /// The code of a server, which is another program, wrote a line.
    Line {
        /// The server's number, from 0.
        server: usize,
        /// The line's beginning.
        text: String,
        /// A hash of the line as 16 hexadecimal digits, where that is longer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A check found a property violated.
    Failure {
        /// The check's name, `liveness:one`.
        check: String,
        /// The violation in one sentence.
        text: String,
        /// The servers concerned.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        servers: Vec<usize>,
        /// The term concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<u64>,
        /// The log index concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u64>,
    },
    /// A fact that led to the failure. These stand after it, in the order of their own times.
    Cause(Cause),
    /// The run is over.
    End {
        /// `passed`, `failed` or `undecided`.
        verdict: String,
        /// The hash of all that happened, 16 hexadecimal digits; none where runs have no hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace_hash: Option<String>,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The internal state of a server from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The server's number, from 0.
    pub server: usize,
    /// Its current term.
    pub term: u64,
    /// Its role in that term.
    pub role: Role,
    /// Whom it voted for in that term.
    pub voted_for: Option<usize>,
    /// The index of the last entry of its log.
    pub last_index: u64,
    /// The term of the last entry of its log.
    pub last_term: u64,
    /// The highest index it knows to be committed.
    pub commit_index: u64,
    /// The highest index it has applied.
    pub applied: u64,
    /// The last index that its snapshot covers.
    pub snapshot_index: u64,
}

/// The role of a server in its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Follows, or waits to hear from a leader.
    Follower,
    /// Asks whether it would be elected, before it raises its term.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads.
    Leader,
}

impl Role {
    /// Its name in a trace.
    pub fn name(self) -> &'static str {
        match self {
            Role::Follower => "follower",
            Role::PreCandidate => "pre-candidate",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        }
    }
}

/// Which end of something that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It begins here.
    Begin,
    /// It ends here.
    End,
}

impl Phase {
    /// Its name in a trace.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Begin => "begin",
            Phase::End => "end",
        }
    }
}
