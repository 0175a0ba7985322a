//! Raft, as in the extended paper by Ongaro and Ousterhout and with the interface of the MIT lab.
//!
//! A service submits commands with [`Raft::start`] at the leader and receives, at every server, the
//! committed ones in the same order as [`ApplyMsg`]s. When its log has grown it hands over a
//! snapshot of its state with [`Raft::snapshot`].
//!
//! The protocol is a plain state machine without I/O, tasks, clock or locks: `core.rs` and the files
//! in `core/`, one for each part of it. `driver.rs` is the thin shell around the state machine that
//! owns the lock, timers, tasks, peers and the disk; `driver/wire.rs` has the RPCs, as they are sent
//! and as they are answered. [`message`] has what servers say to each other.
//!
//! Where the paper leaves a choice: a candidate asks again for votes that have not come, within the
//! same election; commands that arrive together travel together; several AppendEntries are under
//! way to a follower at a time; a follower that refuses says where the logs may agree, so that a
//! leader skips whole terms; a leader writes to its disk while it replicates, and counts itself
//! only for what is durable; InstallSnapshot is one message. There is no entry beside those that
//! were started: the first command has index 1, and a new leader appends nothing by itself.
//!
//! [`Config::production`] is for clusters that serve clients: it limits what a leader takes in. A server whose
//! disk is lost can be given [a new one](Disk).
//!
//! `examples/node.rs` is a server as a process, with a directory and TCP; `examples/disk.rs` prints such a
//! directory, and compares several, by way of [`stored_log`].
//!
//! ```
//! use bytes::Bytes;
//! use labrpc::Network;
//! use persister::MemoryDisk;
//! use raft::{ApplyMsg, Raft};
//! use runtime::{Node, Simulation, sleep};
//! use std::{sync::Arc, time::Duration};
//! use tokio::sync::mpsc;
//!
//! let finished = Simulation::new(1).run(async {
//!     let network = Network::new(3);
//!     let mut servers = Vec::new();
//!     for me in 0..3 {
//!         let node = Node::new(&format!("server {me}"));
//!         let ends = network.add_server(me, &node);
//!         let disk = Arc::new(MemoryDisk::new().open());
//!         let (apply, applied) = mpsc::channel(16);
//!         let raft = node.enter(|| Raft::make(ends, me, disk, apply)).unwrap();
//!         network.set_service(me, raft.service());
//!         servers.push((raft, applied));
//!     }
//!     sleep(Duration::from_secs(2)).await;
//!     let leader = servers.iter().position(|(raft, _)| raft.get_state().is_leader).unwrap();
//!     let started = servers[leader].0.start(Bytes::from_static(b"x = 1")).unwrap();
//!     let mut messages = Vec::new();
//!     for (_, applied) in &mut servers {
//!         messages.push(applied.recv().await.unwrap());
//!     }
//!     (started, messages)
//! });
//! let (started, messages) = finished.result.unwrap();
//! let command = Bytes::from_static(b"x = 1");
//! let expected = ApplyMsg::Command { index: 1, term: started.term, command };
//! assert_eq!(messages, [expected.clone(), expected.clone(), expected]);
//! ```

mod config;
mod core;
mod driver;
pub mod message;
mod peer;
mod server;
mod start_error;
pub mod stored_log;

pub use self::core::quarantine::Disk;
pub use self::core::record;
pub use self::core::restore::RestoreError;
pub use config::{Config, ConfigError};
pub use driver::wire::method;
pub use raft_api::{ApplyMsg, Inspection, NotLeader, ReadIndexError, RoleName, Started, State};
pub use server::Raft;
pub use start_error::StartError;
