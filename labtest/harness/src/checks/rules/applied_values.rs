//! At one index all servers apply the same command, for the whole run.
//!
//! Source: State Machine Safety, figure 3 of the Raft paper; the lab's check of every applied
//! message. The lab compares with what the other servers of the moment have applied; here with
//! whatever any server has ever applied, or reported committed, so nothing is forgotten when servers
//! restart.

use crate::api::value::{describe_applied, tell_applied_apart};
use crate::checks::known::applied::Entry;
use crate::checks::known::committed::CommittedEntry;
use crate::{Violation, property};

/// `known` is what was first applied at `index`; `server` applies `command`, of `term`, there now. A term that
/// is not known is 0.
pub(crate) fn check(
    known: &Entry,
    index: u64,
    server: usize,
    term: u64,
    command: Option<&[u8]>,
) -> Result<(), Violation> {
    let first = known.command.as_deref();
    if first == command {
        return Ok(());
    }
    let (applied, first) = tell_applied_apart(command, first);
    let by = known.first_server;
    let (term, first_term) = (of_term(term), of_term(known.term));
    let message = format!(
        "server {server} applies {applied}{term} at index {index}, where server {by} applied {first}{first_term}"
    );
    let servers = [server, known.first_server];
    Err(Violation::new(property::APPLIED_VALUES, message).at_servers(servers).at_index(index))
}

/// ` of term 2`; nothing where it is not known.
fn of_term(term: u64) -> String {
    if term == 0 { String::new() } else { format!(" of term {term}") }
}

/// Server `by` applies `command`, of that hash, at `index`, where `committed` is what servers reported.
pub(crate) fn check_committed(
    committed: &CommittedEntry,
    index: u64,
    by: usize,
    command: Option<&[u8]>,
    hash: u64,
) -> Result<(), Violation> {
    if committed.has_command(hash) {
        return Ok(());
    }
    let message = format!(
        "server {by} applies {} at index {index}, where another entry is committed, {} (as server {} \
         reported first)",
        describe_applied(command),
        committed.describe(),
        committed.by
    );
    let violation = Violation::new(property::APPLIED_VALUES, message);
    Err(violation.at_servers([by, committed.by]).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vocabulary::EntryId;
    use crate::checks::known::committed::Committed;
    use bytes::Bytes;

    const KNOWN: Entry =
        Entry { command: Some(Bytes::from_static(b"101")), commands: 1, term: 1, first_server: 0 };

    #[test]
    fn fires_when_a_server_applies_another_command() {
        let violation = check(&KNOWN, 7, 2, 3, Some(b"102")).unwrap_err();
        assert_eq!(violation.property, "safety:applied-values");
        let sentence =
            "server 2 applies 102 of term 3 at index 7, where server 0 applied 101 of term 1";
        assert_eq!(violation.message, sentence);
        let violation = check(&Entry { term: 0, ..KNOWN }, 7, 2, 0, None).unwrap_err();
        let sentence =
            "server 2 applies an entry of Raft's own at index 7, where server 0 applied 101";
        assert_eq!(violation.message, sentence);
    }

    #[test]
    fn long_commands_are_shown_where_they_differ() {
        let command = Some(Bytes::from("0".repeat(199) + "1"));
        let known = Entry { command, ..KNOWN };
        let zeros = "0".repeat(200);
        let message = check(&known, 7, 2, 1, Some(zeros.as_bytes())).unwrap_err().message;
        let at = "(200 bytes, they differ from byte 199 on)";
        let expected = format!(
            "server 2 applies …0000000 {at} of term 1 at index 7, where server 0 applied …0000001 {at} of term 1"
        );
        assert_eq!(message, expected);
    }

    #[test]
    fn stays_silent_when_it_is_the_same() {
        assert_eq!(check(&KNOWN, 7, 2, 1, Some(b"101")), Ok(()));
        let own = Entry { command: None, ..KNOWN };
        assert_eq!(check(&own, 7, 2, 1, None), Ok(()));
    }

    #[test]
    fn fires_when_a_server_applies_what_was_not_committed_there() {
        let mut committed = Committed::default();
        committed.add(EntryId::new(3, b"101"), 3, 0);
        let entry = committed.get(1).unwrap();
        let check = |command: &[u8]| {
            check_committed(entry, 1, 2, Some(command), EntryId::new(0, command).hash)
        };
        assert_eq!(check(b"101"), Ok(()));
        assert_eq!(
            check(b"102").unwrap_err().message,
            "server 2 applies 102 at index 1, where another entry is committed, one of term 3 (as server 0 \
             reported first)"
        );
    }
}
