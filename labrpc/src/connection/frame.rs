//! What goes over a connection: frames, each a length, a checksum and that many bytes.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::io;
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

/// The length of what follows it, and the CRC-32 of what follows that: both u32, little endian.
pub(super) const HEADER_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;

/// Takes frames off a stream.
pub(super) struct FrameCodec(LengthDelimitedCodec);

impl FrameCodec {
    /// A frame that says it is longer is an error, before anything of it is read.
    pub(super) fn new(frame_bytes_max: usize) -> FrameCodec {
        let mut codec = LengthDelimitedCodec::builder();
        codec.little_endian().length_field_type::<u32>();
        codec.max_frame_length(CHECKSUM_BYTES.saturating_add(frame_bytes_max));
        FrameCodec(codec.new_codec())
    }

    /// For the frames that come from now on.
    pub(super) fn set_frame_bytes_max(&mut self, frame_bytes_max: usize) {
        self.0.set_max_frame_length(CHECKSUM_BYTES.saturating_add(frame_bytes_max));
    }
}

impl Decoder for FrameCodec {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, from: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        // The codec would make room for all that is announced, and not only for what comes.
        if let Some((length, arrived)) = from.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            if length <= self.0.max_frame_length() && length > arrived.len() {
                return Ok(None);
            }
        }
        let Some(mut frame) = self.0.decode(from)? else { return Ok(None) };
        let nonsense = |what| io::Error::new(io::ErrorKind::InvalidData, what);
        let checksum =
            frame.try_get_u32_le().map_err(|_| nonsense("a frame without a checksum"))?;
        match crc32fast::hash(&frame) == checksum {
            true => Ok(Some(frame)),
            false => Err(nonsense("a frame whose checksum is another")),
        }
    }
}

impl Encoder<Bytes> for FrameCodec {
    type Error = io::Error;

    fn encode(&mut self, content: Bytes, to: &mut BytesMut) -> io::Result<()> {
        put(to, &content, &[]);
        Ok(())
    }
}

/// Appends a frame of two parts, which are shorter than a limit that fits a u32.
pub(super) fn put(to: &mut BytesMut, head: &[u8], body: &[u8]) {
    let content_bytes = head.len() + body.len();
    to.reserve(HEADER_BYTES + content_bytes);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(head);
    checksum.update(body);
    to.put_u32_le((CHECKSUM_BYTES + content_bytes) as u32);
    to.put_u32_le(checksum.finalize());
    to.put_slice(head);
    to.put_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(content: &[u8]) -> BytesMut {
        let mut bytes = BytesMut::new();
        put(&mut bytes, &content[..content.len() / 2], &content[content.len() / 2..]);
        bytes
    }

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(contents: Vec<Vec<u8>>, piece in 1_usize..50) {
            let stream: Vec<u8> = contents.iter().flat_map(|it| framed(it)).collect();
            let (mut codec, mut arrived, mut read) = (FrameCodec::new(1000), BytesMut::new(), Vec::new());
            for piece in stream.chunks(piece) {
                arrived.extend_from_slice(piece);
                while let Some(frame) = codec.decode(&mut arrived).unwrap() {
                    read.push(frame.to_vec());
                }
            }
            prop_assert_eq!(read, contents);
        }

        #[test]
        fn a_frame_with_a_byte_changed_is_not_read(
            content: Vec<u8>,
            at: prop::sample::Index,
            change in 1_u8..,
        ) {
            let mut bytes = framed(&content);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            // A length that grew takes from what follows.
            bytes.extend_from_slice(&framed(&[7; 300]));
            let first = FrameCodec::new(10_000).decode(&mut bytes);
            prop_assert!(!matches!(first, Ok(Some(_))));
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_it_is_read() {
        for (bytes_max, length) in [(1000, 1005), (1000, u32::MAX), (0, 5)] {
            let mut codec = FrameCodec::new(bytes_max);
            let mut arrived = BytesMut::from(&length.to_le_bytes()[..]);
            assert!(codec.decode(&mut arrived).is_err());
            assert!(arrived.capacity() < 100, "what is only announced takes no memory");
        }
    }

    #[test]
    fn a_length_within_the_limit_takes_no_memory_either() {
        let mut codec = FrameCodec::new(1 << 30);
        let mut arrived = BytesMut::from(&(1_u32 << 30).to_le_bytes()[..]);
        for _ in 0..3 {
            assert!(codec.decode(&mut arrived).unwrap().is_none());
            arrived.extend_from_slice(&[0; 100]);
        }
        assert!(arrived.capacity() < 1000);
    }

    #[test]
    fn a_frame_without_a_checksum_is_refused() {
        let mut codec = FrameCodec::new(1000);
        let error = codec.decode(&mut BytesMut::from(&[3, 0, 0, 0, 1, 2, 3][..])).unwrap_err();
        assert_eq!(error.to_string(), "a frame without a checksum");
    }
}
