//! Server processes of the replicated key/value store, for Redis clients.
//!
//! A server ([`server`]) has a Raft, a store ([`kv`]) and a disk, and takes what clients ask ([`commands`]) over
//! connections in the Redis protocol ([`resp`]). [`servers_file`] says who the servers are, [`spawner`] starts them
//! all; [`topology`] is what clients are told of them, and which hash slots ([`slots`]) are whose by the hash ring
//! ([`ring`]). [`inspect`] shows what is on a disk. [`command`] is the command line.
//!
//! ```
//! use kvd::ring::HashRing;
//! use kvd::slots::slot_of;
//!
//! // Keys with the same tag in braces are in one slot, as in a cluster of Redis.
//! assert_eq!(slot_of(b"{user7}.name"), slot_of(b"{user7}.mail"));
//!
//! // A node that comes takes keys from the others, and no key moves between those.
//! let mut ring = HashRing::new(100);
//! assert!(ring.insert("north") && ring.insert("south"));
//! let before: Vec<String> = (0..100).map(|key| owner(&ring, key)).collect();
//! assert!(ring.insert("west"));
//! for (key, before) in before.iter().enumerate() {
//!     let now = owner(&ring, key);
//!     assert!(now == *before || now == "west");
//! }
//!
//! fn owner(ring: &HashRing, key: usize) -> String {
//!     ring.owner(format!("key {key}").as_bytes()).expect("there are nodes").to_owned()
//! }
//! ```

#[cfg(not(unix))]
compile_error!("kvd needs Unix: processes that end with their spawner, and signals");

pub mod client;
pub mod command;
pub mod commands;
pub mod control;
pub mod exit;
pub mod inspect;
pub mod metrics;
pub mod password;
pub mod ring;
pub mod server;
pub mod slots;
pub mod spawner;
pub mod topology;
mod volatile;
mod whole_file;

pub use kvd_api::{resp, servers_file};
