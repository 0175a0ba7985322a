//! The store that a log makes, for those who look at disks.

use crate::machine::Machine;
use crate::store::Store;

/// The store after a snapshot (empty for none) and the commands of the entries that follow it, by their index.
///
/// # Errors
/// When the snapshot or a command can't be read, or entries are missing: a sentence.
pub fn replay<'a>(
    snapshot: &[u8],
    entries: impl IntoIterator<Item = (u64, &'a [u8])>,
) -> Result<Store, String> {
    let mut machine = match snapshot.is_empty() {
        true => Machine::default(),
        false => Machine::restore(snapshot).map_err(|error| error.to_string())?,
    };
    for (index, command) in entries {
        machine.apply(index, command).map_err(|error| error.to_string())?;
    }
    Ok(machine.store().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Command, Request};
    use bytes::Bytes;

    fn append(tail: &'static str) -> Bytes {
        let requests = vec![Request::new("k", Action::Append(tail.into()))];
        Command::Execute { once: None, requests }.encode()
    }

    #[test]
    fn a_log_makes_the_same_store_with_and_without_a_snapshot() {
        let log = [append("a"), append("b"), append("c")];
        let entries = || (1u64..).zip(log.iter().map(|command| &command[..]));
        let whole = replay(b"", entries()).unwrap();
        assert_eq!(whole.get(b"k").value, Some("abc".into()));
        let mut machine = Machine::default();
        machine.apply(1, &log[0]).unwrap();
        machine.apply(2, &log[1]).unwrap();
        assert_eq!(replay(&machine.snapshot(), entries().skip(2)), Ok(whole));
    }

    #[test]
    fn what_can_not_be_read_is_said() {
        let log = append("a");
        let gap = replay(b"", [(2, &log[..])]).unwrap_err();
        assert_eq!(gap, "entry 2 comes after entry 0: what was in between is missing");
        assert!(replay(b"\x63", []).unwrap_err().contains("format 99"));
    }
}
