//! What servers send each other, under the names that etcd has for it. Nothing is a reply.

use labtest::sans_io::Entry;
use labtest::serde::{Deserialize, Serialize};
use labtest::{Bytes, Position};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct Message {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The sender's term.
    pub(crate) term: u64,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) enum Body {
    /// A candidate, whose log ends at `last`, asks for a vote.
    Vote {
        last: Position,
    },
    VoteResp {
        granted: bool,
    },
    /// Entries to follow the one at `prev`.
    App {
        prev: Position,
        entries: Vec<Entry>,
        commit: u64,
    },
    /// The log is the leader's up to `index`, on the disk too.
    AppResp {
        index: u64,
    },
    /// There is no such entry at `prev_index`: the log is the leader's at best up to `hint`.
    AppReject {
        prev_index: u64,
        hint: Position,
    },
    /// The service's state after the entry at `last`, instead of the log up to there.
    Snap {
        last: Position,
        data: Bytes,
    },
    /// `commit`: the lower of the leader's commit index and of what the follower has confirmed.
    /// `number` counts the rounds of heartbeats.
    Heartbeat {
        commit: u64,
        number: u64,
    },
    HeartbeatResp {
        number: u64,
    },
}

/// The names of all messages on the wire.
pub(crate) const METHODS: [&str; 7] = [
    "MsgVote",
    "MsgVoteResp",
    "MsgApp",
    "MsgAppResp",
    "MsgSnap",
    "MsgHeartbeat",
    "MsgHeartbeatResp",
];

impl Body {
    /// The message's name on the wire.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Body::Vote { .. } => "MsgVote",
            Body::VoteResp { .. } => "MsgVoteResp",
            Body::App { .. } => "MsgApp",
            Body::AppResp { .. } | Body::AppReject { .. } => "MsgAppResp",
            Body::Snap { .. } => "MsgSnap",
            Body::Heartbeat { .. } => "MsgHeartbeat",
            Body::HeartbeatResp { .. } => "MsgHeartbeatResp",
        }
    }

    /// Whether only leaders say it.
    pub(crate) fn is_leaders(&self) -> bool {
        matches!(self, Body::App { .. } | Body::Snap { .. } | Body::Heartbeat { .. })
    }
}
