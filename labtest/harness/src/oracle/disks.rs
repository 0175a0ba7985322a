//! What servers write, and what they find when they start again.

use super::disk::{Disk, Facts, Write};
use super::judge::{Oracle, Server};
use super::stored;
use crate::Violation;
use crate::api::life::Life;
use crate::api::vocabulary::DiskState;
use crate::watch::Written;
use persister::Stored;

impl Oracle {
    pub(super) fn see_write(
        &mut self,
        server: usize,
        write: &Written<'_>,
    ) -> Result<(), Violation> {
        if self.servers[server].disk.is_none() {
            return Ok(());
        }
        let write = self.implementation.disk_decoder().and_then(|decoder| match write {
            Written::Record(bytes) => decoder.record(bytes).map(Write::Record),
            // As for one who reads it: an empty state is that of a server that never ran.
            Written::State { bytes: [], with_snapshot } => {
                Some(Write::State(DiskState::default(), *with_snapshot))
            }
            Written::State { bytes, with_snapshot } => {
                decoder.state(bytes).map(|state| Write::State(state, *with_snapshot))
            }
        });
        let known = &mut self.servers[server].disk;
        match (write, known) {
            (Some(write), Some(disk)) if self.unsynced_is_lost => {
                disk.write(write);
                Ok(())
            }
            (Some(write), Some(_)) => self.make_durable(server, write),
            (None, known) => {
                *known = None;
                Ok(())
            }
            (Some(_), None) => Ok(()),
        }
    }

    /// The first `writes` writes of a server's present life are durable.
    pub(super) fn see_sync(&mut self, server: usize, writes: u64) -> Result<(), Violation> {
        if !self.unsynced_is_lost {
            return Ok(());
        }
        while let Some(write) =
            self.servers[server].disk.as_mut().and_then(|disk| disk.next_durable(writes))
        {
            self.make_durable(server, write)?;
        }
        Ok(())
    }

    fn make_durable(&mut self, number: usize, write: Write) -> Result<(), Violation> {
        let Server { disk: known, acknowledged, told, .. } = &mut self.servers[number];
        let Some(disk) = known else { return Ok(()) };
        let (agreed, hard_state) = (disk.log.agreed(), (disk.term, disk.voted_for));
        let mut facts = Facts { entries: &mut self.entries, committed: &self.committed };
        let Ok(checked) = disk.apply(write, number, &mut facts) else {
            *known = None;
            return Ok(());
        };
        checked?;
        self.highest_term = self.highest_term.max(disk.term);
        if (disk.term, disk.voted_for) != hard_state {
            stored::check(number, disk, *told, self.votes.given(number, disk.term))?;
        }
        acknowledged.check_kept(number, disk.term, disk.log.last().index)?;
        let lost = disk.log.agreed() < agreed;
        if lost { self.check_kept(number) } else { Ok(()) }
    }

    /// A server starts with what its disk holds.
    pub(super) fn see_boot(&mut self, who: Life, stored: &Stored) -> Result<(), Violation> {
        let server = &mut self.servers[who.server];
        let is_first = server.start == 0;
        server.start = who.start;
        server.is_alive = true;
        server.state = None;
        server.memory = None;
        server.told_before = server.told;
        (server.leads, server.commit_sent) = (0, 0);
        // What is durable at once is there as it was written, and long to read.
        if self.unsynced_is_lost || server.disk.is_none() {
            let disk = self.read(who.server, stored)?;
            self.servers[who.server].disk = disk;
        }
        let server = &mut self.servers[who.server];
        if let Some(disk) = server.disk.as_ref().filter(|_| !is_first) {
            let vote = self.votes.given(who.server, disk.term);
            stored::check(who.server, disk, server.told, vote)?;
            server.acknowledged.check_kept(who.server, disk.term, disk.log.last().index)?;
            return self.check_kept(who.server);
        }
        Ok(())
    }

    fn read(&mut self, server: usize, stored: &Stored) -> Result<Option<Disk>, Violation> {
        let implementation = &self.implementation;
        let Some(decoder) = implementation.disk_decoder() else { return Ok(None) };
        let mut facts = Facts { entries: &mut self.entries, committed: &self.committed };
        let mut disk = Disk::default();
        let state = (!stored.state.is_empty()).then(|| decoder.state(&stored.state));
        let state = state.map(|state| state.map(|state| Write::State(state, true)));
        let records = stored.records.iter().map(|bytes| decoder.record(bytes).map(Write::Record));
        for write in state.into_iter().chain(records) {
            let Some(write) = write else { return Ok(None) };
            match disk.apply(write, server, &mut facts) {
                Ok(checked) => checked?,
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(disk))
    }
}
