//! The form of what a server keeps on disk: one saved state, then records.
//!
//! The state is written whole when the log is compacted. Between two of those each change is one
//! record, so that an entry costs the entry and not the log. Term and vote are one record: in two
//! writes a crash between them could forget a vote (extended Raft paper, section 5.2).
//!
//! What is read is public, for observers that compare what a server says with what it has written.

use crate::core::log::Log;
use crate::message::{Entry, Position, ReadEntries};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::{SerializeStruct, SerializeStructVariant};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Number of the form in which the state of a server in quarantine is saved.
pub const FORMAT: u8 = 2;

/// Number of the form of any other server's state: the same without [`SavedState::quarantine`].
pub const FORMAT_PLAIN: u8 = 1;

/// Term and vote: what a server must not forget between two messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardState {
    /// `currentTerm` of Figure 2.
    pub term: u64,
    /// `votedFor` of Figure 2.
    pub voted_for: Option<usize>,
}

/// The state of a disk that was empty when the server began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quarantine {
    /// Nobody has said that it is new, and nobody that the cluster is.
    Suspected,
    /// It is new, and its server does not know yet in which terms it has voted.
    Asking,
    /// It is new, and its server has been in no later term.
    CatchingUp {
        /// That term. The server votes when it has an entry of a later one.
        above_term: u64,
    },
}

/// One record of the journal, as it is read. An observer may read the entries in a form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(bound(deserialize = "E: ReadEntries<'de>"))]
pub enum Record<E = Entry> {
    /// Replaces term and vote.
    HardState(HardState),
    /// Replaces the log from `first_index` on.
    Entries {
        /// Index of the first of the entries.
        first_index: u64,
        /// The entries.
        #[serde(deserialize_with = "E::read_entries")]
        entries: Vec<E>,
    },
    /// Begins or ends a quarantine, or goes on to its next part.
    Quarantine(Option<Quarantine>),
}

/// The saved state, as it is read. An observer may read the entries in a form of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState<E = Entry> {
    /// [`FORMAT`] or [`FORMAT_PLAIN`].
    pub format: u8,
    /// Term and vote.
    pub hard_state: HardState,
    /// The last entry that the snapshot stands for; 0 without one.
    pub snapshot_index: u64,
    /// That entry's term.
    pub snapshot_term: u64,
    /// The entries after it.
    pub entries: Vec<E>,
    /// The state of a new disk; `None` for the disk that the server has always had.
    pub quarantine: Option<Quarantine>,
}

impl<'de, E: ReadEntries<'de>> Deserialize<'de> for SavedState<E> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SavedState<E>, D::Error> {
        from.deserialize_struct("SavedState", &FIELDS, SavedStateVisitor(PhantomData))
    }
}

const FIELDS: [&str; 6] =
    ["format", "hard_state", "snapshot_index", "snapshot_term", "entries", "quarantine"];

struct SavedStateVisitor<E>(PhantomData<E>);

#[derive(Deserialize)]
#[serde(bound(deserialize = "E: ReadEntries<'de>"))]
struct Entries<E>(#[serde(deserialize_with = "E::read_entries")] Vec<E>);

impl<'de, E: ReadEntries<'de>> Visitor<'de> for SavedStateVisitor<E> {
    type Value = SavedState<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a saved state")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<SavedState<E>, A::Error> {
        fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
            fields: &mut A,
        ) -> Result<T, A::Error> {
            fields.next_element()?.ok_or_else(|| A::Error::custom("a field is missing"))
        }
        let format = next(&mut fields)?;
        let hard_state = next(&mut fields)?;
        let snapshot_index = next(&mut fields)?;
        let snapshot_term = next(&mut fields)?;
        let Entries(entries) = next(&mut fields)?;
        let quarantine = (format == FORMAT).then(|| next(&mut fields)).transpose()?;
        Ok(SavedState { format, hard_state, snapshot_index, snapshot_term, entries, quarantine })
    }
}

/// [`Record`] as it is written, without copying the entries.
pub(crate) enum RecordRef<'a> {
    HardState(HardState),
    Entries { log: &'a Log, first_index: u64 },
    Quarantine(Option<Quarantine>),
}

impl Serialize for RecordRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            RecordRef::HardState(hard_state) => {
                serializer.serialize_newtype_variant("Record", 0, "HardState", hard_state)
            }
            RecordRef::Entries { log, first_index } => {
                let mut fields = serializer.serialize_struct_variant("Record", 1, "Entries", 2)?;
                fields.serialize_field("first_index", first_index)?;
                fields
                    .serialize_field("entries", &EntriesRef { log, first_index: *first_index })?;
                fields.end()
            }
            RecordRef::Quarantine(quarantine) => {
                serializer.serialize_newtype_variant("Record", 2, "Quarantine", quarantine)
            }
        }
    }
}

/// [`SavedState`] as it is written.
pub(crate) struct SavedStateRef<'a> {
    pub(crate) hard_state: HardState,
    pub(crate) quarantine: Option<Quarantine>,
    pub(crate) log: &'a Log,
}

impl Serialize for SavedStateRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Position { index, term } = self.log.snapshot();
        let entries = EntriesRef { log: self.log, first_index: index + 1 };
        let (format, count) = match self.quarantine {
            None => (FORMAT_PLAIN, FIELDS.len() - 1),
            Some(_) => (FORMAT, FIELDS.len()),
        };
        let mut fields = serializer.serialize_struct("SavedState", count)?;
        fields.serialize_field("format", &format)?;
        fields.serialize_field("hard_state", &self.hard_state)?;
        fields.serialize_field("snapshot_index", &index)?;
        fields.serialize_field("snapshot_term", &term)?;
        fields.serialize_field("entries", &entries)?;
        if let Some(quarantine) = &self.quarantine {
            fields.serialize_field("quarantine", quarantine)?;
        }
        fields.end()
    }
}

struct EntriesRef<'a> {
    log: &'a Log,
    first_index: u64,
}

impl Serialize for EntriesRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.log.from(self.first_index))
    }
}

/// Writes `value` into `buffer` in place of what was there.
///
/// # Panics
/// When serialization fails, which none of these types can: they are plain data, and memory is the
/// only thing that could run out.
pub(crate) fn encode_into(buffer: &mut Vec<u8>, value: &impl Serialize) {
    buffer.clear();
    labrpc::encode_into(buffer, value).expect("plain data is serializable");
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn log() -> Log {
        let entry = |term, command| Entry { term, command: Bytes::from_static(command) };
        let entries = vec![entry(2, b"a"), entry(2, b""), entry(3, b"ccc")];
        Log::new(Position { index: 6, term: 2 }, entries)
    }

    fn round_trip<T: for<'de> Deserialize<'de>>(value: &impl Serialize) -> T {
        let mut buffer = b"left over from the last one".to_vec();
        encode_into(&mut buffer, value);
        let (decoded, rest) = postcard::take_from_bytes(&buffer).unwrap();
        assert_eq!(rest.len(), 0, "nothing is left after the record");
        decoded
    }

    #[test]
    fn term_and_vote_are_one_record() {
        let hard_state = HardState { term: 300, voted_for: Some(4) };
        let decoded: Record = round_trip(&RecordRef::HardState(hard_state));
        assert_eq!(decoded, Record::HardState(hard_state));
    }

    #[test]
    fn entries_are_written_from_the_first_new_one() {
        let log = log();
        let decoded: Record = round_trip(&RecordRef::Entries { log: &log, first_index: 8 });
        let entries = log.from(8).cloned().collect::<Vec<_>>();
        assert_eq!(entries.len(), 2);
        assert_eq!(decoded, Record::Entries { first_index: 8, entries });
    }

    #[test]
    fn the_saved_state_holds_the_whole_log_after_the_snapshot() {
        let log = log();
        let hard_state = HardState { term: 3, voted_for: None };
        let of = |quarantine: Option<Quarantine>| SavedState {
            format: if quarantine.is_none() { FORMAT_PLAIN } else { FORMAT },
            hard_state,
            snapshot_index: 6,
            snapshot_term: 2,
            entries: log.from(7).cloned().collect(),
            quarantine,
        };
        for quarantine in all_of_quarantine() {
            let decoded: SavedState =
                round_trip(&SavedStateRef { hard_state, quarantine, log: &log });
            assert_eq!(decoded, of(quarantine));
        }
    }

    fn all_of_quarantine() -> [Option<Quarantine>; 4] {
        let catching_up = Quarantine::CatchingUp { above_term: 300 };
        [None, Some(Quarantine::Suspected), Some(Quarantine::Asking), Some(catching_up)]
    }

    #[test]
    fn quarantine_is_a_record_as_well() {
        for quarantine in all_of_quarantine() {
            let decoded: Record = round_trip(&RecordRef::Quarantine(quarantine));
            assert_eq!(decoded, Record::Quarantine(quarantine));
        }
    }

    /// Byte for byte what was written before there was a quarantine.
    #[test]
    fn the_state_of_a_server_outside_of_quarantine_is_of_the_first_format() {
        let log = Log::new(Position { index: 4, term: 2 }, Vec::new());
        let hard_state = HardState { term: 5, voted_for: Some(1) };
        let mut buffer = Vec::new();
        encode_into(&mut buffer, &SavedStateRef { hard_state, quarantine: None, log: &log });
        assert_eq!(buffer, [1, 5, 1, 1, 4, 2, 0]);
    }
}
