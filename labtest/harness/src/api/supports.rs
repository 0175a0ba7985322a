//! What an implementation declares about itself.

/// What a Raft has beyond a plain one, and what of its configuration is fixed. By default it has
/// nothing, and does as [`Config::raft`](crate::Config::raft) says in all that it follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supports {
    /// It has entries that are not commands, such as one with which a leader begins its term, and reports them
    /// with [`ApplyMsg::Own`](raft_api::ApplyMsg::Own). Indices always refer to the log; where the lab's tests
    /// expect an index, commands are counted instead.
    pub own_entries: bool,
    /// It has pre-votes and leaders that check their quorum, as `pre_vote` and `check_quorum` of
    /// [`Config::raft`](crate::Config::raft) say, or always. Such a Raft stays available on networks
    /// where a plain one need not, and explorations demand it.
    pub quorum_checks: bool,
    /// What it does whatever the configuration says: keys of the section `[raft]` of a configuration, in
    /// TOML, such as `"pre_vote = true\nheartbeat_interval_ms = 100"`. Tests and explorations take them
    /// for what they are when they judge costs and times.
    pub fixed: &'static str,
}
