//! What a crash does to what was not durable.

/// What a crash does to writes that were not synced. What was synced always survives.
///
/// Writes reach the disk in their order, so what survives is everything up to some write. A save is
/// atomic: it is there or it is not. An append can be cut in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// All survive, as when only the process crashes.
    Kept,
    /// None survives.
    Lost,
    /// Those up to some write survive.
    Prefix,
    /// Those up to some write survive, and a part of the record that was appended next.
    Torn,
}
