//! The record of applied values: one list for the whole run, and how far each server is in it.

use super::{applied_values, apply_order, snapshots, taken};
use crate::Violation;
use crate::api::life::Life;
use bytes::Bytes;

/// What was applied at one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) command: Bytes,
    /// The server that applied it before any other.
    pub(crate) first_server: usize,
}

/// Everything any server has applied in this run.
///
/// Since all servers must agree there is one list, and a server's own record is a prefix of it.
/// A message costs the same however long the run is.
#[derive(Debug)]
pub(crate) struct Record {
    /// `entries[index - 1]`.
    entries: Vec<Entry>,
    servers: Vec<Progress>,
    states: States,
}

/// What snapshots are known by.
#[derive(Debug)]
enum States {
    /// They are made from this record.
    OfRecord(snapshots::Digests),
    /// A service with a state of its own makes them.
    OfService(taken::Taken),
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The current life of the server; 0 before the first.
    start: u32,
    /// That life has applied the indices up to here (a snapshot counts for all it contains).
    applied: u64,
}

/// How many servers have applied an index, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Servers whose present (or, when crashed, latest) life has applied the index.
    pub(crate) servers: usize,
    /// What any server ever applied there.
    pub(crate) command: Option<Bytes>,
}

impl Record {
    pub(crate) fn new(servers: usize) -> Record {
        Record {
            entries: Vec::new(),
            servers: vec![Progress::default(); servers],
            states: States::OfRecord(snapshots::Digests::new()),
        }
    }

    /// The same for a service that makes its own snapshots.
    pub(crate) fn of_service(servers: usize) -> Record {
        Record { states: States::OfService(taken::Taken::default()), ..Record::new(servers) }
    }

    /// The service of `who` has made a snapshot of its own.
    pub(crate) fn took_snapshot(
        &mut self,
        who: Life,
        index: u64,
        snapshot: &[u8],
    ) -> Result<(), Violation> {
        match &mut self.states {
            States::OfRecord(_) => Ok(()),
            States::OfService(taken) => taken.take(who.server, index, snapshot),
        }
    }

    /// The index of a snapshot that a server was given, or found on its disk.
    fn check_snapshot(
        &self,
        server: usize,
        applied: u64,
        declared: Option<u64>,
        snapshot: &[u8],
    ) -> Result<u64, Violation> {
        match &self.states {
            States::OfRecord(digests) => {
                snapshots::check(server, applied, declared, snapshot, digests)
            }
            States::OfService(taken) => taken.check(server, applied, declared, snapshot),
        }
    }

    /// A new life of `server` begins, with this snapshot on its disk (empty: none).
    pub(crate) fn begin(&mut self, server: usize, snapshot: &[u8]) -> Result<Life, Violation> {
        let applied =
            if snapshot.is_empty() { 0 } else { self.check_snapshot(server, 0, None, snapshot)? };
        let progress = &mut self.servers[server];
        *progress = Progress { start: progress.start + 1, applied };
        Ok(Life { server, start: progress.start })
    }

    /// `who` applies `command` at `index`.
    ///
    /// The values are compared before the order, because a wrong value is the graver error. What
    /// an earlier life still says while it dies (possible on the real clock) counts for nothing.
    pub(crate) fn apply_command(
        &mut self,
        who: Life,
        index: u64,
        command: &Bytes,
    ) -> Result<(), Violation> {
        let Some(applied) = self.applied_by(who) else { return Ok(()) };
        let known = index.checked_sub(1).and_then(|at| self.entries.get(usize::try_from(at).ok()?));
        if let Some(known) = known {
            applied_values::check(known, index, who.server, command)?;
        }
        let is_new = known.is_none();
        apply_order::check(who.server, applied, index)?;
        if is_new {
            if let States::OfRecord(digests) = &mut self.states {
                digests.push(command);
            }
            self.entries.push(Entry { command: command.clone(), first_server: who.server });
        }
        self.servers[who.server].applied = index;
        Ok(())
    }

    /// `who` replaces its state by `snapshot`, declared to be that of `index`.
    pub(crate) fn apply_snapshot(
        &mut self,
        who: Life,
        index: u64,
        snapshot: &[u8],
    ) -> Result<(), Violation> {
        let Some(applied) = self.applied_by(who) else { return Ok(()) };
        self.check_snapshot(who.server, applied, Some(index), snapshot)?;
        self.servers[who.server].applied = index;
        Ok(())
    }

    /// The snapshot of the state at `index`; `None` when nobody has applied that index, or the
    /// service makes its own.
    pub(crate) fn snapshot_at(&self, index: u64) -> Option<Bytes> {
        match &self.states {
            States::OfRecord(digests) => digests.snapshot(index),
            States::OfService(_) => None,
        }
    }

    /// What was applied at `index`, if anything was.
    pub(crate) fn command_at(&self, index: u64) -> Option<&Bytes> {
        let at = usize::try_from(index.checked_sub(1)?).ok()?;
        Some(&self.entries.get(at)?.command)
    }

    /// How far the present or latest life of a server has applied.
    pub(crate) fn applied_up_to(&self, server: usize) -> u64 {
        self.servers[server].applied
    }

    /// How many servers have applied `index`, and what.
    pub(crate) fn applied(&self, index: u64) -> Applied {
        let command = self.command_at(index).cloned();
        let servers = match command {
            Some(_) => self.servers.iter().filter(|server| server.applied >= index).count(),
            None => 0,
        };
        Applied { servers, command }
    }

    /// The highest index anyone has applied.
    pub(crate) fn highest(&self) -> u64 {
        self.entries.len() as u64
    }

    fn applied_by(&self, who: Life) -> Option<u64> {
        let progress = self.servers[who.server];
        (progress.start == who.start).then_some(progress.applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(number: u64) -> Bytes {
        Bytes::from(number.to_string())
    }

    fn started(servers: usize) -> (Record, Vec<Life>) {
        let mut record = Record::new(servers);
        let lives = (0..servers).map(|server| record.begin(server, b"").unwrap()).collect();
        (record, lives)
    }

    #[test]
    fn counts_who_has_applied_an_index() {
        let (mut record, lives) = started(3);
        record.apply_command(lives[0], 1, &command(11)).unwrap();
        record.apply_command(lives[2], 1, &command(11)).unwrap();
        assert_eq!(record.applied(1), Applied { servers: 2, command: Some(command(11)) });
        assert_eq!(record.applied(2), Applied { servers: 0, command: None });
        assert_eq!(record.applied(0), Applied { servers: 0, command: None });
        assert_eq!(record.highest(), 1);
    }

    #[test]
    fn remembers_over_restarts_what_was_applied() {
        let (mut record, lives) = started(3);
        record.apply_command(lives[0], 1, &command(11)).unwrap();
        let reborn = record.begin(0, b"").unwrap();
        assert_eq!(record.applied(1), Applied { servers: 0, command: Some(command(11)) });

        // Another server, and even the same one, must apply the very same command there.
        for who in [lives[1], reborn] {
            let violation = record.apply_command(who, 1, &command(12)).unwrap_err();
            assert_eq!(violation.property, "safety:applied-values");
        }
        record.apply_command(reborn, 1, &command(11)).unwrap();
        assert_eq!(record.applied(1).servers, 1);
    }

    #[test]
    fn a_new_life_starts_over_or_after_the_snapshot_on_its_disk() {
        let (mut record, lives) = started(2);
        for index in 1..=12 {
            record.apply_command(lives[0], index, &command(index)).unwrap();
        }
        let snapshot = record.snapshot_at(9).unwrap();
        let reborn = record.begin(0, &snapshot).unwrap();
        assert_eq!(record.applied(9).servers, 1);
        assert_eq!(record.applied(10).servers, 0);
        let violation = record.apply_command(reborn, 1, &command(1)).unwrap_err();
        assert_eq!(violation.property, "safety:apply-order");
        record.apply_command(reborn, 10, &command(10)).unwrap();

        let reborn = record.begin(0, b"").unwrap();
        record.apply_command(reborn, 1, &command(1)).unwrap();
    }

    #[test]
    fn a_snapshot_brings_a_server_forward() {
        let (mut record, lives) = started(2);
        for index in 1..=12 {
            record.apply_command(lives[0], index, &command(index)).unwrap();
        }
        let snapshot = record.snapshot_at(9).unwrap();
        record.apply_snapshot(lives[1], 9, &snapshot).unwrap();
        record.apply_command(lives[1], 10, &command(10)).unwrap();
        let violation = record.apply_snapshot(lives[1], 9, &snapshot).unwrap_err();
        assert_eq!(violation.property, "safety:snapshot");
    }

    #[test]
    fn a_dead_life_has_no_say() {
        let (mut record, lives) = started(1);
        let reborn = record.begin(0, b"").unwrap();
        record.apply_command(lives[0], 7, &command(1)).unwrap();
        record.apply_snapshot(lives[0], 7, b"nonsense").unwrap();
        assert_eq!(record.highest(), 0);
        record.apply_command(reborn, 1, &command(1)).unwrap();
    }

    #[test]
    fn a_gap_is_not_recorded() {
        let (mut record, lives) = started(1);
        assert!(record.apply_command(lives[0], 2, &command(1)).is_err());
        assert!(record.apply_command(lives[0], 0, &command(1)).is_err());
        assert_eq!(record.highest(), 0);
    }
}
