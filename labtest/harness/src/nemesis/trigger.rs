//! When a fault begins: at a time, or at something that a server does.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a server does, and that can set a fault off. Seen by watching the insides of
/// servers; for an implementation that does not show them, nothing of it is ever seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It stands for election.
    Candidacy,
    /// It gives its vote to another server.
    Vote,
    /// It begins to lead a term.
    Elected,
    /// It stops leading.
    StepDown,
    /// It enters a later term.
    Term,
    /// It leads and appends entries.
    Append,
    /// It leads and appends the first entry of its term: nothing of the term is committed yet.
    FirstAppend,
    /// It leads and learns that more is committed.
    Commit,
    /// It leads and an entry of its term is committed for the first time.
    FirstCommit,
    /// It follows and appends entries.
    Replicated,
    /// It removes entries from the end of its log.
    Truncated,
    /// Its log is cut at the front: it has a new snapshot.
    Snapshot,
    /// It crashes.
    Crash,
    /// It starts again.
    Restart,
}

impl Event {
    pub(crate) const ALL: [Event; 14] = [
        Event::Candidacy,
        Event::Vote,
        Event::Elected,
        Event::StepDown,
        Event::Term,
        Event::Append,
        Event::FirstAppend,
        Event::Commit,
        Event::FirstCommit,
        Event::Replicated,
        Event::Truncated,
        Event::Snapshot,
        Event::Crash,
        Event::Restart,
    ];

    /// Whether it shows from outside a server that is a process: in what it logs, or in its end.
    pub(crate) fn is_seen_live(self) -> bool {
        matches!(
            self,
            Event::Elected | Event::StepDown | Event::Term | Event::Crash | Event::Restart
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events(u16);

impl Events {
    pub(super) fn add_if(&mut self, condition: bool, event: Event) {
        self.0 |= u16::from(condition) << event as u8;
    }

    pub(super) fn has(self, event: Event) -> bool {
        self.0 >> event as u8 & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}
