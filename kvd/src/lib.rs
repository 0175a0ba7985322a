//! Server processes of the replicated key/value store, which clients of Redis speak to.

pub mod client;
pub mod command;
pub mod commands;
pub mod exit;
pub mod inspect;
pub mod resp;
pub mod ring;
pub mod server;
pub mod servers_file;
pub mod slots;
pub mod spawner;
pub mod topology;
