//! Calls over a TCP connection: the caller's side, the server's side, and the frames between them.

mod client;
mod frame;
mod server;

pub(crate) use client::{Remote, Waiting};
pub use server::serve;
