//! What can be made wrong in the adapter.

/// A mistake that makers of adapters make, planted by `--set bug=NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Entries count as durable when they are handed to the disk.
    AcksBeforeSync,
    /// So do votes.
    VotesBeforeSync,
    /// A server that starts again knows its log, and neither its vote nor its term.
    VoteForgotten,
    /// Of the new entries only the first gets to the disk.
    OneEntryWritten,
    /// A server that starts again takes all of its log for applied.
    AppliedTooFar,
    /// The service is told of commands alone, and not of the entry that a leader begins its term with.
    OwnEntriesKeptBack,
    /// A command's index is looked up in the metrics, which are a step late.
    IndexOfMetrics,
    /// A server that led when it crashed leads the same term when it starts again, as the crate has it by default.
    LeaderRestored,
    /// The crate's answer to a snapshot leaves at once, although it may have the entries in memory alone.
    SnapshotAnsweredAtOnce,
    /// The log is cut on the disk when the crate says so, which is before a snapshot is there in its place.
    LogCutFirst,
}

impl Mistake {
    /// All of them, with the names that options have for them.
    pub const ALL: [(&'static str, Mistake); 10] = [
        ("acks-before-sync", Mistake::AcksBeforeSync),
        ("votes-before-sync", Mistake::VotesBeforeSync),
        ("vote-forgotten", Mistake::VoteForgotten),
        ("one-entry-written", Mistake::OneEntryWritten),
        ("applied-too-far", Mistake::AppliedTooFar),
        ("own-entries-kept-back", Mistake::OwnEntriesKeptBack),
        ("index-of-metrics", Mistake::IndexOfMetrics),
        ("leader-restored", Mistake::LeaderRestored),
        ("snapshot-answered-at-once", Mistake::SnapshotAnsweredAtOnce),
        ("log-cut-first", Mistake::LogCutFirst),
    ];
}
