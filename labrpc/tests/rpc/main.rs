//! Calls in a simulation, and services.

mod common;
mod network;
mod one_way;
mod service;
mod then;
