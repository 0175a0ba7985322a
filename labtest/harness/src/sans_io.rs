//! A driver for Rafts whose core does no I/O, as etcd's, tikv's and many others: ticks and messages go in, and
//! what comes out is to be written, sent and applied.
//!
//! An adapter implements [`Core`] for such a core, and [`start`] makes a server of it: a tick every [`TICK`], one-way
//! messages, a disk that takes its time, a service that takes one message after the other. It keeps the promises
//! that a core relies on:
//!
//! * What a core wants written is handed to the disk in order, and the core is told when it is durable.
//! * A message that promises something leaves when all that was written before it is durable; so does one to this
//!   server itself, which the core is given.
//! * The service is given what is committed in order, a leader's snapshot when it is durable, and the core is told how
//!   far it has got.
//! * A message with a snapshot goes out in pieces, as large as `[raft] snapshot_piece_bytes_max`. What is lost of it is sent
//!   again, and the other core is given the whole.
//! * Servers tick with a phase of their own each: those that tick in step would stand for election at the same
//!   moment.
//! * When a sync fails the server ends: what is on its disk is anybody's guess.
//! * Nothing happens after its end.
//!
//! Such a core leaves its disk to whoever drives it, too: a [`Log`] with a [`HardState`] is written and
//! [read](Restored) here, and a [decoder](disk_decoder) shows it to the checks.

mod core;
mod disk;
mod driver;
mod log;
mod reads;
mod receiving;
mod sending;
mod server;
mod wire;

pub use core::{Core, Outgoing, Output, Write, Written};
pub use disk::{Hard, HardState, Restored, disk_decoder};
pub use log::{Entry, Log};
pub use server::start;
pub use wire::decode;

use std::time::Duration;

/// The unit of time of a core.
pub const TICK: Duration = Duration::from_millis(10);

/// The number of ticks in `ms` milliseconds, at least one.
///
/// ```
/// # use harness as labtest;
/// assert_eq!(labtest::sans_io::ticks(95), 10);
/// ```
pub const fn ticks(ms: u64) -> u64 {
    let ticks = ms.div_ceil(TICK.as_millis() as u64);
    if ticks == 0 { 1 } else { ticks }
}

#[cfg(test)]
mod tests;
