//! A snapshot is exactly the state at its index, and never takes a server backwards.
//!
//! Source: section 7 of the Raft paper; suite D of the lab. The state after an entry is the same on
//! every server, so two that take a snapshot at one index take the same, and every byte of one that a
//! server is given, or finds on its disk, must be what was taken at that index. It must not end before
//! what the server has applied. The lab compares only the index.

use crate::checks::known::applied::States;
use crate::checks::known::digests::{Digests, ServiceSnapshot};
use crate::checks::known::taken::Taken;
use crate::{Violation, property};

/// `server` has made a snapshot of its state at `index`; `is_same` says whether it is what others
/// made there.
pub(crate) fn check_same(server: usize, index: u64, is_same: bool) -> Result<(), Violation> {
    if is_same {
        return Ok(());
    }
    let what = format!("its state at index {index} is not what it is on another server");
    Err(violation(server, &what))
}

/// Checks a snapshot that `server` was given, or found on its disk.
///
/// `applied` is what its life has applied so far; `declared` the index that came with the snapshot,
/// if any. Returns the index that the snapshot ends at.
pub(crate) fn check(
    server: usize,
    applied: u64,
    declared: Option<u64>,
    snapshot: &[u8],
    states: &States,
) -> Result<u64, Violation> {
    match states {
        States::OfRecord(digests) => check_digest(server, applied, declared, snapshot, digests),
        States::OfService(taken) => check_taken(server, applied, declared, snapshot, taken),
    }
}

/// Checks one of the tests' own service.
fn check_digest(
    server: usize,
    applied: u64,
    declared: Option<u64>,
    snapshot: &[u8],
    digests: &Digests,
) -> Result<u64, Violation> {
    let violation = |what: String| {
        Err(declared.into_iter().fold(violation(server, &what), Violation::at_index))
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
        return format!("snapshot labelled {declared}, but its contents end at {index}");
    }
    let Some(expected) = digests.state_after(index) else {
        return format!("snapshot at index {index}, which no server has applied");
    };
    if contents == expected {
        // The same two numbers, but in other bytes, or with more after them.
        let taken = expected.encode(&mut [0; ServiceSnapshot::SIZE_MAX]).len();
        let got = snapshot.len();
        return format!(
            "snapshot at index {index} is not the {taken} bytes that were taken there, but {got} others"
        );
    }
    let wrong = format!("snapshot at index {index} does not hold the state after that index");
    match digests.position(contents.digest) {
        Some(other) => format!("{wrong}: it holds the state after index {other}"),
        None => wrong,
    }
}

/// Checks one of a service that makes its own.
fn check_taken(
    server: usize,
    applied: u64,
    declared: Option<u64>,
    snapshot: &[u8],
    taken: &Taken,
) -> Result<u64, Violation> {
    let violation = |what: String| Err(violation(server, &what));
    let Some(index) = taken.index_of(snapshot) else {
        let size = snapshot.len();
        return violation(format!("nobody took the snapshot of {size} bytes that it got"));
    };
    if declared.is_some_and(|declared| declared != index) {
        let declared = declared.unwrap_or_default();
        return violation(format!(
            "the snapshot of index {index} came as that of index {declared}"
        ));
    }
    if index < applied {
        return violation(format!("the snapshot of index {index} came when {applied} was applied"));
    }
    Ok(index)
}

fn violation(server: usize, what: &str) -> Violation {
    Violation::new(property::SNAPSHOT, format!("server {server}: {what}")).at_servers([server])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of a record of the values 1, 2, 3 … at the indices 1, 2, 3 ….
    fn record(length: u64) -> Digests {
        let mut digests = Digests::new(0);
        (1..=length).for_each(|index| digests.push(Some(index.to_string().as_bytes())));
        digests
    }

    /// A snapshot that says it ends at `last_index`, after these commands.
    fn snapshot(last_index: u64, commands: &[&str]) -> Vec<u8> {
        let mut digests = Digests::new(0);
        commands.iter().for_each(|command| digests.push(Some(command.as_bytes())));
        let digest = digests.state_after(commands.len() as u64).unwrap().digest;
        postcard::to_allocvec(&ServiceSnapshot { last_index, digest }).unwrap()
    }

    #[track_caller]
    fn fires(applied: u64, declared: Option<u64>, snapshot: &[u8], sentence: &str) {
        let violation = check_digest(2, applied, declared, snapshot, &record(9)).unwrap_err();
        assert_eq!(violation.property, "safety:snapshot");
        assert_eq!(violation.message, format!("server 2: {sentence}"));
    }

    #[test]
    fn fires_on_bytes_that_are_no_snapshot() {
        fires(0, Some(4), b"", "nil snapshot");
        for declared in [Some(4), None] {
            let violation = check_digest(2, 0, declared, b"\xff", &record(9)).unwrap_err();
            assert!(violation.message.starts_with("server 2: snapshot can't be decoded"));
        }
    }

    #[test]
    fn fires_when_the_index_is_another_than_declared() {
        fires(
            0,
            Some(5),
            &snapshot(4, &["1", "2", "3", "4"]),
            "snapshot labelled 5, but its contents end at 4",
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
                    assert_eq!(check_digest(0, applied, declared, &bytes, &digests), Ok(index));
                }
            }
        }
        assert_eq!(digests.snapshot(301), None);
    }

    fn taken() -> Taken {
        let mut taken = Taken::default();
        for (index, snapshot) in [(4, b"four"), (4, b"four"), (9, b"nine")] {
            assert!(taken.take(index, snapshot));
        }
        taken
    }

    #[test]
    fn stays_silent_when_a_snapshot_is_one_that_was_taken() {
        assert_eq!(check_taken(1, 4, Some(9), b"nine", &taken()), Ok(9));
        assert_eq!(check_taken(1, 0, None, b"four", &taken()), Ok(4));
        assert_eq!(check_taken(1, 4, Some(4), b"four", &taken()), Ok(4));
    }

    #[test]
    fn fires_when_it_is_none_or_another_or_goes_back() {
        let message = |applied, declared, snapshot: &[u8]| {
            check_taken(1, applied, declared, snapshot, &taken()).unwrap_err().message
        };
        let nobodys = "server 1: nobody took the snapshot of 3 bytes that it got";
        assert_eq!(message(0, None, b"odd"), nobodys);
        let other = "server 1: the snapshot of index 9 came as that of index 4";
        assert_eq!(message(0, Some(4), b"nine"), other);
        let back = "server 1: the snapshot of index 4 came when 5 was applied";
        assert_eq!(message(5, Some(4), b"four"), back);
    }

    #[test]
    fn fires_when_two_servers_differ_at_an_index() {
        let is_same = taken().take(9, b"other");
        assert_eq!(check_same(2, 9, is_same).unwrap_err().property, "safety:snapshot");
    }
}
