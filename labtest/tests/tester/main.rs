//! The tester beside Rafts that it must find guilty, and beside ours.

#[path = "../common/mod.rs"]
mod common;

mod breaking;
mod catches;
mod contract;
mod determinism;
mod fires;
mod hidden;
mod hiding;
mod kv;
mod oracle;
mod primitives;
mod recording;
mod regressions;
mod scenarios;
mod shrink;
mod strength;
