//! The protocol of Redis, RESP: requests as they arrive, replies as they are sent, and replies as a client
//! reads them.
//!
//! Both parsers take bytes in pieces of any size, search each byte once, keep no more memory than what has
//! arrived needs, and stop for good at the first byte that does not fit.

mod error;
mod inline;
mod integer;
mod piece;
mod reply;
mod request;
mod response;

pub use error::ProtocolError;
pub use reply::{Reply, Version};
pub use request::{Limits, Request, RequestParser};
pub use response::{ReplyLimits, ReplyParser};

/// How many bytes there is to be room for before a read: what arrives together is then parsed together.
pub const READ_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests;
