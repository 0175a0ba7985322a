//! Values by number, and their snapshots in pieces.

use anyhow::{Context, ensure};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::executor::block_on;
use persister::{Snapshot, SnapshotWriter};
use std::collections::BTreeMap;

/// How much of a snapshot is in memory at a time, in bytes.
const PIECE_BYTES: usize = 256 << 10;

/// A plain copy is cheap: the values themselves are shared.
#[derive(Clone, Default)]
pub struct Store {
    /// The last entry that was applied.
    pub applied: u64,
    /// The bytes of all values.
    pub bytes: u64,
    values: BTreeMap<u32, Bytes>,
}

pub fn command(key: u32, value: &[u8]) -> Bytes {
    let mut command = BytesMut::with_capacity(4 + value.len());
    command.put_u32_le(key);
    command.put_slice(value);
    command.freeze()
}

impl Store {
    pub fn apply(&mut self, index: u64, mut command: Bytes) -> anyhow::Result<()> {
        ensure!(index == self.applied + 1, "entry {index} follows entry {}", self.applied);
        let key = command.try_get_u32_le().context("a command begins with a key")?;
        self.put(key, command);
        self.applied = index;
        Ok(())
    }

    fn put(&mut self, key: u32, value: Bytes) {
        self.bytes += value.len() as u64;
        if let Some(old) = self.values.insert(key, value) {
            self.bytes -= old.len() as u64;
        }
    }

    /// Hands everything to the writer, a piece at a time. Waits for the disk.
    pub fn write(&self, writer: &mut dyn SnapshotWriter) -> anyhow::Result<()> {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        piece.put_u64_le(self.applied);
        for (key, value) in &self.values {
            piece.put_u32_le(*key);
            piece.put_u32_le(u32::try_from(value.len())?);
            piece.put_slice(value);
            if piece.len() >= PIECE_BYTES {
                block_on(writer.write(piece.split().freeze()))?;
            }
        }
        Ok(block_on(writer.write(piece.freeze()))?)
    }

    /// The store of a snapshot, read a piece at a time.
    pub fn read(snapshot: &Snapshot) -> anyhow::Result<Store> {
        let mut pieces = Pieces { snapshot, offset: 0, read: Bytes::new() };
        let mut store = Store::default();
        if snapshot.is_empty() {
            return Ok(store);
        }
        store.applied = pieces.take(8)?.get_u64_le();
        while !pieces.is_empty() {
            let mut header = pieces.take(8)?;
            let (key, length) = (header.get_u32_le(), header.get_u32_le());
            // A copy, so that no value keeps a whole piece.
            let value = Bytes::copy_from_slice(&pieces.take(length as usize)?);
            store.put(key, value);
        }
        Ok(store)
    }
}

struct Pieces<'a> {
    snapshot: &'a Snapshot,
    /// Where the next piece begins.
    offset: u64,
    read: Bytes,
}

impl Pieces<'_> {
    fn is_empty(&self) -> bool {
        self.read.is_empty() && self.offset >= self.snapshot.length()
    }

    fn take(&mut self, length: usize) -> anyhow::Result<Bytes> {
        if self.read.len() < length {
            let mut more = BytesMut::from(&self.read[..]);
            more.put(self.snapshot.read(self.offset, PIECE_BYTES.max(length))?);
            self.offset += (more.len() - self.read.len()) as u64;
            self.read = more.freeze();
        }
        ensure!(self.read.len() >= length, "the snapshot ends in the middle of a value");
        Ok(self.read.split_to(length))
    }
}
