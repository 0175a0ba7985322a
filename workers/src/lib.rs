//! Workers that take commands anywhere: a small piece on top of Raft that takes a command at any
//! server, waits until there is a leader, sends the command there and says what became of it. The
//! examples have five of them elect a leader, agree on commands, and say all they do.
//!
//! A [`Forwarder`] stands beside a server's [`Raft`](raft::Raft) and uses the same ends. Three lines of the
//! service concern it: its [`service`](Forwarder::service) is registered with the network in place
//! of Raft's (it passes Raft's own requests on), each message from the apply channel is shown to
//! [`applied`](Forwarder::applied), and commands go to [`submit`](Forwarder::submit).
//!
//! # What an answer means
//!
//! * `Ok`: the command is committed at the place named, at least once.
//! * [`ForwardError::NoLeader`]: it is not in any log and never will be.
//! * [`ForwardError::Unknown`]: nobody can tell. It may be committed, now or later, once or more
//!   often, or never.
//!
//! That is **at least once**. When an answer does not come, because a message was lost or the
//! leader died, the command may be committed all the same; it is then sent again, and may be
//! applied twice. A service for which that matters gives its commands numbers and skips those it
//! has applied (Raft dissertation, section 6.3), or sets [`Options::resend`] to false. Then a
//! command is sent again only where nothing has happened yet, or where the log proves that another
//! command took its place, and whatever is not certain is `Unknown`: **at most once**.
//!
//! A command that is forwarded is not forwarded again: a server that does not lead refuses it and
//! says who does, so that no command travels in circles.
//!
//! ```
//! use bytes::Bytes;
//! use labrpc::Network;
//! use persister::MemoryDisk;
//! use raft::Raft;
//! use runtime::{Node, Simulation};
//! use std::sync::Arc;
//! use tokio::sync::mpsc;
//! use workers::{Forwarder, Options};
//!
//! let finished = Simulation::new(1).run(async {
//!     let network = Network::new(3);
//!     let mut forwarders = Vec::new();
//!     for me in 0..3 {
//!         let node = Node::new("server");
//!         let ends = network.add_server(me, &node);
//!         let disk = Arc::new(MemoryDisk::new().open());
//!         let (apply, mut applied) = mpsc::channel(16);
//!         let raft = node.enter(|| Raft::make(ends.clone(), me, disk, apply)).unwrap();
//!         let forwarder = Forwarder::new(raft, ends, me, Options::default());
//!         network.set_service(me, forwarder.service());
//!         let applies = forwarder.clone();
//!         node.spawn(async move {
//!             while let Some(message) = applied.recv().await {
//!                 applies.applied(&message);
//!             }
//!         });
//!         forwarders.push(forwarder);
//!     }
//!     // There is no leader yet; the command waits for one.
//!     forwarders[1].submit(Bytes::from_static(b"x = 1")).await
//! });
//! assert_eq!(finished.result.unwrap().unwrap().index, 1);
//! ```

mod forwarder;
mod options;
mod pending;
mod progress;
mod rpc;

pub use forwarder::{Committed, ForwardError, Forwarder};
pub use options::Options;
pub use progress::Progress;
pub use rpc::{FORWARD, ForwardArgs, ForwardReply};
