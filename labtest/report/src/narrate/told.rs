//! What is told, and what can be told apart.

use crate::run::MessageKind;
use raft_api::Change;

/// One thing that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Nanoseconds since the start of the run.
    pub at: u64,
    /// Who does it.
    pub who: Who,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What it does, without a subject; a whole sentence where it is nobody's.
    pub text: String,
}

/// Whose doing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A server, by number.
    Server(usize),
    /// The tester's, or a client's.
    Nobody,
}

/// What is told apart, to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A server starts, or its life ends.
    Start,
    /// A server takes another role.
    Role,
    /// A server enters another term.
    Term,
    /// A vote is asked for or given.
    Vote,
    /// A log changes.
    Log,
    /// A commit index rises.
    Commit,
    /// A command is applied.
    Apply,
    /// A snapshot is taken, sent or loaded.
    Snapshot,
    /// Entries are sent or answered.
    Append,
    /// A heartbeat is sent or answered.
    Heartbeat,
    /// Another message is sent or answered.
    Other,
    /// A message is lost or withheld.
    Lost,
    /// A fault begins or ends.
    Fault,
    /// A client begins an operation, or is answered.
    Client,
    /// The scenario takes a step.
    Step,
    /// A server says something of itself.
    Note,
    /// The program of a server writes a line.
    Line,
    /// A property does not hold.
    Failure,
}

impl Kind {
    /// Every kind, with its name in a filter.
    pub const ALL: [(Kind, &'static str); 18] = [
        (Kind::Start, "start"),
        (Kind::Role, "role"),
        (Kind::Term, "term"),
        (Kind::Vote, "vote"),
        (Kind::Log, "log"),
        (Kind::Commit, "commit"),
        (Kind::Apply, "apply"),
        (Kind::Snapshot, "snapshot"),
        (Kind::Append, "append"),
        (Kind::Heartbeat, "heartbeat"),
        (Kind::Other, "other"),
        (Kind::Lost, "lost"),
        (Kind::Fault, "fault"),
        (Kind::Client, "client"),
        (Kind::Step, "step"),
        (Kind::Note, "note"),
        (Kind::Line, "line"),
        (Kind::Failure, "failure"),
    ];

    /// The kinds shown by default. What is left out is voluminous, and shows in its effects.
    pub fn is_usual(self) -> bool {
        !matches!(self, Kind::Append | Kind::Heartbeat | Kind::Lost | Kind::Line)
    }

    pub(super) fn of_change(change: &Change) -> Kind {
        match change.kind() {
            "start" => Kind::Start,
            "role" => Kind::Role,
            "term" => Kind::Term,
            "vote" => Kind::Vote,
            "log" => Kind::Log,
            "snapshot" => Kind::Snapshot,
            _ => Kind::Commit,
        }
    }

    pub(super) fn of_message(kind: MessageKind) -> Kind {
        match kind {
            MessageKind::Vote => Kind::Vote,
            MessageKind::Append => Kind::Append,
            MessageKind::Heartbeat => Kind::Heartbeat,
            MessageKind::Snapshot => Kind::Snapshot,
            MessageKind::Other => Kind::Other,
        }
    }
}
