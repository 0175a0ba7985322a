//! What callers and servers say to each other once they know each other.

use crate::HandleError;
use serde::{Deserialize, Serialize};

/// How a message begins. What it brings, arguments or a reply, follows up to the frame's end.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Head {
    /// A sign of life, from both.
    Beat,
    /// From a caller, with arguments.
    Request {
        /// Tells the calls of a connection apart.
        id: u64,
        /// By its place among those that the server has named.
        method: u32,
    },
    /// From a caller, with arguments: nobody waits for a reply.
    OneWay { method: u32 },
    /// From a server, with a reply.
    Reply { id: u64 },
    /// From a server: there is no reply, for that reason.
    Failure { id: u64, error: HandleError },
    /// From a server: there is a reply, and it is too long to be sent.
    TooLong { id: u64, bytes: u64, bytes_max: u64 },
}

/// The longest head that goes with a body.
pub(super) const HEAD_BYTES_MAX: usize = 16;

/// The message in a frame: its head and what follows.
///
/// # Errors
/// In words, when it is none.
pub(super) fn read(frame: &[u8]) -> Result<(Head, &[u8]), String> {
    let (head, body) = postcard::take_from_bytes(frame).map_err(|error| error.to_string())?;
    match (&head, body) {
        (Head::Request { .. } | Head::OneWay { .. } | Head::Reply { .. }, _) | (_, []) => {
            Ok((head, body))
        }
        _ => Err(format!("{} bytes are left over", body.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_that_goes_with_a_body_is_short() {
        let (id, method) = (u64::MAX, u32::MAX);
        for head in [Head::Request { id, method }, Head::OneWay { method }, Head::Reply { id }] {
            let mut bytes = crate::encode(&head).unwrap();
            assert!(bytes.len() <= HEAD_BYTES_MAX, "{head:?}");
            bytes.extend_from_slice(b"body");
            assert_eq!(read(&bytes), Ok((head, &b"body"[..])));
        }
    }

    #[test]
    fn nothing_follows_a_head_that_brings_nothing() {
        for head in [
            Head::Beat,
            Head::Failure { id: 1, error: HandleError::Silent },
            Head::TooLong { id: 1, bytes: 2, bytes_max: 1 },
        ] {
            let mut bytes = crate::encode(&head).unwrap();
            bytes.push(0);
            assert_eq!(read(&bytes), Err("1 bytes are left over".to_owned()));
            bytes.pop();
            assert_eq!(read(&bytes), Ok((head, &[][..])));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
            if let Ok((head, body)) = read(&bytes) {
                let mut written = crate::encode(&head).unwrap();
                written.extend_from_slice(body);
                prop_assert_eq!(read(&written), Ok((head, body)));
            }
        }
    }
}
