//! What goes over a connection: frames, each a length (u32, little endian) and that many bytes of
//! postcard.

use crate::{HandleError, encode_into};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A frame that says it is longer ends its connection.
pub(crate) const FRAME_BYTES_MAX: u32 = 64 << 20;

/// The number of a request that nobody wants answered.
pub(crate) const ONE_WAY: u64 = u64::MAX;

/// From a caller.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Tells the calls of a connection apart.
    pub(crate) id: u64,
    pub(crate) method: String,
    pub(crate) args: Vec<u8>,
}

/// From a server.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// The request's.
    pub(crate) id: u64,
    pub(crate) result: Result<Vec<u8>, HandleError>,
}

/// The bytes of a frame; `None` when the value is too long for one.
pub(crate) fn encode<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let mut frame = vec![0; 4];
    encode_into(&mut frame, value).ok()?;
    let length = u32::try_from(frame.len() - 4).ok().filter(|length| *length <= FRAME_BYTES_MAX)?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Some(frame)
}

/// The next frame.
///
/// # Errors
/// When the connection has ended, and when what comes is no frame.
pub(crate) async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<T> {
    let length = from.read_u32_le().await?;
    if length > FRAME_BYTES_MAX {
        let what = format!("a frame of {length} bytes, where {FRAME_BYTES_MAX} are the most");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    // What is only announced takes no memory.
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes).await?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    crate::decode(&bytes).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use proptest::prelude::*;

    fn decode(mut bytes: &[u8]) -> io::Result<Request> {
        block_on(read(&mut bytes))
    }

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(id: u64, method: String, args: Vec<u8>) {
            let request = Request { id, method, args };
            let frame = encode(&request).unwrap();
            prop_assert_eq!(decode(&frame).unwrap(), request);
            prop_assert!(decode(&frame[..frame.len() - 1]).is_err());
        }

        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes: Vec<u8>) {
            if let Ok(request) = decode(&bytes) {
                prop_assert!(encode(&request).is_some());
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_it_is_read() {
        let error = decode(&u32::MAX.to_le_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "a frame of 4294967295 bytes, where 67108864 are the most");
    }
}
