//! What the algorithm asks of a log.

use labtest::Position;
use labtest::sans_io::{Entry, Log};

/// The entries from `index` on, about `bytes_max` bytes of them, but at least one.
pub(crate) fn batch(log: &Log, index: u64, bytes_max: usize) -> Vec<Entry> {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        let is_first = bytes == 0;
        bytes += entry.command.as_ref().map_or(0, |command| command.len()) + 1;
        is_first || bytes <= bytes_max
    };
    log.from(index).iter().take_while(fits).cloned().collect()
}

/// The last entry up to `index` whose term is at most `term`: after it the log can't be that of a server whose
/// entry at `index` is of `term`.
pub(crate) fn last_up_to(log: &Log, index: u64, term: u64) -> Position {
    let mut index = index.min(log.last().index);
    while index > log.snapshot.index && log.term_at(index).is_some_and(|other| other > term) {
        index -= 1;
    }
    Position { index, term: log.term_at(index).unwrap_or(0) }
}
