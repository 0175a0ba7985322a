//! The snapshots of the tests' own service.
//!
//! Its state is everything it has executed, in order, and a digest stands for that in a snapshot: 128
//! bits of XXH3, each index's made from the one before and the command there. So a snapshot costs the
//! same however long the run is. It holds its last index and the digest of the commands 1 to there,
//! encoded with postcard, and again and again where snapshots are to be longer than that. The lab keeps
//! the whole list of commands in a snapshot.
//!
//! A digest says that a state is wrong and, when it is that of another index, of which; it never
//! says which command in it is.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

/// What the service of the tests puts into a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ServiceSnapshot {
    pub(crate) last_index: u64,
    /// Stands for the commands 1 to `last_index`.
    pub(crate) digest: u128,
}

impl ServiceSnapshot {
    /// Postcard takes up to 10 bytes for a `u64` and up to 19 for a `u128`.
    pub(crate) const SIZE_MAX: usize = 10 + 19;

    pub(crate) fn encode<'a>(&self, buffer: &'a mut [u8; Self::SIZE_MAX]) -> &'a [u8] {
        postcard::to_slice(self, buffer).expect("the buffer has room for any two numbers")
    }
}

/// The digests of all states so far, by which snapshots are made and compared.
#[derive(Debug)]
pub(crate) struct Digests {
    /// `after[index]`: of the commands 1 to that index; at 0 the hash of nothing.
    after: Vec<u128>,
    /// What is hashed, kept so that a command costs no allocation.
    buffer: Vec<u8>,
    /// The least length of a snapshot, in bytes.
    snapshot_bytes: usize,
}

impl Digests {
    /// For snapshots of at least that many bytes.
    pub(crate) fn new(snapshot_bytes: usize) -> Digests {
        Digests { after: vec![xxh3_128(b"")], buffer: Vec::new(), snapshot_bytes }
    }

    /// The next index's command was applied, or an entry of Raft's own, which leaves the state as it was:
    /// its place alone goes into the digest.
    pub(crate) fn push(&mut self, command: Option<&[u8]>) {
        let before = self.after[self.after.len() - 1];
        self.buffer.clear();
        self.buffer.extend_from_slice(&before.to_le_bytes());
        self.buffer.extend_from_slice(command.unwrap_or_default());
        self.after.push(xxh3_128(&self.buffer));
    }

    /// The snapshot of the state at `last_index`; `None` when that index was never applied.
    pub(crate) fn snapshot(&self, last_index: u64) -> Option<Bytes> {
        let state = self.state_after(last_index)?;
        let mut buffer = [0; ServiceSnapshot::SIZE_MAX];
        let encoded = state.encode(&mut buffer);
        let length = self.length_of(encoded);
        if length == encoded.len() {
            return Some(Bytes::copy_from_slice(encoded));
        }
        Some(encoded.iter().copied().cycle().take(length).collect())
    }

    pub(crate) fn is_snapshot(&self, last_index: u64, snapshot: &[u8]) -> bool {
        let Some(state) = self.state_after(last_index) else { return false };
        let mut buffer = [0; ServiceSnapshot::SIZE_MAX];
        let encoded = state.encode(&mut buffer);
        snapshot.len() == self.length_of(encoded)
            && snapshot.chunks(encoded.len()).all(|some| encoded.starts_with(some))
    }

    fn length_of(&self, encoded: &[u8]) -> usize {
        encoded.len().max(self.snapshot_bytes)
    }

    pub(crate) fn state_after(&self, last_index: u64) -> Option<ServiceSnapshot> {
        let digest = *self.after.get(usize::try_from(last_index).ok()?)?;
        Some(ServiceSnapshot { last_index, digest })
    }

    /// The index after which the state has that digest.
    pub(crate) fn position(&self, digest: u128) -> Option<usize> {
        self.after.iter().position(|known| *known == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_long_snapshot_counts() {
        let mut digests = Digests::new(100);
        digests.push(Some(b"a"));
        digests.push(Some(b"b"));
        let [one, two] = [1, 2].map(|index| digests.snapshot(index).unwrap());
        assert_eq!((one.len(), two.len()), (100, 100));
        assert!(digests.is_snapshot(1, &one) && digests.is_snapshot(2, &two));
        for place in [0, 50, 99] {
            let mut mixed = one.to_vec();
            mixed[place] = mixed[place].wrapping_add(1);
            assert!(!digests.is_snapshot(1, &mixed), "{place}");
        }
        assert!(!digests.is_snapshot(1, &[&one[..50], &two[50..]].concat()));
        assert!(!digests.is_snapshot(1, &one[..99]));
        assert!(!digests.is_snapshot(1, b""));
    }

    #[test]
    fn a_snapshot_is_no_larger_after_many_commands() {
        let mut digests = Digests::new(0);
        (1..=300).for_each(|index: u64| digests.push(Some(index.to_string().as_bytes())));
        for index in 0..=300 {
            assert!(digests.snapshot(index).unwrap().len() <= ServiceSnapshot::SIZE_MAX);
        }
        let largest = ServiceSnapshot { last_index: u64::MAX, digest: u128::MAX };
        let mut buffer = [0; ServiceSnapshot::SIZE_MAX];
        assert_eq!(largest.encode(&mut buffer).len(), ServiceSnapshot::SIZE_MAX);
    }
}
