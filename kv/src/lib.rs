//! A replicated key/value store: bytes under keys of bytes, on [Raft](raft).
//!
//! Keys can be read, put, appended to, counted up, compared and set, and deleted, several in one step; each
//! key counts the writes that it has seen as its version. Every operation is linearizable, and a write in a
//! session takes effect exactly once, however often it is sent.
//!
//! * [`KvServer`] is one server. It answers a write when its entry is applied and a read when a
//!   majority has confirmed that it leads; one that does not lead names the leader. When the Raft
//!   state has grown it takes a snapshot.
//! * [`Clerk`] is a client. It finds the leader, tries again, and tells apart what is done, what
//!   certainly is not ([`ClerkError::Failed`]), and what nobody knows ([`ClerkError::Unknown`]).
//! * [`Store`] is the state machine by itself; [`Effects`] tells which write of a log takes effect
//!   where. Any [`raft_api::Peer`] can be the Raft below a server ([`KvServer::over`]).
//!
//! A client opens a session, by an entry in the log, and numbers its writes; a session keeps the
//! answer to the latest one, and is kept in snapshots with the keys (Raft dissertation, section
//! 6.3). Of too many sessions the one that was unused for longest is closed. Its client opens
//! another; a write that may have taken effect in the old one is then of unknown outcome, and not
//! made twice.
//!
//! ```
//! use kv::{Clerk, ClerkOptions, KvServer, Options};
//! use labrpc::Network;
//! use persister::MemoryDisk;
//! use runtime::{Node, Simulation};
//! use std::sync::Arc;
//!
//! let finished = Simulation::new(1).run(async {
//!     let network = Network::new(4);
//!     let mut servers = Vec::new();
//!     for me in 0..3 {
//!         let node = Node::new(&format!("server {me}"));
//!         let peers = network.add_server(me, &node)[..3].to_vec();
//!         let disk = Arc::new(MemoryDisk::new().open());
//!         let server = node.enter(|| KvServer::make(Options::default(), peers, me, disk)).unwrap();
//!         network.set_service(me, server.service());
//!         servers.push(server);
//!     }
//!     let ends = network.add_server(3, &Node::current())[..3].to_vec();
//!     let mut clerk = Clerk::new(ends, ClerkOptions::default());
//!     clerk.put("greeting", "hello").await?;
//!     clerk.append("greeting", " world").await?;
//!     clerk.get("greeting").await
//! });
//! let greeting = finished.result.unwrap().unwrap();
//! assert_eq!((greeting.value, greeting.version), (Some("hello world".into()), 2));
//! ```

mod clerk;
mod command;
mod effects;
mod machine;
mod operation;
mod replay;
mod rpc;
mod server;
mod sessions;
mod store;
mod waiting;

pub use clerk::{Clerk, ClerkError, ClerkOptions, history};
pub use command::{Command, NewSession, Once, read_command};
pub use effects::{Effect, Effects};
pub use operation::{Action, Answer, Request, Versioned};
pub use replay::replay;
pub use rpc::{ExecuteArgs, GetArgs, Reply};
pub use server::{KvServer, Options};
pub use store::Store;
