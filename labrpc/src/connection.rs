//! Calls over TCP connections: who may connect, what it may cost, the caller's side, the server's side, and
//! what goes between them.

mod answering;
mod asking;
mod client;
mod exchange;
mod frame;
pub mod fuzz;
mod handshake;
mod limits;
mod link;
mod liveness;
mod log_limit;
mod message;
mod secret;
mod server;
mod waiting_room;
mod wire;

pub(crate) use client::{Remote, Waiting};
pub use handshake::{Callers, Identity};
pub use limits::Limits;
pub use secret::{Secret, SecretError};
pub(crate) use server::serve;
pub use wire::Wire;

#[cfg(test)]
mod tests;
