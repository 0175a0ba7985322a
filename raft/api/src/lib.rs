//! What a service and a tester ask of a Raft, whichever one it is.
//!
//! A [`Peer`] is one server of it. A service [starts](Peer::start) commands at the leader, receives
//! the committed ones as [`ApplyMsg`]s, and hands over [snapshots](Peer::snapshot). A tester may also
//! look at what a server is like inside, as far as it shows that: an [`Inspection`], and the
//! [`EntryId`]s in its log. [`changes`] puts the difference between two inspections into words.

mod changes;
mod inspection;
mod log;
mod naming;
mod peer;
mod service;

pub use changes::{Change, changes};
pub use inspection::{Inspection, RoleName};
pub use log::{EntryId, Position};
pub use naming::{Named, Naming};
pub use peer::Peer;
pub use service::{ApplyMsg, NotLeader, ReadIndexError, Started, State};
