//! What servers show of their internal state, after every step of the simulation that changed it.

use crate::Peer;
use crate::api::vocabulary::Position;
use crate::checks::known::committed::Committed;
use crate::checks::known::entries::{Conflict, Entries, keep_first};
use crate::checks::known::log_view::LogView;
use raft::Inspection;

/// What has changed in a log that is shown.
#[derive(Debug)]
pub(crate) struct LogChange {
    /// The first entry that is not what its place was known to hold.
    pub(crate) conflict: Result<(), Conflict>,
    /// The first entry that is not what it was.
    pub(crate) removed_from: Option<u64>,
    /// The snapshot, if it is another one than before.
    pub(crate) new_snapshot: Option<Position>,
    /// The log agrees less far than before with what is committed.
    pub(crate) lost: bool,
}

/// Brings the view of a server's log up to date. `None` when it shows itself, but not its log.
pub(crate) fn follow_log(
    memory: &mut Option<LogView>,
    entries: &mut Entries,
    committed: &Committed,
    server: usize,
    state: &Inspection,
    peer: &dyn Peer,
) -> Option<LogChange> {
    let view = memory.get_or_insert_default();
    let (agreed, snapshot) = (view.agreed(), view.snapshot());
    let Some((removed_from, conflict)) = follow(view, entries, server, state, peer) else {
        *memory = None;
        return None;
    };
    view.agree(committed);
    let shown = Position { index: state.snapshot_index, term: state.snapshot_term };
    let new_snapshot = (view.snapshot() != snapshot).then_some(shown);
    let lost = view.agreed() < agreed;
    Some(LogChange { conflict, removed_from, new_snapshot, lost })
}

/// Follows what has changed in a log. Logs that have the same entry at one place are the same in
/// front of it (Log Matching), so the last entry that is still there shows where they part.
fn follow(
    view: &mut LogView,
    entries: &mut Entries,
    server: usize,
    state: &Inspection,
    peer: &dyn Peer,
) -> Option<(Option<u64>, Result<(), Conflict>)> {
    let mut removed_from = None;
    let snapshot = Position { index: state.snapshot_index, term: state.snapshot_term };
    if snapshot != view.snapshot() {
        let last_index = view.last().index;
        view.compact(snapshot);
        removed_from = (view.last().index < last_index && last_index > snapshot.index)
            .then_some(snapshot.index + 1);
    }
    let (last_index, last) = (view.last().index, state.last_index);
    if (last_index, view.last().term) == (last, state.last_term) {
        return Some((removed_from, Ok(())));
    }
    let mut same = last_index.min(last);
    while same > snapshot.index {
        let entry = peer.entry_at(same)?;
        if view.id(same) == Some(entry) {
            break;
        }
        same -= 1;
    }
    if same < last_index {
        view.truncate_to(same);
        removed_from = Some(removed_from.map_or(same + 1, |index| index.min(same + 1)));
    }
    let mut conflict = Ok(());
    for index in same + 1..=last {
        let entry = peer.entry_at(index)?;
        let before = view.last().term;
        keep_first(&mut conflict, entries.observe(server, index, entry, before));
        view.push(entry);
    }
    Some((removed_from, conflict))
}
