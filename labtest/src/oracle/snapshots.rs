//! A snapshot is exactly the state at its index, and never takes a server backwards.
//!
//! Source: section 7 of the Raft paper; suite D of the lab. The service's state is the list of all
//! commands it has executed, so a snapshot holds its last index and the commands 0 to there
//! (index 0 is empty), encoded with postcard. Nothing in it may differ from the record of what was
//! applied. The lab compares only the index; the commands and the direction are checked here too.

use super::record::Entry;
use crate::value::describe;
use crate::{Violation, property};
use bytes::Bytes;

/// What the service of the tests puts into a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ServiceSnapshot {
    pub(crate) last_index: u64,
    pub(crate) commands: Vec<Bytes>,
}

/// The encoded commands of the record, so that snapshots are made and compared without encoding
/// or decoding the whole state each time: the encoding of a list begins with that of its prefix.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// The commands of all indices from 0, one after another.
    commands: Vec<u8>,
    /// `ends[index]`: where the command of that index ends in `commands`.
    ends: Vec<usize>,
}

impl Encoded {
    pub(crate) fn new() -> Encoded {
        let mut encoded = Encoded { commands: Vec::new(), ends: Vec::new() };
        encoded.push(b"");
        encoded
    }

    pub(crate) fn push(&mut self, command: &[u8]) {
        push_varint(&mut self.commands, command.len() as u64);
        self.commands.extend_from_slice(command);
        self.ends.push(self.commands.len());
    }

    /// The snapshot of the state at `last_index`; `None` when that index was never applied.
    pub(crate) fn snapshot(&self, last_index: u64) -> Option<Bytes> {
        let commands = self.commands_up_to(last_index)?;
        let mut bytes = header(last_index);
        bytes.reserve_exact(commands.len());
        bytes.extend_from_slice(commands);
        Some(bytes.into())
    }

    fn commands_up_to(&self, last_index: u64) -> Option<&[u8]> {
        let end = *self.ends.get(usize::try_from(last_index).ok()?)?;
        Some(&self.commands[..end])
    }

    fn is_snapshot(&self, last_index: u64, snapshot: &[u8]) -> bool {
        let commands = snapshot.strip_prefix(header(last_index).as_slice());
        commands.is_some() && commands == self.commands_up_to(last_index)
    }
}

/// What stands in front of the commands: the last index, and how many commands follow.
fn header(last_index: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(20);
    push_varint(&mut header, last_index);
    push_varint(&mut header, last_index.saturating_add(1));
    header
}

/// Postcard's form of an unsigned number: seven bits a byte, the lowest first.
fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Checks a snapshot that `server` was given, or found on its disk, against the record.
///
/// `applied` is what the incarnation has applied so far; `declared` the index that came with the
/// snapshot, if any. Returns the index the snapshot ends at.
pub(crate) fn check(
    server: usize,
    applied: u64,
    declared: Option<u64>,
    snapshot: &[u8],
    encoded: &Encoded,
    entries: &[Entry],
) -> Result<u64, Violation> {
    let violation = |what: String| {
        let violation = Violation::new(property::SNAPSHOT, format!("server {server}: {what}"));
        let violation = violation.at_servers([server]);
        Err(declared.into_iter().fold(violation, Violation::at_index))
    };
    let claimed = declared.or_else(|| Some(postcard::take_from_bytes::<u64>(snapshot).ok()?.0));
    let index = match claimed {
        // The usual case, without decoding the commands.
        Some(index) if encoded.is_snapshot(index, snapshot) => index,
        _ => match check_contents(declared, snapshot, entries) {
            Ok(index) => index,
            Err(what) => return violation(what),
        },
    };
    if index < applied {
        return violation(format!("snapshot moves backwards from index {applied} to {index}"));
    }
    Ok(index)
}

fn check_contents(
    declared: Option<u64>,
    snapshot: &[u8],
    entries: &[Entry],
) -> Result<u64, String> {
    if snapshot.is_empty() {
        return Err("nil snapshot".into());
    }
    let contents: ServiceSnapshot = postcard::from_bytes(snapshot)
        .map_err(|error| format!("snapshot can't be decoded: {error}"))?;
    let index = contents.last_index;
    if let Some(declared) = declared.filter(|declared| *declared != index) {
        return Err(format!(
            "snapshot doesn't match m.SnapshotIndex: that is {declared}, the snapshot ends at {index}"
        ));
    }
    if contents.commands.len() as u64 != index.saturating_add(1) {
        let commands = contents.commands.len();
        return Err(format!("snapshot at index {index} holds {commands} commands from index 0 on"));
    }
    for (at, command) in contents.commands.iter().enumerate().skip(1) {
        match entries.get(at - 1) {
            Some(entry) if entry.command == *command => {}
            Some(entry) => {
                return Err(format!(
                    "snapshot at index {index} holds {} at index {at}, but server {} applied {}",
                    describe(command),
                    entry.first_server,
                    describe(&entry.command)
                ));
            }
            None => {
                return Err(format!(
                    "snapshot at index {index} holds {} at index {at}, which no server applied",
                    describe(command)
                ));
            }
        }
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of the values 1, 2, 3 … at the indices 1, 2, 3 ….
    fn record(length: u64) -> (Encoded, Vec<Entry>) {
        let mut encoded = Encoded::new();
        let mut entries = Vec::new();
        for index in 1..=length {
            let command = Bytes::from(index.to_string());
            encoded.push(&command);
            entries.push(Entry { command, first_server: 0 });
        }
        (encoded, entries)
    }

    fn snapshot(commands: &[&'static str]) -> Vec<u8> {
        let commands = commands.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
        encode(4, commands)
    }

    fn encode(last_index: u64, commands: Vec<Bytes>) -> Vec<u8> {
        postcard::to_allocvec(&ServiceSnapshot { last_index, commands }).unwrap()
    }

    #[track_caller]
    fn fires(applied: u64, declared: Option<u64>, snapshot: &[u8], sentence: &str) {
        let (encoded, entries) = record(9);
        let violation = check(2, applied, declared, snapshot, &encoded, &entries).unwrap_err();
        assert_eq!(violation.property, "safety:snapshot");
        assert_eq!(violation.message, format!("server 2: {sentence}"));
    }

    #[test]
    fn fires_on_bytes_that_are_no_snapshot() {
        fires(0, Some(4), b"", "nil snapshot");
        let (encoded, entries) = record(9);
        let violation = check(2, 0, Some(4), b"\xff", &encoded, &entries).unwrap_err();
        assert!(violation.message.starts_with("server 2: snapshot can't be decoded"));
    }

    #[test]
    fn fires_when_the_index_is_another_than_declared() {
        fires(
            0,
            Some(5),
            &snapshot(&["", "1", "2", "3", "4"]),
            "snapshot doesn't match m.SnapshotIndex: that is 5, the snapshot ends at 4",
        );
    }

    #[test]
    fn fires_when_a_command_is_wrong_or_missing_or_unknown() {
        fires(
            0,
            Some(4),
            &snapshot(&["", "1", "7", "3", "4"]),
            "snapshot at index 4 holds 7 at index 2, but server 0 applied 2",
        );
        fires(
            0,
            Some(4),
            &snapshot(&["", "1", "2", "3"]),
            "snapshot at index 4 holds 4 commands from index 0 on",
        );
        let unknown: Vec<Bytes> = (0..=10).map(|index| Bytes::from(index.to_string())).collect();
        fires(
            0,
            None,
            &encode(10, unknown),
            "snapshot at index 10 holds 10 at index 10, which no server applied",
        );
    }

    #[test]
    fn fires_when_it_goes_backwards() {
        fires(
            5,
            Some(4),
            &snapshot(&["", "1", "2", "3", "4"]),
            "snapshot moves backwards from index 5 to 4",
        );
    }

    #[test]
    fn stays_silent_for_the_state_at_the_index() {
        let (encoded, entries) = record(300);
        for index in [1, 4, 127, 128, 300] {
            let bytes = encoded.snapshot(index).unwrap();
            for declared in [Some(index), None] {
                assert_eq!(check(0, 1, declared, &bytes, &encoded, &entries), Ok(index));
            }
        }
    }

    #[test]
    fn the_bytes_are_what_postcard_makes_of_the_state() {
        let (encoded, entries) = record(300);
        let commands: Vec<Bytes> =
            [Bytes::new()].into_iter().chain(entries.iter().map(|e| e.command.clone())).collect();
        for index in [0, 1, 126, 127, 128, 300_usize] {
            let expected = encode(index as u64, commands[..=index].to_vec());
            assert_eq!(encoded.snapshot(index as u64).unwrap(), expected);
        }
        assert_eq!(encoded.snapshot(301), None);
    }
}
