//! What a service and a tester ask of a Raft, whichever one it is.
//!
//! A [`Peer`] is one server of it. A service [starts](Peer::start) commands at the leader, receives
//! the committed ones as [`ApplyMsg`]s, and hands over [snapshots](Peer::snapshot). A tester may also
//! look at what a server is like inside, as far as it shows that: an [`Inspection`], and the
//! [`EntryId`]s in its log. [`changes`] puts the difference between two inspections into words.
//!
//! ```
//! use raft_api::{Change, Inspection, RoleName, changes};
//!
//! let follower = Inspection {
//!     term: 1,
//!     voted_for: None,
//!     role: RoleName::Follower,
//!     commit_index: 0,
//!     last_applied: 0,
//!     snapshot_index: 0,
//!     snapshot_term: 0,
//!     last_index: 0,
//!     last_term: 0,
//! };
//! let candidate = Inspection { term: 2, voted_for: Some(0), role: RoleName::Candidate, ..follower.clone() };
//! assert_eq!(changes(0, Some(&follower), &candidate), [Change::Stands { term: 2 }]);
//! ```

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
