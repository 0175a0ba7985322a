//! The protocol of Redis, RESP: requests as they arrive, replies as they are sent, and replies as a client
//! reads them.
//!
//! Readers take bytes in pieces of any size, look at each byte once, keep no more memory than has arrived,
//! and stop for good at the first byte that does not fit.

mod error;
mod integer;
mod reply;
mod request;

pub use error::ProtocolError;
pub use reply::{Reply, Version};
pub use request::Request;
