//! What is on a server's disk, in the words of Raft, for people and programs that look at disks.

use crate::core::record::Quarantine;
use crate::core::restore::{RestoreError, restore};
use crate::message::Position;
use bytes::Bytes;
use persister::Stored;
use serde::Serialize;

/// Term, vote, log and snapshot of a server, as it would find them at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLog {
    /// `currentTerm` of Figure 2.
    pub term: u64,
    /// `votedFor` of Figure 2.
    pub voted_for: Option<usize>,
    /// The last entry that the snapshot stands for; 0 without one.
    pub snapshot_index: u64,
    /// That entry's term.
    pub snapshot_term: u64,
    /// The snapshot.
    pub snapshot: Bytes,
    /// Term and command of the entries after it.
    pub entries: Vec<(u64, Bytes)>,
    /// What is to be thought of the disk.
    pub quarantine: Option<Quarantine>,
    /// Bytes of the saved state, and how many records were appended since.
    pub saved: (usize, usize),
}

/// A line about a disk; in JSON its field `kind` says what kind it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// Term and vote.
    HardState {
        /// `currentTerm`.
        term: u64,
        /// `votedFor`.
        voted_for: Option<usize>,
    },
    /// How it is stored.
    State {
        /// Bytes of the state that was saved last.
        bytes: usize,
        /// How many records were appended since.
        records: usize,
    },
    /// Its state, if it was empty when the server began.
    Quarantine {
        /// `suspected`, `asking` or `catching-up`.
        state: &'static str,
        /// The server votes when it has an entry of a later term; only while it catches up.
        above_term: Option<u64>,
    },
    /// The snapshot, if there is one.
    Snapshot {
        /// The last entry that it stands for.
        index: u64,
        /// That entry's term.
        term: u64,
        /// Its bytes.
        #[serde(flatten)]
        content: Text,
    },
    /// An entry of the log.
    Entry {
        /// Its index.
        index: u64,
        /// Its term.
        term: u64,
        /// Its command.
        #[serde(flatten)]
        content: Text,
    },
}

/// Bytes that may be text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// They are UTF-8.
    Text(String),
    /// They are not: two hexadecimal digits each.
    Hex(String),
}

impl Text {
    fn of(bytes: &[u8]) -> Text {
        match std::str::from_utf8(bytes) {
            Ok(text) => Text::Text(text.to_owned()),
            Err(_) => Text::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }
}

impl StoredLog {
    /// What this Raft makes of what is stored.
    ///
    /// # Errors
    /// For what would keep a server from starting.
    pub fn of(stored: Stored) -> Result<StoredLog, RestoreError> {
        let saved = (stored.state.len(), stored.records.len());
        // Whose votes these are is not known here.
        let snapshot = stored.snapshot.clone();
        let restored = restore(stored.into(), snapshot.clone().into(), usize::MAX)?;
        let Position { index: snapshot_index, term: snapshot_term } = restored.log.snapshot();
        let entries = restored.log.from(snapshot_index + 1);
        Ok(StoredLog {
            term: restored.hard_state.term,
            voted_for: restored.hard_state.voted_for,
            quarantine: restored.quarantine,
            snapshot_index,
            snapshot_term,
            snapshot,
            entries: entries.map(|entry| (entry.term, entry.command.clone())).collect(),
            saved,
        })
    }

    /// The index of the last entry.
    pub fn last_index(&self) -> u64 {
        self.snapshot_index + self.entries.len() as u64
    }

    /// Term and command of an entry, if it is in the log.
    pub fn entry(&self, index: u64) -> Option<&(u64, Bytes)> {
        self.entries.get(index.checked_sub(self.snapshot_index + 1)? as usize)
    }

    /// All of it, line by line.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let StoredLog { term, voted_for, snapshot_index, snapshot_term, saved, .. } = *self;
        let (bytes, records) = saved;
        let first = [Line::HardState { term, voted_for }, Line::State { bytes, records }];
        let quarantine = self.quarantine.map(|quarantine| match quarantine {
            Quarantine::Suspected => ("suspected", None),
            Quarantine::Asking => ("asking", None),
            Quarantine::CatchingUp { above_term } => ("catching-up", Some(above_term)),
        });
        let quarantine =
            quarantine.map(|(state, above_term)| Line::Quarantine { state, above_term });
        let snapshot = (snapshot_index > 0).then(|| Line::Snapshot {
            index: snapshot_index,
            term: snapshot_term,
            content: Text::of(&self.snapshot),
        });
        let entries = (snapshot_index + 1..).zip(&self.entries).map(|(index, (term, command))| {
            Line::Entry { index, term: *term, content: Text::of(command) }
        });
        first.into_iter().chain(quarantine).chain(snapshot).chain(entries)
    }
}

/// Where logs differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Two servers have different entries at that index.
    Entry {
        /// The index.
        index: u64,
        /// The places of the two among those that were compared.
        servers: (usize, usize),
    },
    /// Two servers have different snapshots of the same entry.
    Snapshot {
        /// The index of the entry.
        index: u64,
        /// The places of the two among those that were compared.
        servers: (usize, usize),
    },
    /// All that both have is equal, and one has more.
    Length {
        /// The last index of the shorter one.
        index: u64,
        /// The places of the two, the shorter one first.
        servers: (usize, usize),
    },
}

/// Compares logs with the one that goes furthest. Entries that only one of two has are equal if a snapshot
/// stands for them in the other. Returns the first difference, by index.
pub fn compare(logs: &[StoredLog]) -> Option<Difference> {
    let (longest, most) = logs.iter().enumerate().max_by_key(|(_, log)| log.last_index())?;
    let differences = logs.iter().enumerate().filter_map(|(server, log)| {
        let servers = (server, longest);
        let differs = |index: &u64| match (log.entry(*index), most.entry(*index)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        let snapshots_differ =
            log.snapshot_index == most.snapshot_index && log.snapshot != most.snapshot;
        let last = log.last_index();
        if snapshots_differ {
            let index = log.snapshot_index;
            return Some((index, Difference::Snapshot { index, servers }));
        }
        let entry = (log.snapshot_index + 1..=last).find(differs);
        let entry = entry.map(|index| (index, Difference::Entry { index, servers }));
        let is_shorter = last < most.last_index();
        entry.or(is_shorter.then_some((last + 1, Difference::Length { index: last, servers })))
    });
    differences.min_by_key(|(index, _)| *index).map(|(_, difference)| difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::FORMAT_PLAIN;

    fn log(
        snapshot_index: u64,
        snapshot: &'static str,
        entries: &[(u64, &'static str)],
    ) -> StoredLog {
        let entries = entries.iter().map(|(term, command)| (*term, Bytes::from(*command)));
        StoredLog {
            term: 9,
            voted_for: None,
            snapshot_index,
            snapshot_term: u64::from(snapshot_index > 0),
            snapshot: snapshot.into(),
            entries: entries.collect(),
            quarantine: None,
            saved: (0, 0),
        }
    }

    #[test]
    fn a_disk_is_told_line_by_line() {
        // Format, term, vote for server 7, snapshot index and term, one entry.
        let state = Bytes::from_static(&[FORMAT_PLAIN, 5, 1, 7, 4, 2, 1, 3, 1, b'a']);
        // An entry after that.
        let record = Bytes::from_static(&[1, 6, 1, 5, 2, 0xff, 0]);
        let stored = Stored { state, records: vec![record], snapshot: Bytes::from_static(b"four") };
        let log = StoredLog::of(stored).unwrap();
        let lines: Vec<Line> = log.lines().collect();
        assert_eq!(
            lines,
            [
                Line::HardState { term: 5, voted_for: Some(7) },
                Line::State { bytes: 10, records: 1 },
                Line::Snapshot { index: 4, term: 2, content: Text::Text("four".into()) },
                Line::Entry { index: 5, term: 3, content: Text::Text("a".into()) },
                Line::Entry { index: 6, term: 5, content: Text::Hex("ff00".into()) },
            ]
        );
        assert_eq!((log.last_index(), log.entry(4), log.entry(7)), (6, None, None));
        let json = |line: &Line| serde_json::to_string(line).unwrap();
        assert_eq!(json(&lines[0]), r#"{"kind":"hard-state","term":5,"voted_for":7}"#);
        assert_eq!(json(&lines[4]), r#"{"kind":"entry","index":6,"term":5,"hex":"ff00"}"#);
    }

    #[test]
    fn quarantine_is_told() {
        let quarantine = |quarantine| {
            let log = StoredLog { quarantine, ..log(0, "", &[]) };
            log.lines().nth(2).map(|line| serde_json::to_string(&line).unwrap())
        };
        let line = |rest: &str| Some(format!(r#"{{"kind":"quarantine","state":{rest}}}"#));
        assert_eq!(quarantine(None), None);
        assert_eq!(quarantine(Some(Quarantine::Asking)), line(r#""asking","above_term":null"#));
        assert_eq!(
            quarantine(Some(Quarantine::CatchingUp { above_term: 7 })),
            line(r#""catching-up","above_term":7"#)
        );
        let suspected = quarantine(Some(Quarantine::Suspected));
        assert_eq!(suspected, line(r#""suspected","above_term":null"#));
    }

    #[test]
    fn equal_logs_are_equal_whatever_their_snapshots_stand_for() {
        let whole = log(0, "", &[(1, "a"), (1, "b"), (2, "c")]);
        assert_eq!(compare(&[]), None);
        assert_eq!(compare(&[whole.clone(), whole.clone()]), None);
        assert_eq!(compare(&[whole.clone(), log(2, "ab", &[(2, "c")]), log(3, "abc", &[])]), None);
    }

    #[test]
    fn the_first_difference_is_told() {
        let whole = log(0, "", &[(1, "a"), (1, "b"), (2, "c")]);
        let other = log(0, "", &[(1, "a"), (1, "x"), (2, "c")]);
        let found = compare(&[whole.clone(), other]);
        assert_eq!(found, Some(Difference::Entry { index: 2, servers: (0, 1) }));
        let other_term = log(2, "ab", &[(3, "c")]);
        let found = compare(&[whole.clone(), other_term]);
        assert_eq!(found, Some(Difference::Entry { index: 3, servers: (0, 1) }));
        let short = log(0, "", &[(1, "a")]);
        let found = compare(&[short.clone(), whole.clone()]);
        assert_eq!(found, Some(Difference::Length { index: 1, servers: (0, 1) }));
        let short_and_other = log(0, "", &[(1, "x")]);
        let found = compare(&[short, whole, short_and_other]);
        assert_eq!(found, Some(Difference::Entry { index: 1, servers: (2, 1) }));
        let found = compare(&[log(2, "ab", &[(2, "c")]), log(2, "xx", &[])]);
        assert_eq!(found, Some(Difference::Snapshot { index: 2, servers: (1, 0) }));
    }
}
