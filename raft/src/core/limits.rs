//! What a leader takes in at most, so that clients that are faster than the cluster wait outside.

use crate::core::Core;
use crate::core::log::ENTRY_OVERHEAD_BYTES;
use crate::start_error::StartError;
use bytes::Bytes;

/// The bytes of entries `after + 1 ..= to` of a leader's log, in its term.
///
/// They are brought up to date on demand, so that a leader without a limit does not pay for them.
#[derive(Debug, Default)]
pub(crate) struct Uncommitted {
    term: u64,
    after: u64,
    to: u64,
    bytes: usize,
}

impl Core {
    /// Whether a leader may take these commands now. When nothing waits, they may be more than may wait: a
    /// command larger than that must not wait forever.
    pub(crate) fn admit(&mut self, commands: &[Bytes]) -> Result<(), StartError> {
        let max = self.config.command_bytes_max;
        let sizes = commands.iter().map(Bytes::len);
        if max > 0
            && let Some(bytes) = sizes.clone().find(|&bytes| bytes > max)
        {
            return Err(StartError::TooLarge { bytes, max });
        }
        let max = self.config.uncommitted_bytes_max;
        if max == 0 {
            return Ok(());
        }
        let uncommitted_bytes = self.uncommitted_bytes();
        let added = |sum: usize, bytes| sum.saturating_add(bytes + ENTRY_OVERHEAD_BYTES);
        match uncommitted_bytes > 0 && sizes.fold(uncommitted_bytes, added) > max {
            true => Err(StartError::Busy { uncommitted_bytes, max }),
            false => Ok(()),
        }
    }

    /// About how many bytes this leader has that are not committed.
    fn uncommitted_bytes(&mut self) -> usize {
        let Core { log, commit_index, uncommitted: counted, term, .. } = self;
        let commit_index = *commit_index;
        // Entries that a snapshot stands for can't be counted any more.
        if counted.term != *term || counted.after < log.snapshot().index {
            *counted = Uncommitted { term: *term, after: commit_index, to: commit_index, bytes: 0 };
        }
        let bytes_of = |after: u64, to: u64| -> usize {
            let entries = log.from(after + 1).take(to.saturating_sub(after) as usize);
            entries.map(|entry| entry.command.len() + ENTRY_OVERHEAD_BYTES).sum()
        };
        counted.bytes -= bytes_of(counted.after, commit_index.min(counted.to));
        counted.after = commit_index;
        counted.to = counted.to.max(commit_index);
        counted.bytes += bytes_of(counted.to, log.last_index());
        counted.to = log.last_index();
        counted.bytes
    }
}

#[cfg(test)]
mod tests;
