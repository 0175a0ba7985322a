//! The client and the command `kv`, against servers that say what a test wants them to say, and against a real
//! cluster.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod command;
mod fake;
mod library;
mod real;
mod running;
