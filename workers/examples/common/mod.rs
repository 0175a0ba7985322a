//! What the examples share: five workers on a simulated network, a narrator who sees all they do,
//! and the telling of the story afterwards.
//!
//! The narrator is a network observer and looks into every Raft after each step of the simulation;
//! its words are those of `narration`, so they are the same in every tool of this project.

// Each example uses a part of it.
#![allow(dead_code, unused_imports)]

mod cluster;
mod narrator;
mod telling;

pub use cluster::{KeyVal, Workers};
pub use narrator::Narrator;
pub use telling::{Pace, Told, golden, run, tell};
