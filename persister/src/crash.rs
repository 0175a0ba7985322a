//! What a crash leaves on a medium, and what ageing does to it.

use crate::frame;
use crate::medium::{Image, Medium};
use crate::{Part, Unsynced};
use bytes::Bytes;
use runtime::Rng;

impl Medium {
    /// Crashes. Returns how many writes are lost, the first that was refused among them.
    pub(crate) fn crash(&mut self, unsynced: Unsynced, rng: &mut Rng) -> usize {
        if !self.volatile {
            return 0;
        }
        let ends = self.unsynced_writes();
        let writes = ends.len() - 1;
        // What a failed sync could not write is lost in any case.
        let unsynced = if self.doomed { Unsynced::Lost } else { unsynced };
        let survive = match unsynced {
            Unsynced::Kept => writes,
            Unsynced::Lost => 0,
            Unsynced::Prefix => rng.below(writes as u64 + 1) as usize,
            Unsynced::Torn if writes == 0 => 0,
            Unsynced::Torn => rng.below(writes as u64) as usize,
        };
        let last = ends[survive];
        let torn_bytes = match ends.get(survive + 1).filter(|_| unsynced == Unsynced::Torn) {
            Some(next) if next.image == last.image => {
                1 + rng.below((next.journal_bytes - last.journal_bytes - 1) as u64) as usize
            }
            _ => 0,
        };
        self.doomed = false;
        self.fails_next_sync = false;
        self.keep_until(last, torn_bytes);
        writes - survive + usize::from(self.refused.is_some())
    }

    /// Where each write that was not synced ends, in order; first of all where the synced ones do.
    fn unsynced_writes(&self) -> Vec<End> {
        let mut ends = Vec::new();
        for (number, image) in self.older.iter().chain([&self.current]).enumerate() {
            let from = if number == 0 { image.journal_synced_bytes } else { 0 };
            ends.push(End { image: number, journal_bytes: from });
            let frames = frame::ends(&image.journal, from);
            ends.extend(frames.map(|journal_bytes| End { image: number, journal_bytes }));
        }
        ends
    }

    fn keep_until(&mut self, last: End, torn_bytes: usize) {
        if last.image < self.older.len() {
            self.current = self.older.swap_remove(last.image);
        }
        self.older.clear();
        self.current.journal.truncate(last.journal_bytes + torn_bytes);
        // What is on the disk after a crash stays there.
        self.current.journal_synced_bytes = last.journal_bytes;
    }

    /// Flips one bit of what is durable. Returns the part that it hit; nothing on an empty disk.
    pub(crate) fn flip_bit(&mut self, rng: &mut Rng) -> Option<Part> {
        let Image { state, snapshot, journal, journal_synced_bytes, .. } = &mut self.current;
        let journal = &mut journal[..*journal_synced_bytes];
        let sizes = [
            (Part::State, state.content.len()),
            (Part::Snapshot, snapshot.content.len()),
            (Part::Journal, journal.len()),
        ];
        let written: Vec<_> = sizes.into_iter().filter(|(_, size)| *size > 0).collect();
        if written.is_empty() {
            return None;
        }
        let (part, size) = *rng.pick(&written);
        let (at, bit) = (rng.below(size as u64) as usize, 1 << rng.below(8));
        match part {
            Part::State => state.content[at] ^= bit,
            Part::Journal => journal[at] ^= bit,
            Part::Snapshot => {
                let mut content = snapshot.content.to_vec();
                content[at] ^= bit;
                snapshot.content = Bytes::from(content);
            }
        }
        Some(part)
    }
}

/// The end of a write: an image, and how much of its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    image: usize,
    journal_bytes: usize,
}

#[cfg(test)]
mod tests;
