//! Servers and clients as processes, from outside.

mod bench;
mod common;
mod control;
mod exit_codes;
mod inspect;
mod kv_client;
mod metrics;
mod restart;
mod s3_runner;
mod s4_spawner;
mod s5_objects;
mod two_clusters;
