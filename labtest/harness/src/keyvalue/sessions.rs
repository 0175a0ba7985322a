//! A client sees its own writes, and never less than it saw before.
//!
//! Statement: of each key, a client's reads show versions no lower than any that the client has
//! seen or made before, and its writes make higher ones. These are the four session guarantees
//! (Terry et al., 1994: read your writes, monotonic reads, monotonic writes, writes follow reads),
//! key by key, in the terms of versions.

use super::history::StoreHistory;
use crate::{Violation, property};
use lincheck::models::KvOutput;
use std::collections::BTreeMap;

pub(super) fn check(history: &StoreHistory) -> Result<(), Violation> {
    let mut known: BTreeMap<(u64, &str), u64> = BTreeMap::new();
    for operation in history.operations() {
        let (client, key) = (operation.client, operation.input.key.as_str());
        let (version, least, what) = match operation.output() {
            Some(KvOutput::Got(_, Some(version))) => (*version, 0, "read"),
            Some(KvOutput::Done(Some(version))) => (*version, 1, "made"),
            _ => continue,
        };
        let before = known.entry((client, key)).or_default();
        if version < *before + least {
            let sentence = format!(
                "client {client} {what} version {version} of {key:?} after it had seen version {before}"
            );
            return Err(Violation::new(property::SESSION, sentence));
        }
        *before = version;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{append, done, got, history};
    use super::*;
    use lincheck::models::KvOperation::Get;

    #[test]
    fn stays_silent_when_versions_go_up() {
        let rows = [
            (0, 1, 2, "x", append("a"), done(1)),
            (0, 3, 4, "x", Get, got("a", 1)),
            (0, 5, 6, "x", Get, got("ab", 2)),
            (0, 7, 8, "y", Get, got("", 0)),
            // Another client's reads are its own matter.
            (1, 9, 10, "x", Get, got("a", 1)),
        ];
        assert_eq!(check(&history(&rows)), Ok(()));
    }

    #[test]
    fn fires_when_a_client_does_not_see_its_write_or_reads_go_back() {
        let unseen = [(0, 1, 2, "x", append("a"), done(1)), (0, 3, 4, "x", Get, got("", 0))];
        let expected = "client 0 read version 0 of \"x\" after it had seen version 1";
        assert_eq!(check(&history(&unseen)).unwrap_err().message, expected);
        let back = [(0, 1, 2, "x", Get, got("ab", 2)), (0, 3, 4, "x", Get, got("a", 1))];
        assert!(check(&history(&back)).is_err());
    }

    #[test]
    fn fires_when_a_write_makes_no_new_version() {
        let rows = [(0, 1, 2, "x", Get, got("a", 1)), (0, 3, 4, "x", append("b"), done(1))];
        assert!(check(&history(&rows)).unwrap_err().message.contains("made version 1"));
    }
}
