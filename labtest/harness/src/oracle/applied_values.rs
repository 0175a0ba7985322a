//! At one index all servers apply the same command, for the whole run.
//!
//! Source: State Machine Safety, figure 3 of the Raft paper; the lab's check of every applied
//! message. The lab compares with what the other servers of the moment have applied; here with
//! whatever any server has ever applied, so nothing is forgotten when servers restart.

use super::record::Entry;
use crate::api::value::describe;
use crate::{Violation, property};

/// `known` is what was first applied at `index`; `server` applies `command` there now.
pub(crate) fn check(
    known: &Entry,
    index: u64,
    server: usize,
    command: &[u8],
) -> Result<(), Violation> {
    if known.command == command {
        return Ok(());
    }
    let message = format!(
        "commit index={index} server={server} {} != server={} {}",
        describe(command),
        known.first_server,
        describe(&known.command)
    );
    let servers = [server, known.first_server];
    Err(Violation::new(property::APPLIED_VALUES, message).at_servers(servers).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const KNOWN: Entry = Entry { command: Bytes::from_static(b"101"), first_server: 0 };

    #[test]
    fn fires_when_a_server_applies_another_command() {
        let violation = check(&KNOWN, 7, 2, b"102").unwrap_err();
        assert_eq!(violation.property, "safety:applied-values");
        assert_eq!(violation.message, "commit index=7 server=2 102 != server=0 101");
    }

    #[test]
    fn stays_silent_when_it_is_the_same() {
        assert_eq!(check(&KNOWN, 7, 2, b"101"), Ok(()));
    }
}
