//! A snapshot is exactly the state at its index, and never takes a server backwards.
//!
//! Source: section 7 of the Raft paper; suite D of the lab. The state of the tests' service is
//! everything it has executed, in order, and what stands for it in a snapshot is a digest: 128 bits
//! of XXH3, each index's made from the one before and the command there. So a snapshot costs the
//! same however long the run is. It holds its last index and the digest of the commands 1 to there,
//! encoded with postcard.
//!
//! Every byte of it must be what was taken at that index, and it must not go behind what the server
//! has applied. The lab keeps the whole list of commands in a snapshot and compares only the index.
//!
//! A digest says that a state is wrong and, when it is that of another index, of which; it never
//! says which command in it is. Snapshots of a service with a state of its own are none of these:
//! [`taken`](super::taken) checks them.

use crate::{Violation, property};
use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

/// What the service of the tests puts into a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ServiceSnapshot {
    last_index: u64,
    /// Stands for the commands 1 to `last_index`.
    digest: u128,
}

impl ServiceSnapshot {
    /// Postcard takes up to 10 bytes for a `u64` and up to 19 for a `u128`.
    const SIZE_MAX: usize = 10 + 19;

    fn encode<'a>(&self, buffer: &'a mut [u8; Self::SIZE_MAX]) -> &'a [u8] {
        postcard::to_slice(self, buffer).expect("the buffer has room for any two numbers")
    }
}

/// The digests of all states so far, by which snapshots are made and compared.
#[derive(Debug)]
pub(crate) struct Digests {
    /// `after[index]`: of the commands 1 to that index; at 0 the hash of nothing.
    after: Vec<u128>,
    /// What is hashed, kept so that a command costs no allocation.
    buffer: Vec<u8>,
}

impl Digests {
    pub(crate) fn new() -> Digests {
        Digests { after: vec![xxh3_128(b"")], buffer: Vec::new() }
    }

    /// The next index's command was applied.
    pub(crate) fn push(&mut self, command: &[u8]) {
        let before = self.after[self.after.len() - 1];
        self.buffer.clear();
        self.buffer.extend_from_slice(&before.to_le_bytes());
        self.buffer.extend_from_slice(command);
        self.after.push(xxh3_128(&self.buffer));
    }

    /// The snapshot of the state at `last_index`; `None` when that index was never applied.
    pub(crate) fn snapshot(&self, last_index: u64) -> Option<Bytes> {
        let state = self.state_after(last_index)?;
        Some(Bytes::copy_from_slice(state.encode(&mut [0; ServiceSnapshot::SIZE_MAX])))
    }

    fn is_snapshot(&self, last_index: u64, snapshot: &[u8]) -> bool {
        self.state_after(last_index)
            .is_some_and(|state| state.encode(&mut [0; ServiceSnapshot::SIZE_MAX]) == snapshot)
    }

    fn state_after(&self, last_index: u64) -> Option<ServiceSnapshot> {
        let digest = *self.after.get(usize::try_from(last_index).ok()?)?;
        Some(ServiceSnapshot { last_index, digest })
    }
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
    digests: &Digests,
) -> Result<u64, Violation> {
    let violation = |what: String| {
        let violation = Violation::new(property::SNAPSHOT, format!("server {server}: {what}"));
        let violation = violation.at_servers([server]);
        Err(declared.into_iter().fold(violation, Violation::at_index))
    };
    let claimed = declared.or_else(|| Some(postcard::take_from_bytes::<u64>(snapshot).ok()?.0));
    let index = match claimed {
        Some(index) if digests.is_snapshot(index, snapshot) => index,
        _ => return violation(what_is_wrong(declared, snapshot, digests)),
    };
    if index < applied {
        return violation(format!("snapshot moves backwards from index {applied} to {index}"));
    }
    Ok(index)
}

/// Why these bytes are not the snapshot of the declared index, or not one at all.
fn what_is_wrong(declared: Option<u64>, snapshot: &[u8], digests: &Digests) -> String {
    if snapshot.is_empty() {
        return "nil snapshot".into();
    }
    let contents: ServiceSnapshot = match postcard::from_bytes(snapshot) {
        Ok(contents) => contents,
        Err(error) => return format!("snapshot can't be decoded: {error}"),
    };
    let index = contents.last_index;
    if let Some(declared) = declared.filter(|declared| *declared != index) {
        return format!(
            "snapshot doesn't match m.SnapshotIndex: that is {declared}, the snapshot ends at {index}"
        );
    }
    let Some(expected) = digests.state_after(index) else {
        return format!("snapshot at index {index}, which no server has applied");
    };
    if contents == expected {
        // The same two numbers, but in other bytes, or with more behind them.
        let taken = expected.encode(&mut [0; ServiceSnapshot::SIZE_MAX]).len();
        let got = snapshot.len();
        return format!(
            "snapshot at index {index} is not the {taken} bytes that were taken there, but {got} others"
        );
    }
    let wrong = format!("snapshot at index {index} does not hold the state after that index");
    match digests.after.iter().position(|digest| *digest == contents.digest) {
        Some(other) => format!("{wrong}: it holds the state after index {other}"),
        None => wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of a record of the values 1, 2, 3 … at the indices 1, 2, 3 ….
    fn record(length: u64) -> Digests {
        let mut digests = Digests::new();
        (1..=length).for_each(|index| digests.push(index.to_string().as_bytes()));
        digests
    }

    /// A snapshot that says it ends at `last_index`, after these commands.
    fn snapshot(last_index: u64, commands: &[&str]) -> Vec<u8> {
        let mut digests = Digests::new();
        commands.iter().for_each(|command| digests.push(command.as_bytes()));
        let digest = digests.after[commands.len()];
        postcard::to_allocvec(&ServiceSnapshot { last_index, digest }).unwrap()
    }

    #[track_caller]
    fn fires(applied: u64, declared: Option<u64>, snapshot: &[u8], sentence: &str) {
        let violation = check(2, applied, declared, snapshot, &record(9)).unwrap_err();
        assert_eq!(violation.property, "safety:snapshot");
        assert_eq!(violation.message, format!("server 2: {sentence}"));
    }

    #[test]
    fn fires_on_bytes_that_are_no_snapshot() {
        fires(0, Some(4), b"", "nil snapshot");
        for declared in [Some(4), None] {
            let violation = check(2, 0, declared, b"\xff", &record(9)).unwrap_err();
            assert!(violation.message.starts_with("server 2: snapshot can't be decoded"));
        }
    }

    #[test]
    fn fires_when_the_index_is_another_than_declared() {
        fires(
            0,
            Some(5),
            &snapshot(4, &["1", "2", "3", "4"]),
            "snapshot doesn't match m.SnapshotIndex: that is 5, the snapshot ends at 4",
        );
    }

    #[test]
    fn fires_when_no_server_has_applied_its_index() {
        let unknown = record(10).snapshot(10).unwrap();
        for declared in [Some(10), None] {
            fires(0, declared, &unknown, "snapshot at index 10, which no server has applied");
        }
        let sentence = format!("snapshot at index {}, which no server has applied", u64::MAX);
        fires(0, None, &snapshot(u64::MAX, &[]), &sentence);
    }

    #[test]
    fn fires_when_a_command_is_wrong_or_missing_or_elsewhere() {
        let wrong = "snapshot at index 4 does not hold the state after that index";
        for commands in [["1", "7", "3", "4"], ["1", "3", "2", "4"], ["1", "2", "34", ""]] {
            fires(0, Some(4), &snapshot(4, &commands), wrong);
            fires(0, None, &snapshot(4, &commands), wrong);
        }
        fires(0, Some(4), &snapshot(4, &["2", "3", "4"]), wrong);
    }

    #[test]
    fn fires_when_it_is_the_state_of_another_index_and_says_of_which() {
        let wrong = "snapshot at index 4 does not hold the state after that index";
        let commands = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
        for other in [0, 3, 5, 9] {
            let sentence = format!("{wrong}: it holds the state after index {other}");
            fires(0, Some(4), &snapshot(4, &commands[..other]), &sentence);
        }
    }

    #[test]
    fn fires_when_the_bytes_are_others_for_the_same_numbers() {
        let mut longer = record(4).snapshot(4).unwrap().to_vec();
        let taken = longer.len();
        longer.push(0);
        let sentence = |got: usize| {
            format!(
                "snapshot at index 4 is not the {taken} bytes that were taken there, but {got} others"
            )
        };
        fires(0, Some(4), &longer, &sentence(taken + 1));
        // The index 4 in two bytes instead of one.
        longer.pop();
        longer.splice(..1, [0x84, 0]);
        fires(0, None, &longer, &sentence(taken + 1));
    }

    #[test]
    fn fires_when_it_goes_backwards() {
        fires(
            5,
            Some(4),
            &snapshot(4, &["1", "2", "3", "4"]),
            "snapshot moves backwards from index 5 to 4",
        );
    }

    #[test]
    fn stays_silent_for_the_state_at_the_index() {
        let digests = record(300);
        for index in [1, 4, 127, 128, 300] {
            let bytes = digests.snapshot(index).unwrap();
            for declared in [Some(index), None] {
                for applied in [1, index] {
                    assert_eq!(check(0, applied, declared, &bytes, &digests), Ok(index));
                }
            }
        }
        assert_eq!(digests.snapshot(301), None);
    }

    #[test]
    fn a_snapshot_is_no_larger_after_many_commands() {
        let digests = record(300);
        for index in 0..=300 {
            assert!(digests.snapshot(index).unwrap().len() <= ServiceSnapshot::SIZE_MAX);
        }
        let largest = ServiceSnapshot { last_index: u64::MAX, digest: u128::MAX };
        let mut buffer = [0; ServiceSnapshot::SIZE_MAX];
        assert_eq!(largest.encode(&mut buffer).len(), ServiceSnapshot::SIZE_MAX);
    }
}
