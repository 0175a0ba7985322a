//! The slots of Redis Cluster: which slot a key is in, and which cluster has the slot.

use crate::ring::HashRing;
use std::ops::RangeInclusive;

/// How many slots there are.
pub const SLOTS: u16 = 16_384;

/// The slot of a key: CRC-16/XMODEM of its bytes, modulo [`SLOTS`]. Of a key with a hash tag, `{…}`, only what is
/// in the first braces counts, unless that is nothing.
///
/// Source: the Redis Cluster specification, "Key distribution model" and "Hash tags".
///
/// ```
/// use kvd::slots::slot_of;
///
/// assert_eq!(slot_of(b"foo"), 12182);
/// assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"{user1000}.followers"));
/// ```
pub fn slot_of(key: &[u8]) -> u16 {
    crc16(tag(key)) % SLOTS
}

fn tag(key: &[u8]) -> &[u8] {
    let find = |byte, bytes: &[u8]| bytes.iter().position(|other| *other == byte);
    let Some(open) = find(b'{', key) else { return key };
    let after = &key[open + 1..];
    match find(b'}', after) {
        None | Some(0) => key,
        Some(close) => &after[..close],
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |crc, byte| crc << 8 ^ CRC_OF_BYTE[usize::from(crc >> 8 ^ u16::from(*byte))])
}

/// The CRC of each byte, of the polynomial x^16 + x^12 + x^5 + 1.
const CRC_OF_BYTE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// Which cluster has which slot.
///
/// Clusters share the slots by a [`HashRing`] on which slot `s` is the position `s · 2^50`: the slots divide the
/// ring evenly, and an arc of the ring is a range of slots. Clients get these ranges from `CLUSTER SLOTS`, so there
/// must be few. Placed by a hash of its own number each slot would be a range by itself; so there are at most
/// [`VIRTUAL_NODES`](Slots::VIRTUAL_NODES) for each cluster, and all the same only the slots of one cluster move
/// when it comes or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// In order, without gaps.
    ranges: Vec<(RangeInclusive<u16>, usize)>,
}

impl Slots {
    /// Virtual nodes of each cluster on the ring. Of 100 pairs of names the larger cluster has 52 % of the slots in
    /// the middle one, and at most 61 %; a pair has about 65 ranges.
    pub const VIRTUAL_NODES: u64 = 64;

    /// The slots shared by clusters of those names; a single one has them all. `None` without clusters.
    pub fn shared_by(names: &[&str]) -> Option<Slots> {
        let mut ring = HashRing::new(Slots::VIRTUAL_NODES);
        for name in names {
            ring.insert(name);
        }
        let mut ranges: Vec<(RangeInclusive<u16>, usize)> = Vec::new();
        for slot in 0..SLOTS {
            let name = ring.owner_at(u64::from(slot) << 50)?;
            let cluster = names.iter().position(|other| *other == name)?;
            match ranges.last_mut() {
                Some((range, owner)) if *owner == cluster => *range = *range.start()..=slot,
                _ => ranges.push((slot..=slot, cluster)),
            }
        }
        Some(Slots { ranges })
    }

    /// The cluster that has a slot, by its place among those that share them. Slots from [`SLOTS`] on, which are
    /// none, count as the last one.
    pub fn owner(&self, slot: u16) -> usize {
        let slot = slot.min(SLOTS - 1);
        let place = self.ranges.partition_point(|(range, _)| *range.end() < slot);
        self.ranges[place].1
    }

    /// All slots in order, as ranges, each with the cluster that has it.
    pub fn ranges(&self) -> &[(RangeInclusive<u16>, usize)] {
        &self.ranges
    }

    /// The ranges that one cluster has.
    pub fn ranges_of(&self, cluster: usize) -> impl Iterator<Item = &RangeInclusive<u16>> {
        self.ranges.iter().filter(move |(_, owner)| *owner == cluster).map(|(range, _)| range)
    }
}

#[cfg(test)]
mod tests;
