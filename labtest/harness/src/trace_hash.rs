//! The tester's own events in the hash of a run: faults and applied values.
//!
//! Two runs with the same hash had the same faults and applied the same values at the same times.

/// Kinds of events; the network has its own, below these.
const KIND_START: u64 = 0x7465_7374_0001;
const KIND_CRASH: u64 = 0x7465_7374_0002;
const KIND_CONNECT: u64 = 0x7465_7374_0003;
const KIND_ISOLATE: u64 = 0x7465_7374_0004;
const KIND_PARTITION: u64 = 0x7465_7374_0005;
const KIND_APPLY: u64 = 0x7465_7374_0006;
const KIND_APPLY_SNAPSHOT: u64 = 0x7465_7374_0007;
const KIND_FAULT: u64 = 0x7465_7374_0008;
const KIND_APPLY_OWN: u64 = 0x7465_7374_0009;
const KIND_LINE: u64 = 0x7465_7374_000a;

pub(crate) fn started(server: usize) {
    runtime::trace(&[KIND_START, server as u64]);
}

pub(crate) fn crashed(server: usize) {
    runtime::trace(&[KIND_CRASH, server as u64]);
}

pub(crate) fn connected(server: usize) {
    runtime::trace(&[KIND_CONNECT, server as u64]);
}

pub(crate) fn isolated(server: usize) {
    runtime::trace(&[KIND_ISOLATE, server as u64]);
}

/// `group`: the number of the side that the server is put on.
pub(crate) fn partitioned(server: usize, group: usize) {
    runtime::trace(&[KIND_PARTITION, server as u64, group as u64]);
}

pub(crate) fn applied(server: usize, index: u64, command: &[u8]) {
    runtime::trace_bytes(&[KIND_APPLY, server as u64, index], command);
}

/// An entry of Raft's own.
pub(crate) fn applied_own(server: usize, index: u64) {
    runtime::trace(&[KIND_APPLY_OWN, server as u64, index]);
}

pub(crate) fn applied_snapshot(server: usize, index: u64, snapshot: &[u8]) {
    runtime::trace_bytes(&[KIND_APPLY_SNAPSHOT, server as u64, index], snapshot);
}

/// What the code of a server has written.
pub(crate) fn line(server: usize, line: &[u8]) {
    runtime::trace_bytes(&[KIND_LINE, server as u64], line);
}

/// `step`: the number of the fault in its scenario.
pub(crate) fn fault(begins: bool, step: u64) {
    runtime::trace(&[KIND_FAULT, u64::from(begins), step]);
}
