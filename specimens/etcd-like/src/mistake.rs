//! What can be made wrong in it.

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
    /// A leader's snapshot is installed and answered when it is handed to the disk, and not when it is
    /// durable.
    SnapshotBeforeDurable,
    /// Ticks go on while a snapshot is installed.
    ClockOnWhileInstalling,
    /// Heartbeats carry the leader's commit index, however far the follower's log is the leader's.
    CommitHeaderWrong,
    /// A server that starts again does not know its vote any more.
    VoteForgotten,
}

impl Mistake {
    /// All of them, with the names that options have for them.
    pub const ALL: [(&'static str, Mistake); 8] = [
        ("messages-before-sync", Mistake::MessagesBeforeSync),
        ("acks-before-sync", Mistake::AcksBeforeSync),
        ("term-not-written", Mistake::TermNotWritten),
        ("one-entry-written", Mistake::OneEntryWritten),
        ("snapshot-before-durable", Mistake::SnapshotBeforeDurable),
        ("clock-on-while-installing", Mistake::ClockOnWhileInstalling),
        ("commit-header-wrong", Mistake::CommitHeaderWrong),
        ("vote-forgotten", Mistake::VoteForgotten),
    ];
}
