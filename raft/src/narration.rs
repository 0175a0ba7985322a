//! What a Raft does, in plain sentences: for examples, replays and traces.
//!
//! Every function is pure: values that an observer has seen go in, words come out. A sentence is
//! made without its subject, "asks node 1 for its vote in term 3", so that it fits into a column
//! that has a server's name above it; [`line`] puts the name in front.
//!
//! * [`Request`] and [`Reply`] are messages decoded from what crosses a network
//!   ([`labrpc::Observer`]). [`request_words`] and [`reply_words`] also have words for bytes that
//!   they can't decode, as those of another Raft under the same tester are.
//! * [`changes`] compares two looks inside a server ([`Raft::inspect`](crate::Raft::inspect)).
//! * [`vote_at_hand`] is what a voter's vote is worth when a candidate asks for it, and [`Votes`]
//!   counts a candidate's votes.
//!
//! ```
//! use raft::message::RequestVoteArgs;
//! use raft::narration::{Request, sentence};
//!
//! let asks = Request::RequestVote(RequestVoteArgs {
//!     term: 3,
//!     candidate_id: 2,
//!     last_log_index: 7,
//!     last_log_term: 2,
//!     pre_vote: false,
//! });
//! assert_eq!(
//!     sentence(2, &asks.words(1)),
//!     "node 2 asks node 1 for its vote in term 3 (own log ends at 7 of term 2)"
//! );
//! ```

mod changes;
mod messages;
mod replies;
mod votes;

pub use changes::{Change, changes};
pub use messages::{Kind, NotRaft, Request, request_words};
pub use replies::{Reply, reply_words};
pub use votes::{Votes, vote_at_hand};

/// A whole sentence: the server's name and what it does.
///
/// ```
/// assert_eq!(raft::narration::sentence(2, "becomes candidate for term 3"),
///     "node 2 becomes candidate for term 3");
/// ```
pub fn sentence(server: usize, words: &str) -> String {
    format!("node {server} {words}")
}

/// `7 of term 2`.
fn place(index: u64, term: u64) -> String {
    format!("{index} of term {term}")
}

/// `entry 5`, `entries 5 to 7`.
fn entries(first: u64, last: u64) -> String {
    if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
}

/// `1 entry`, `2 entries`.
fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
