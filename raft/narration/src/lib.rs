//! What our Raft does, in plain sentences: for examples, replays and traces.
//!
//! Every function is pure: values that an observer has seen go in, words come out. A sentence is
//! made without its subject, "asks node 1 for its vote in term 3", so that it fits into a column
//! that has a server's name above it; [`sentence`] puts the name in front. Whether it is a "node" or
//! a "server" is a [`Naming`].
//!
//! * [`Request`] and [`Reply`] are messages decoded from what crosses a network
//!   ([`labrpc::Observer`]). [`request_words`] and [`reply_words`] also have words for bytes that
//!   they can't decode, as those of another Raft under the same tester are.
//! * [`vote_at_hand`] is what a voter's vote is worth when a candidate asks for it, and [`Votes`]
//!   counts a candidate's votes.
//!
//! What changes inside a server needs no message: [`raft_api::changes`] has the words for it.
//!
//! ```
//! use narration::{Naming, Request, sentence};
//! use raft::message::RequestVoteArgs;
//!
//! let asks = Request::RequestVote(RequestVoteArgs {
//!     term: 3,
//!     candidate_id: 2,
//!     last_log_index: 7,
//!     last_log_term: 2,
//!     pre_vote: false,
//! });
//! assert_eq!(
//!     sentence(Naming::Node, 2, &asks.words(Naming::Node, 1)),
//!     "node 2 asks node 1 for its vote in term 3 (own log ends at 7 of term 2)"
//! );
//! ```

mod append;
mod messages;
mod snapshot;
mod vote;
mod votes;

pub use messages::{Kind, NotRaft, Reply, Request, reply_words, request_words};
pub use raft_api::Naming;
pub use votes::{Votes, vote_at_hand};

/// A whole sentence: the server's name and what it does.
///
/// ```
/// use narration::{Naming, sentence};
///
/// assert_eq!(sentence(Naming::Server, 2, "crashes"), "server 2 crashes");
/// ```
pub fn sentence(naming: Naming, server: usize, words: &str) -> String {
    format!("{} {words}", naming.of(server))
}

/// `1 entry`, `2 entries`.
fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
