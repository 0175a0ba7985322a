//! What was applied: one list for the whole run, and how far each server is in it.

use super::digests::Digests;
use super::taken::Taken;
use crate::api::life::Life;
use bytes::Bytes;

/// What was applied at one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `None` for an entry of Raft's own.
    pub(crate) command: Option<Bytes>,
    /// How many commands were applied up to there.
    pub(crate) commands: u64,
    /// Its term, as the first server said.
    pub(crate) term: u64,
    /// The server that applied it before any other.
    pub(crate) first_server: usize,
}

/// Everything any server has applied in this run.
///
/// Since all servers must agree there is one list, and a server's own record is a prefix of it.
/// A message costs the same however long the run is.
#[derive(Debug)]
pub(crate) struct Applied {
    /// `entries[index - 1]`.
    entries: Vec<Entry>,
    servers: Vec<Progress>,
    states: States,
}

/// What snapshots are known by.
#[derive(Debug)]
pub(crate) enum States {
    /// They are made from this record.
    OfRecord(Digests),
    /// A service with its own state makes them.
    OfService(Taken),
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The current life of the server; 0 before the first.
    start: u32,
    /// That life has applied the indices up to here (a snapshot counts for all it contains).
    applied: u64,
    /// The term of its last message that had one.
    term: u64,
}

/// How many servers have applied an index, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppliedAt {
    /// Servers whose present (or, when crashed, latest) life has applied the index.
    pub(crate) servers: usize,
    /// The command that any server ever applied there.
    pub(crate) command: Option<Bytes>,
}

impl Applied {
    /// For a service whose snapshots have at least that many bytes.
    pub(crate) fn new(servers: usize, snapshot_bytes: usize) -> Applied {
        Applied {
            entries: Vec::new(),
            servers: vec![Progress::default(); servers],
            states: States::OfRecord(Digests::new(snapshot_bytes)),
        }
    }

    /// The same for a service that makes its own snapshots.
    pub(crate) fn of_service(servers: usize) -> Applied {
        Applied { states: States::OfService(Taken::default()), ..Applied::new(servers, 0) }
    }

    pub(crate) fn states(&self) -> &States {
        &self.states
    }

    /// A server's service has made a snapshot of its own state. Whether it is what others made at
    /// that index.
    pub(crate) fn took_snapshot(&mut self, index: u64, snapshot: &[u8]) -> bool {
        match &mut self.states {
            States::OfRecord(_) => true,
            States::OfService(taken) => taken.take(index, snapshot),
        }
    }

    /// A new life begins, with a snapshot up to `applied` on its disk (0: none).
    pub(crate) fn begin(&mut self, who: Life, applied: u64) {
        self.servers[who.server] = Progress { start: who.start, applied, term: 0 };
    }

    /// `who` has applied `command`, or an entry of Raft's own, of that term, at `index`, the next one.
    pub(crate) fn add(&mut self, who: Life, index: u64, term: u64, command: Option<&Bytes>) {
        if self.entry(index).is_none() {
            if let States::OfRecord(digests) = &mut self.states {
                digests.push(command.map(|command| &command[..]));
            }
            let commands = self.commands() + u64::from(command.is_some());
            let (command, first_server) = (command.cloned(), who.server);
            self.entries.push(Entry { command, commands, term, first_server });
        }
        self.reach(who.server, index, term);
    }

    /// The server's state is now that of `index`, whose entry is of that term, it says.
    pub(crate) fn reach(&mut self, server: usize, index: u64, term: u64) {
        let progress = &mut self.servers[server];
        (progress.applied, progress.term) = (index, progress.term.max(term));
    }

    /// The highest term of which the present or latest life of a server has applied something.
    pub(crate) fn term_of(&self, server: usize) -> u64 {
        self.servers[server].term
    }

    /// How far a life has applied. `None` for an earlier life than the latest: what that still says
    /// while it dies (possible on the real clock) counts for nothing.
    pub(crate) fn by(&self, who: Life) -> Option<u64> {
        let progress = self.servers[who.server];
        (progress.start == who.start).then_some(progress.applied)
    }

    /// How far the present or latest life of a server has applied.
    pub(crate) fn up_to(&self, server: usize) -> u64 {
        self.servers[server].applied
    }

    /// The snapshot of the state at `index`; `None` when nobody has applied that index, or the
    /// service makes its own.
    pub(crate) fn snapshot_at(&self, index: u64) -> Option<Bytes> {
        match &self.states {
            States::OfRecord(digests) => digests.snapshot(index),
            States::OfService(_) => None,
        }
    }

    /// What was applied at `index` first, if anything was.
    pub(crate) fn entry(&self, index: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// How many servers have applied `index`, and what.
    pub(crate) fn at(&self, index: u64) -> AppliedAt {
        let entry = self.entry(index);
        let command = entry.and_then(|entry| entry.command.clone());
        let servers = match entry {
            Some(_) => self.servers.iter().filter(|server| server.applied >= index).count(),
            None => 0,
        };
        AppliedAt { servers, command }
    }

    /// How many commands anyone has applied.
    pub(crate) fn commands(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.commands)
    }

    /// Where the command with that number was applied, counted from 1.
    pub(crate) fn index_of_command(&self, number: u64) -> Option<u64> {
        let at = self.entries.partition_point(|entry| entry.commands < number);
        (number > 0 && at < self.entries.len()).then_some(at as u64 + 1)
    }

    /// The highest index anyone has applied.
    pub(crate) fn highest(&self) -> u64 {
        self.entries.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_who_has_applied_an_index() {
        let mut applied = Applied::new(3, 0);
        let command = Bytes::from_static(b"11");
        for server in [0, 2] {
            applied.add(Life { server, start: 0 }, 1, 1, Some(&command));
        }
        assert_eq!(applied.at(1), AppliedAt { servers: 2, command: Some(command) });
        assert_eq!(applied.at(2), AppliedAt { servers: 0, command: None });
        assert_eq!(applied.at(0), AppliedAt { servers: 0, command: None });
        assert_eq!(applied.highest(), 1);
    }

    #[test]
    fn entries_of_rafts_own_have_places_and_are_no_commands() {
        let mut applied = Applied::new(3, 0);
        let (who, command) = (Life { server: 0, start: 0 }, Bytes::from_static(b"11"));
        for (index, command) in [(1, None), (2, Some(&command)), (3, None)] {
            applied.add(who, index, 1, command);
        }
        assert_eq!(applied.at(1), AppliedAt { servers: 1, command: None });
        assert_eq!((applied.highest(), applied.commands()), (3, 1));
        assert_eq!(applied.entry(1).map(|entry| entry.commands), Some(0));
        let of_commands = [0, 1, 2].map(|number| applied.index_of_command(number));
        assert_eq!(of_commands, [None, Some(2), None]);
        assert_ne!(applied.snapshot_at(1), applied.snapshot_at(3));
    }
}
