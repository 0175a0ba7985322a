//! The properties a run can break, as `kind:check`.
//!
//! The kind says how bad it is. `safety`: something happened that must never happen. `liveness`:
//! something that must happen did not, within the lab's time. `efficiency`: it happened at too high
//! a price. `contract`: a method did not do what it promises. `mistake`: a programming mistake that
//! the network noticed. `run`: the run itself came to an end it should not come to.

mod statement;

pub use statement::statement;

/// Two servers applied different commands at one index (paper: State Machine Safety).
pub const APPLIED_VALUES: &str = "safety:applied-values";
/// A server applied with a gap, out of order, or an index twice within one incarnation.
pub const APPLY_ORDER: &str = "safety:apply-order";
/// A snapshot was handed to the service that is not the state at its index.
pub const SNAPSHOT: &str = "safety:snapshot";
/// Two leaders in one term (paper: Election Safety).
pub const ELECTION_SAFETY: &str = "safety:election";
/// A server reported a lower term than before, perhaps in an earlier incarnation.
pub const TERM_MONOTONIC: &str = "safety:term";
/// Something was committed without a majority, or before anyone asked for it.
pub const NO_QUORUM: &str = "safety:no-quorum";
/// Committed before a majority had confirmed it together with an entry of its leader's term.
pub const COMMIT_RULE: &str = "safety:commit-rule";
/// A leader was seen where none can be: its server has no majority to talk to.
pub const NO_LEADER: &str = "safety:no-leader";
/// An index and a term name two different entries (paper: Log Matching).
pub const LOG_MATCHING: &str = "safety:log-matching";
/// A leader changed or removed an entry of its log (paper: Leader Append-Only).
pub const LEADER_APPEND_ONLY: &str = "safety:leader-append-only";
/// A leader lacks what was committed before its term, or could come to (paper: Leader
/// Completeness).
pub const LEADER_COMPLETENESS: &str = "safety:leader-completeness";
/// Servers consider different entries committed at one index (paper: State Machine Safety).
pub const COMMITTED_ENTRIES: &str = "safety:committed-entries";
/// A server voted twice in one term, perhaps in different lives.
pub const ONE_VOTE: &str = "safety:one-vote";
/// A server voted for a candidate whose log was behind its own (paper: section 5.4.1).
pub const ELECTION_RESTRICTION: &str = "safety:election-restriction";
/// A commit index, an applied index or a snapshot went back within one incarnation.
pub const INDEX_MONOTONIC: &str = "safety:index";
/// Something is applied before it is committed, or committed before it is in the log.
pub const INDEX_ORDER: &str = "safety:index-order";
/// A vote, entries or a snapshot were acknowledged before they were durable.
pub const ACKNOWLEDGED: &str = "safety:acknowledged";
/// A request of a term that was over was accepted (paper: section 5.1).
pub const STALE_REQUEST: &str = "safety:stale-request";
/// A server started from a disk whose checksums show that it is corrupt.
pub const CORRUPTION: &str = "safety:corruption";
/// A value that a client saw committed, or that was acknowledged, is missing from the log.
pub const DURABILITY: &str = "safety:durability";
/// What clients of the store saw can't have been one copy (Herlihy and Wing, 1990).
pub const LINEARIZABLE: &str = "safety:linearizable";
/// An append was lost, doubled, or out of its client's order.
pub const APPENDS: &str = "safety:appends";
/// A client did not see its own write, or saw less than before (Terry et al., 1994).
pub const SESSION: &str = "safety:session";
/// A counter lacks an acknowledged increment, or counts one twice.
pub const COUNTER: &str = "safety:counter";

/// A majority that can talk showed no leader in time.
pub const LEADER_EXISTS: &str = "liveness:leader";
/// A command was not committed in time.
pub const AGREEMENT: &str = "liveness:agreement";
/// An index was not applied by enough servers in time.
pub const DECIDED: &str = "liveness:decided";
/// Servers that can talk did not agree on a term, or leaders changed without a reason.
pub const STABLE_TERM: &str = "liveness:stable-term";
/// No leader in time although nothing was broken.
pub const TIME_TO_LEADER: &str = "liveness:time-to-leader";
/// A client of the store was not answered in time, or was when it can't have been.
pub const CLIENTS: &str = "liveness:clients";
/// A test took longer than it may: 120 seconds, as in the lab, if nothing else is configured.
pub const TEST_TIME: &str = "liveness:test-time";

/// More messages than the lab allows.
pub const RPC_COUNT: &str = "efficiency:rpc-count";
/// More bytes than the lab allows.
pub const RPC_BYTES: &str = "efficiency:rpc-bytes";
/// A follower refused more requests of a leader than its log gives reason to.
pub const REFUSALS: &str = "efficiency:refusals";
/// More elections than a stretch without faults may have.
pub const ELECTIONS: &str = "efficiency:elections";
/// Operations of the store take longer than the lab allows.
pub const OPERATION_TIME: &str = "efficiency:operation-time";
/// The persisted log grows although snapshots are taken.
pub const LOG_SIZE: &str = "efficiency:log-size";

/// `start` returned an index, a refusal or a term that it can't have.
pub const START: &str = "contract:start";
/// A committed value is none that was ever submitted there.
pub const COMMITTED_VALUE: &str = "contract:committed-value";
/// A store could not go on with what its Raft applied.
pub const STORE: &str = "contract:store";
/// `make` returned an error.
pub const MAKE: &str = "contract:make";

/// An unknown method, or bytes that can't be decoded, were sent over the network.
pub const RPC_MISTAKE: &str = "mistake:rpc";

/// The code under test, or a client of the test, panicked.
pub const PANIC: &str = "run:panic";
/// Nothing is left that could ever happen.
pub const DEADLOCK: &str = "run:deadlock";
/// Code goes round and gets nowhere, or holds its thread for good.
pub const STUCK: &str = "run:stuck";
/// The run used up its step budget: an endless loop.
pub const STEP_LIMIT: &str = "run:step-limit";
