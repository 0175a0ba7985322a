//! The store, in simulations and over TCP.

mod common;
mod faults;
mod local;
mod scripted_raft;
mod service;
mod tcp;
