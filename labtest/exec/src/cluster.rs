//! A program that plays all servers of a cluster: labtest-exec/1 in the style `cluster`.
//!
//! Its servers share a clock that is its own, and that stands still until the tester moves it. So there is one child for
//! a run, which the first server brings and which ends with the run. What a server does comes out of a common answer;
//! from there on each life has its own queue: a write is made durable before anything that others can see is done after
//! it, and a crash can come in between.

mod bubble;
mod life;
mod lines;
mod raft;
mod spares;
mod speaker;
mod terms;
mod work;

pub use raft::{ClusterProgram, ClusterRaft};
