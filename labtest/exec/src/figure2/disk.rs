//! The persistent state: `currentTerm`, `votedFor` and `log`; with snapshots `lastIncludedIndex` and
//! `lastIncludedTerm`, after which the log begins.

use super::{Entry, ids};
use crate::protocol::Number;
use harness::{DiskDecoder, DiskRecord, DiskState};
use raft_api::Position;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the disks of programs whose states have the names of Figure 2.
pub(crate) struct Disk;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State<'a> {
    current_term: Number,
    #[serde(borrow)]
    voted_for: Option<&'a RawValue>,
    #[serde(borrow)]
    log: Vec<Entry<'a>>,
    #[serde(default)]
    last_included_index: Number,
    #[serde(default)]
    last_included_term: Number,
}

/// A record of the journal: term and vote, entries from an index on, or both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    current_term: Option<Number>,
    #[serde(borrow)]
    voted_for: Option<&'a RawValue>,
    first_index: Option<Number>,
    #[serde(borrow)]
    entries: Option<Vec<Entry<'a>>>,
}

/// A server, or nobody, which is null or -1. None for anything else.
fn vote(found: Option<&RawValue>) -> Option<Option<usize>> {
    match found.map(RawValue::get) {
        None | Some("null" | "-1") => Some(None),
        Some(json) => {
            serde_json::from_str(json).ok().map(|Number(server)| usize::try_from(server).ok())
        }
    }
}

impl DiskDecoder for Disk {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let state: State<'_> = serde_json::from_slice(bytes).ok()?;
        Some(DiskState {
            term: state.current_term.0,
            voted_for: vote(state.voted_for)?,
            snapshot: Position {
                index: state.last_included_index.0,
                term: state.last_included_term.0,
            },
            entries: ids(&state.log)?,
        })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let record: Record<'_> = serde_json::from_slice(bytes).ok()?;
        let voted_for = vote(record.voted_for)?;
        let hard_state =
            record.current_term.map(|Number(term)| DiskRecord::HardState { term, voted_for });
        let entries = match (record.first_index, &record.entries) {
            (Some(Number(first_index)), Some(entries)) => {
                Some(DiskRecord::Entries { first_index, entries: ids(entries)? })
            }
            (None, None) => None,
            _ => return None,
        };
        let records: Vec<DiskRecord> = hard_state.into_iter().chain(entries).collect();
        (!records.is_empty()).then_some(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raft_api::EntryId;

    #[test]
    fn a_state_with_the_names_of_figure_2_is_understood() {
        let state = br#"{"currentTerm":4,"votedFor":2,"log":[{"term":3,"command":"eA=="}],"lastIncludedIndex":7,"lastIncludedTerm":2,"more":1}"#;
        let read = Disk.state(state).unwrap();
        let snapshot = Position { index: 7, term: 2 };
        let entries = vec![EntryId::new(3, b"x")];
        assert_eq!(read, DiskState { term: 4, voted_for: Some(2), snapshot, entries });
        for nobody in ["null", "-1"] {
            let state = format!(r#"{{"currentTerm":1,"votedFor":{nobody},"log":[]}}"#);
            assert_eq!(Disk.state(state.as_bytes()).unwrap().voted_for, None);
        }
    }

    #[test]
    fn a_record_is_term_and_vote_or_entries_or_both() {
        let both = br#"{"currentTerm":4,"votedFor":null,"firstIndex":8,"entries":[{"term":4}]}"#;
        let entries = DiskRecord::Entries { first_index: 8, entries: vec![EntryId::own(4)] };
        let hard_state = DiskRecord::HardState { term: 4, voted_for: None };
        assert_eq!(Disk.record(both), Some(vec![hard_state, entries]));
    }

    #[test]
    fn what_is_written_otherwise_is_not_understood() {
        assert_eq!(Disk.state(b"\"AAE=\""), None);
        assert_eq!(Disk.state(br#"{"term":1}"#), None);
        assert_eq!(Disk.state(br#"{"currentTerm":1,"votedFor":"me","log":[]}"#), None);
        assert_eq!(Disk.record(b"{}"), None);
        assert_eq!(Disk.record(br#"{"firstIndex":8}"#), None);
    }
}
