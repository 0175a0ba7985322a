//! Clusters of Raft servers in simulations.

mod budgets;
mod common;
mod faults;
mod new_disk;
mod reads;
