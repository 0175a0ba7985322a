//! What can be made wrong in the adapter.

use crate::core::Core;
use labtest::ApplyMsg;
use labtest::sans_io::{self, Output};

/// A mistake that makers of adapters make, planted by `--set bug=NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// All messages leave at once, whatever they promise.
    MessagesBeforeSync,
    /// Entries are acknowledged before they are durable.
    AcksBeforeSync,
    /// A term is written only together with a vote in it.
    TermNotWritten,
    /// Of the new entries only the first gets to the disk.
    OneEntryWritten,
    /// A leader's snapshot counts as durable when it is handed to the disk.
    SnapshotBeforeDurable,
    /// Ticks go on while a snapshot is installed.
    ClockOnWhileInstalling,
    /// A server that starts again does not know its vote any more.
    VoteForgotten,
}

impl Mistake {
    /// All of them, with the names that options have for them.
    pub const ALL: [(&'static str, Mistake); 7] = [
        ("messages-before-sync", Mistake::MessagesBeforeSync),
        ("acks-before-sync", Mistake::AcksBeforeSync),
        ("term-not-written", Mistake::TermNotWritten),
        ("one-entry-written", Mistake::OneEntryWritten),
        ("snapshot-before-durable", Mistake::SnapshotBeforeDurable),
        ("clock-on-while-installing", Mistake::ClockOnWhileInstalling),
        ("vote-forgotten", Mistake::VoteForgotten),
    ];

    /// What leaves too early.
    pub(crate) fn spoil(self, core: &mut Core, output: &mut Output) {
        let Output { messages, promises, apply, .. } = output;
        match self {
            Mistake::MessagesBeforeSync => messages.append(promises),
            Mistake::AcksBeforeSync => {
                messages.extend(promises.extract_if(.., |it| it.method == "MsgAppendResponse"));
            }
            Mistake::SnapshotBeforeDurable
                if matches!(apply.first(), Some(ApplyMsg::Snapshot { .. })) =>
            {
                messages.append(promises);
                sans_io::Core::durable(core, core.written);
            }
            _ => {}
        }
    }
}
