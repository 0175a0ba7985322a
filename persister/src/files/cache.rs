//! What has been written and is not durable yet: an operating system's cache, as a list of operations.

use crate::Unsynced;
use bytes::Bytes;
use runtime::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Weak};

/// A file, whatever its names are.
pub(super) type FileId = u64;

/// In the place of a file: all names.
pub(super) const NAMES: FileId = 0;

/// One operation that waits for a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Write { file: FileId, at: u64, bytes: Vec<u8> },
    Cut { file: FileId, length: u64 },
    Link { name: String, file: FileId },
    Rename { from: String, to: String, file: FileId },
    Unlink { name: String },
}

impl Pending {
    /// The file whose sync makes it durable.
    fn synced_with(&self) -> FileId {
        match self {
            Pending::Write { file, .. } | Pending::Cut { file, .. } => *file,
            Pending::Link { .. } | Pending::Rename { .. } | Pending::Unlink { .. } => NAMES,
        }
    }
}

/// Files and their names, as they are on a medium or as a program sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    pub(super) files: BTreeMap<FileId, Vec<u8>>,
    pub(super) names: BTreeMap<String, FileId>,
}

impl Image {
    pub(super) fn apply(&mut self, operation: &Pending) {
        match operation {
            Pending::Write { file, at, bytes } => {
                let content = self.files.entry(*file).or_default();
                let (at, end) = (*at as usize, *at as usize + bytes.len());
                if content.len() < end {
                    // A write before this one may be lost: zeros are where it was.
                    content.resize(end, 0);
                }
                content[at..end].copy_from_slice(bytes);
            }
            Pending::Cut { file, length } => {
                self.files.entry(*file).or_default().truncate(*length as usize);
            }
            Pending::Link { name, file } => self.link(name, *file),
            Pending::Rename { from, to, file } => {
                self.names.remove(from);
                self.link(to, *file);
            }
            Pending::Unlink { name } => {
                self.names.remove(name);
            }
        }
    }

    fn link(&mut self, name: &str, file: FileId) {
        self.names.insert(name.to_owned(), file);
        self.files.entry(file).or_default();
    }

    pub(super) fn find(&self, name: &str) -> io::Result<FileId> {
        self.names.get(name).copied().ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("there is no file {name}"))
        })
    }
}

/// A medium, and before it what a program has written to it since the last syncs.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// What survives a power cut whatever happens.
    pub(super) durable: Image,
    /// What the program sees.
    current: Image,
    /// What leads from the one to the other, in order, each with its number.
    pending: Vec<(u64, Pending)>,
    /// How many operations there have been.
    operations: u64,
    /// What a failed sync should have covered: it is dropped, and what was written since with it.
    doomed: BTreeSet<FileId>,
    files: FileId,
    /// Those that somebody may read, with a name or without.
    read: BTreeMap<FileId, Weak<()>>,
}

impl Cache {
    // ---- what a program does ----

    pub(super) fn create(&mut self, name: &str) -> FileId {
        self.files += 1;
        let file = self.files;
        self.write(Pending::Link { name: name.to_owned(), file });
        file
    }

    /// The file with that name, cut to that length.
    pub(super) fn open(&mut self, name: &str, length: u64) -> io::Result<FileId> {
        let file = self.current.find(name)?;
        if self.current.files[&file].len() as u64 > length {
            self.write(Pending::Cut { file, length });
        }
        Ok(file)
    }

    pub(super) fn read(&self, name: &str) -> io::Result<Bytes> {
        Ok(Bytes::copy_from_slice(&self.current.files[&self.current.find(name)?]))
    }

    /// The file with that name, which stays as long as the returned value lives.
    pub(super) fn open_read(&mut self, name: &str) -> io::Result<(FileId, Arc<()>)> {
        let file = self.current.find(name)?;
        let known = self.read.get(&file).and_then(Weak::upgrade);
        let reader = known.unwrap_or_default();
        self.read.insert(file, Arc::downgrade(&reader));
        Ok((file, reader))
    }

    /// What a file holds that somebody has opened to read it.
    pub(super) fn content(&self, file: FileId) -> &[u8] {
        self.current.files.get(&file).map_or(&[], Vec::as_slice)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.current.names.keys().cloned().collect()
    }

    /// How many bytes all files together have.
    pub(super) fn bytes(&self) -> u64 {
        let files = self.current.names.values();
        files.map(|file| self.current.files[file].len() as u64).sum()
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = self.current.find(from)?;
        self.write(Pending::Rename { from: from.to_owned(), to: to.to_owned(), file });
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.current.find(name)?;
        self.write(Pending::Unlink { name: name.to_owned() });
        Ok(())
    }

    pub(super) fn write(&mut self, operation: Pending) {
        self.current.apply(&operation);
        self.operations += 1;
        self.pending.push((self.operations, operation));
    }

    // ---- what becomes durable ----

    /// Says what a sync that begins now will cover.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// Makes durable what was written to a file, or done to names, up to that operation, and returns it.
    /// After a failure it only looks so.
    pub(super) fn sync(&mut self, file: FileId, operations: u64) -> Vec<Pending> {
        if self.doomed.contains(&file) {
            return Vec::new();
        }
        let settled = self
            .settle(|number, operation| operation.synced_with() == file && number <= operations);
        if file == NAMES {
            self.forget_nameless();
        }
        settled
    }

    /// Makes durable what the system has written back by itself, in order, and returns it. What a failed
    /// sync has dropped is not among it.
    pub(super) fn write_back(&mut self, operations: usize) -> Vec<Pending> {
        let last = operations.checked_sub(1).and_then(|last| self.pending.get(last));
        let Some(&(last, _)) = last else { return Vec::new() };
        let doomed = self.doomed.clone();
        self.settle(|number, operation| {
            number <= last && !doomed.contains(&operation.synced_with())
        })
    }

    /// Whether somebody may read that file.
    pub(super) fn has(&self, file: FileId) -> bool {
        self.current.files.contains_key(&file)
    }

    /// The first operation that is not durable, and may yet be.
    pub(super) fn first_pending(&self) -> Option<&Pending> {
        let mut pending = self.pending.iter().map(|(_, operation)| operation);
        pending.find(|operation| !self.doomed.contains(&operation.synced_with()))
    }

    /// How many operations are not durable.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    fn settle(&mut self, fits: impl Fn(u64, &Pending) -> bool) -> Vec<Pending> {
        let settles = |entry: &mut (u64, Pending)| fits(entry.0, &entry.1);
        let settled: Vec<Pending> =
            self.pending.extract_if(.., settles).map(|(_, operation)| operation).collect();
        settled.iter().for_each(|operation| self.durable.apply(operation));
        settled
    }

    /// A sync of that file, or of the names, has failed.
    pub(super) fn doom(&mut self, file: FileId) {
        self.doomed.insert(file);
    }

    /// Drops files without a name that nobody has opened to read: a handle may write to one, but nobody
    /// will ever read it.
    fn forget_nameless(&mut self) {
        let Cache { durable, current, pending, read, .. } = self;
        read.retain(|_, reader| reader.strong_count() > 0);
        let named = durable.names.values().chain(current.names.values());
        let needed: BTreeSet<FileId> = named.chain(read.keys()).copied().chain([NAMES]).collect();
        pending.retain(|(_, operation)| needed.contains(&operation.synced_with()));
        durable.files.retain(|file, _| needed.contains(file));
        current.files.retain(|file, _| needed.contains(file));
    }

    /// The power is cut. Returns how many operations are lost.
    pub(super) fn crash(&mut self, unsynced: Unsynced, rng: &mut Rng) -> usize {
        let pending: Vec<Pending> = self
            .pending
            .drain(..)
            .map(|(_, operation)| operation)
            .filter(|operation| !self.doomed.contains(&operation.synced_with()))
            .collect();
        let mut survive = match unsynced {
            Unsynced::Kept | Unsynced::Torn => pending.len(),
            Unsynced::Lost => 0,
            Unsynced::Prefix => rng.below(pending.len() as u64 + 1) as usize,
        };
        let mut lost = pending.len() - survive;
        for operation in pending {
            if survive == 0 {
                break;
            }
            survive -= 1;
            match unsynced {
                Unsynced::Torn => lost += usize::from(!self.tear(operation, rng)),
                _ => self.durable.apply(&operation),
            }
        }
        self.restart();
        lost
    }

    /// Makes durable what is left of an operation that the power cut interrupted: each of its pieces, or not,
    /// independently. True when that is all.
    fn tear(&mut self, operation: Pending, rng: &mut Rng) -> bool {
        let Pending::Write { file, at, bytes } = operation else {
            let survives = rng.chance(500_000);
            if survives {
                self.durable.apply(&operation);
            }
            return survives;
        };
        // Sectors have 512 bytes, and pages 4096; small pieces tear small writes as well.
        let piece_bytes = *rng.pick(&[8, 64, 512, 4096]);
        let mut whole = true;
        for (number, piece) in bytes.chunks(piece_bytes).enumerate() {
            let at = at + (number * piece_bytes) as u64;
            match rng.chance(500_000) {
                true => self.durable.apply(&Pending::Write { file, at, bytes: piece.to_vec() }),
                false => whole = false,
            }
        }
        whole
    }

    /// What is durable now is all that there is.
    pub(super) fn restart(&mut self) {
        self.pending.clear();
        self.doomed.clear();
        self.current = self.durable.clone();
        self.forget_nameless();
    }
}

/// What a file's bytes have from `offset` on: at most `length`.
pub(super) fn part(content: &[u8], offset: u64, length: usize) -> Bytes {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    let end = start.saturating_add(length).min(content.len());
    Bytes::copy_from_slice(&content[start..end])
}
