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

/// `known` is what was first applied at `index`; `server` applies `command` there now.
pub(crate) fn check(
    known: &Entry,
    index: u64,
    server: usize,
    command: Option<&[u8]>,
) -> Result<(), Violation> {
    let first = known.command.as_deref();
    if first == command {
        return Ok(());
    }
    let (applied, first) = tell_applied_apart(command, first);
    let by = known.first_server;
    let message = format!("commit index={index} server={server} {applied} != server={by} {first}");
    let servers = [server, known.first_server];
    Err(Violation::new(property::APPLIED_VALUES, message).at_servers(servers).at_index(index))
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
        "commit index={index} server={by} {} != the entry committed there, {} (as server {} \
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
        let violation = check(&KNOWN, 7, 2, Some(b"102")).unwrap_err();
        assert_eq!(violation.property, "safety:applied-values");
        assert_eq!(violation.message, "commit index=7 server=2 102 != server=0 101");
        let violation = check(&KNOWN, 7, 2, None).unwrap_err();
        let sentence = "commit index=7 server=2 an entry of Raft's own != server=0 101";
        assert_eq!(violation.message, sentence);
    }

    #[test]
    fn long_commands_are_shown_where_they_differ() {
        let command = Some(Bytes::from("0".repeat(199) + "1"));
        let known = Entry { command, ..KNOWN };
        let message = check(&known, 7, 2, Some("0".repeat(200).as_bytes())).unwrap_err().message;
        let at = "(200 bytes, they differ from byte 199 on)";
        let expected = format!("commit index=7 server=2 …0000000 {at} != server=0 …0000001 {at}");
        assert_eq!(message, expected);
    }

    #[test]
    fn stays_silent_when_it_is_the_same() {
        assert_eq!(check(&KNOWN, 7, 2, Some(b"101")), Ok(()));
        let own = Entry { command: None, ..KNOWN };
        assert_eq!(check(&own, 7, 2, None), Ok(()));
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
            "commit index=1 server=2 102 != the entry committed there, one of term 3 (as server 0 \
             reported first)"
        );
    }
}
