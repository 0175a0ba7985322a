//! What is looked up when somebody asks for it.

use raft_api::RoleName;

/// What a server is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// The port for clients.
    pub client_port: u16,
    /// How many clients may be connected at once.
    pub connections_max: u64,
    /// For how many seconds it has been running.
    pub uptime_s: u64,
    /// Bytes of memory that it holds, if known; see [`resident_bytes`](super::resident_bytes).
    pub resident_bytes: Option<u64>,
    /// Its term.
    pub term: u64,
    /// The part that it plays.
    pub role: RoleName,
    /// The id of the server that leads, if it knows one; its own if it leads.
    pub leader: Option<u64>,
    /// The last entry that it knows to be committed.
    pub commit_index: u64,
    /// The last entry that its store has seen.
    pub applied_index: u64,
    /// The last entry of its log.
    pub last_index: u64,
    /// The last entry that its snapshot stands for; 0 without a snapshot.
    pub snapshot_index: u64,
    /// The other servers of its cluster.
    pub peers: Vec<PeerLag>,
    /// How many keys there are.
    pub keys: u64,
    /// Bytes of keys and values.
    pub store_bytes: u64,
    /// Bytes of its state and log on the disk.
    pub log_bytes: u64,
    /// Bytes of its snapshot.
    pub snapshot_bytes: u64,
    /// How far the quarantine of a new disk is, if it is in one: a word or two.
    pub quarantine: Option<&'static str>,
    /// Why it takes no writes although it may lead, if so: a sentence.
    pub refusal: Option<String>,
}

/// How far another server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerLag {
    /// Its id.
    pub id: u64,
    /// The last entry that is known to be durable there. Only a leader knows.
    pub match_index: Option<u64>,
}

impl Gauges {
    /// How many entries another server lacks, if known.
    pub(super) fn lag_entries(&self, peer: &PeerLag) -> Option<u64> {
        peer.match_index.map(|index| self.last_index.saturating_sub(index))
    }
}

/// All roles.
pub(super) const ROLES: [RoleName; 4] =
    [RoleName::Follower, RoleName::PreCandidate, RoleName::Candidate, RoleName::Leader];

/// A role, as a word.
pub(super) fn role_word(role: RoleName) -> &'static str {
    match role {
        RoleName::Follower => "follower",
        RoleName::PreCandidate => "pre-candidate",
        RoleName::Candidate => "candidate",
        RoleName::Leader => "leader",
    }
}
