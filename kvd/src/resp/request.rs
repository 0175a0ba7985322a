//! What a client asks.

use bytes::Bytes;

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The command's name and what follows it: one at least. They share the memory they arrived in, which
    /// lives as long as the last of them: what is to be kept for long, and is short, is better copied.
    pub arguments: Vec<Bytes>,
    /// How many bytes it took on the wire.
    pub size_bytes: usize,
}
