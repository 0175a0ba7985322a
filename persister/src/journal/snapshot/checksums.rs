//! The checksums of a snapshot's pieces.

use super::PIECE_BYTES;

/// Checksums of pieces of [`PIECE_BYTES`], of bytes that come in portions of any length.
#[derive(Default)]
pub(super) struct Checksums {
    bytes: u64,
    /// Of the pieces that are whole, and of the last one at the end.
    pieces: Vec<u32>,
    /// Of what there is of the next one.
    next: crc32fast::Hasher,
}

impl Checksums {
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = PIECE_BYTES - (self.bytes % PIECE_BYTES as u64) as usize;
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.next.update(now);
            self.bytes += now.len() as u64;
            if now.len() == room {
                self.end_piece();
            }
            bytes = later;
        }
    }

    /// That was all.
    pub(super) fn end(&mut self) {
        if !self.bytes.is_multiple_of(PIECE_BYTES as u64) {
            self.end_piece();
        }
    }

    fn end_piece(&mut self) {
        self.pieces.push(std::mem::take(&mut self.next).finalize());
    }

    /// How many bytes there were.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn pieces(&self) -> &[u32] {
        &self.pieces
    }

    /// As they stand in the file.
    pub(super) fn encode(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|checksum| checksum.to_le_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_do_not_depend_on_the_portions(
            portions in prop::collection::vec(0..3 * PIECE_BYTES, 0..6),
        ) {
            let length: usize = portions.iter().sum();
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut checksums = Checksums::default();
            let mut rest = &bytes[..];
            for portion in portions {
                let (now, later) = rest.split_at(portion);
                checksums.add(now);
                rest = later;
            }
            checksums.end();
            let expected: Vec<u32> = bytes.chunks(PIECE_BYTES).map(crc32fast::hash).collect();
            prop_assert_eq!(checksums.pieces(), expected);
            prop_assert_eq!(checksums.bytes(), length as u64);
        }
    }
}
