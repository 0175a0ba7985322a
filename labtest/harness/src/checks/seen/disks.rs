//! What servers write, and what they find when they start again.

use crate::Violation;
use crate::checks::known::disk::{Disk, Write};
use crate::checks::{Checked, Oracle};
use crate::sight::Written;
use persister::Stored;
use runtime::Instant;

impl Oracle {
    /// Keeps what a server writes until it is durable, which it may be at once.
    pub(in crate::checks) fn written(
        &mut self,
        at: Instant,
        server: usize,
        written: &Written<'_>,
    ) -> Checked {
        let known = &mut self.servers[server].disk;
        let Some(disk) = known else { return Ok(()) };
        let decoder = self.implementation.disk_decoder();
        match decoder.and_then(|decoder| Write::read(decoder, written)) {
            None => {
                *known = None;
                self.coverage.write_missed(at, server, &format!("{written} was not understood"));
            }
            Some(write) => {
                self.coverage.disk = true;
                if !self.unsynced_is_lost {
                    return self.durable(at, server, write);
                }
                disk.write(write);
            }
        }
        Ok(())
    }

    /// The first `writes` writes of a server's present life are durable.
    pub(in crate::checks) fn synced(&mut self, at: Instant, server: usize, writes: u64) -> Checked {
        if !self.unsynced_is_lost {
            return Ok(());
        }
        while let Some(write) =
            self.servers[server].disk.as_mut().and_then(|disk| disk.next_durable(writes))
        {
            self.durable(at, server, write)?;
        }
        Ok(())
    }

    /// What a disk holds, if it can be read.
    pub(in crate::checks) fn read(
        &mut self,
        server: usize,
        stored: &Stored,
    ) -> Result<Option<Disk>, Violation> {
        let Some(decoder) = self.implementation.disk_decoder() else { return Ok(None) };
        let mut disk = Disk::default();
        for write in Write::read_all(decoder, stored) {
            let (entries, committed) = (&mut self.entries, &self.committed);
            let change = write.and_then(|write| disk.apply(write, server, entries, committed));
            let Some(change) = change else { return Ok(None) };
            self.coverage.disk = true;
            Oracle::wrote(committed, server, &disk, &change)?;
        }
        Ok(Some(disk))
    }
}
