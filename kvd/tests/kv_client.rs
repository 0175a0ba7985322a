//! The client and the command `kv`, against servers that say what a test wants them to say, and against a real
//! cluster.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "kv_client/command.rs"]
mod command;
#[path = "kv_client/fake.rs"]
mod fake;
#[path = "kv_client/library.rs"]
mod library;
#[path = "kv_client/real.rs"]
mod real;
#[path = "kv_client/running.rs"]
mod running;
