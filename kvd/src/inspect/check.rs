//! Whether the servers of a cluster have the same log and the same store.

use super::disk::Disk;
use super::lines::bytes_as_json;
use super::{InspectError, StateMachine};
use bytes::Bytes;
use raft::stored_log::{Difference, compare};
use std::path::Path;

/// The result of comparing the directories of a cluster's servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All logs end at that entry and are equal, and so are the stores after it.
    Equal {
        /// The entry's index.
        last_index: u64,
    },
    /// Logs differ only as those of servers that were stopped may: one ends earlier, or has entries that may not have
    /// been committed. The stores are equal up to where entries are certainly committed.
    Unsettled(
        /// A sentence on the difference.
        String,
    ),
    /// Logs or stores differ where they must be equal.
    Different(
        /// A sentence on the difference.
        String,
    ),
}

/// Compares the directories of servers of one cluster.
///
/// Logs must be equal up to the last entry that any snapshot stands for, as only committed entries come into
/// snapshots; later entries of the same index and term must be equal as well (the Log Matching Property, section 5.3 of
/// the extended Raft paper). How far else a log is committed does not stand on disks.
///
/// # Errors
/// When a directory can't be read, two are not of one cluster, or two are of one server.
pub fn check(directories: &[&Path], machine: &dyn StateMachine) -> Result<Verdict, InspectError> {
    let disks = directories.iter().map(|directory| Disk::read(directory));
    let disks = disks.collect::<Result<Vec<Disk>, InspectError>>()?;
    pairs(&disks).try_for_each(|(one, other)| check_owners(one, other))?;
    let committed = disks.iter().map(|disk| disk.log.snapshot_index).max().unwrap_or(0);
    let mut unsettled = None;
    for (one, other) in pairs(&disks) {
        match compare_logs(one, other, committed, machine) {
            None => {}
            Some(Found::Certain(sentence)) => return Ok(Verdict::Different(sentence)),
            Some(Found::Possible(sentence)) => unsettled = unsettled.or(Some(sentence)),
        }
    }
    let last_index = disks.iter().map(|disk| disk.log.last_index()).max().unwrap_or(0);
    let equal_up_to = if unsettled.is_none() { last_index } else { committed };
    if let Some(sentence) = compare_stores(&disks, equal_up_to, machine)? {
        return Ok(Verdict::Different(sentence));
    }
    Ok(unsettled.map_or(Verdict::Equal { last_index }, Verdict::Unsettled))
}

fn pairs(disks: &[Disk]) -> impl Iterator<Item = (&Disk, &Disk)> {
    let after = |(place, one)| disks[place + 1..].iter().map(move |other| (one, other));
    disks.iter().enumerate().flat_map(after)
}

fn check_owners(one: &Disk, other: &Disk) -> Result<(), InspectError> {
    if one.identity.cluster == other.identity.cluster
        && one.identity.server != other.identity.server
    {
        return Ok(());
    }
    let owned = |disk: &Disk| format!("{} ({})", disk.directory, disk.identity);
    Err(InspectError::Unrelated(owned(one), owned(other)))
}

/// A difference in words.
enum Found {
    /// It must not be.
    Certain(String),
    /// It may be between servers that were stopped.
    Possible(String),
}

fn compare_logs(
    one: &Disk,
    other: &Disk,
    committed: u64,
    machine: &dyn StateMachine,
) -> Option<Found> {
    let both = [one, other];
    let difference = compare(&both.map(|disk| disk.log.clone()))?;
    let name = |server: usize| &both[server].directory;
    Some(match difference {
        Difference::Entry { index, .. } => {
            let [(term, command), (other_term, other_command)] =
                both.map(|disk| disk.log.entry(index).expect("both have what differs"));
            let told = |disk: &Disk, term, command| {
                format!("of term {term}, {} in {}", machine.describe(command), disk.directory)
            };
            let sentence = format!(
                "entry {index} is {} and {}",
                told(one, term, command),
                told(other, other_term, other_command)
            );
            if index <= committed || term == other_term {
                Found::Certain(sentence)
            } else {
                Found::Possible(sentence)
            }
        }
        Difference::Snapshot { index, servers } => Found::Certain(format!(
            "the snapshots of entry {index} differ in {} and {}",
            name(servers.0),
            name(servers.1)
        )),
        Difference::Length { index, servers: (short, long) } => Found::Possible(format!(
            "the log in {} ends at entry {index}, in {} at {}",
            name(short),
            name(long),
            both[long].log.last_index()
        )),
    })
}

/// The first key that is not the same in two stores after an entry, in words. Servers that do not have the entry
/// yet are left out.
fn compare_stores(
    disks: &[Disk],
    index: u64,
    machine: &dyn StateMachine,
) -> Result<Option<String>, InspectError> {
    let mut disks = disks.iter().filter(|disk| disk.log.last_index() >= index);
    let Some(first) = disks.next() else { return Ok(None) };
    let expected = first.store_after(index, machine)?;
    for disk in disks {
        let found = disk.store_after(index, machine)?;
        let mut keys = expected.keys().chain(found.keys());
        let Some(key) = keys.find(|key| expected.get(*key) != found.get(*key)) else { continue };
        let value = |value: Option<&Bytes>| match value {
            Some(value) => bytes_as_json(value).to_string(),
            None => "not there".to_owned(),
        };
        return Ok(Some(format!(
            "after entry {index} key {} is {} in {} and {} in {}",
            bytes_as_json(key),
            value(expected.get(key)),
            first.directory,
            value(found.get(key)),
            disk.directory
        )));
    }
    Ok(None)
}
