//! What must hold: one file for each property, and only these raise violations.
//!
//! Each is pure: it looks at plain data and returns a [`Violation`](crate::Violation), so each has its
//! tests without a cluster. Costs do not grow with the run: an event costs what it changes.

pub(crate) mod acknowledged;
pub(crate) mod applied_values;
pub(crate) mod apply_order;
pub(crate) mod commit_rule;
pub(crate) mod committed_entries;
pub(crate) mod durability;
pub(crate) mod efficiency;
pub(crate) mod election;
pub(crate) mod election_restriction;
pub(crate) mod index;
pub(crate) mod index_order;
pub(crate) mod leader_append_only;
pub(crate) mod leader_completeness;
pub(crate) mod log_matching;
pub(crate) mod no_quorum;
pub(crate) mod one_vote;
pub(crate) mod snapshot;
pub(crate) mod stale_request;
pub(crate) mod term;
