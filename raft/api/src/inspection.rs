//! What a server looks like inside.

/// The part that a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// It follows a leader, or waits for one.
    Follower,
    /// It asks whether it could win an election.
    PreCandidate,
    /// It stands for election.
    Candidate,
    /// It leads its term.
    Leader,
}

/// What a server looks like inside, for checks and reports. Names from Figure 2 of the extended Raft
/// paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Current term.
    pub term: u64,
    /// Whom it has voted for in that term.
    pub voted_for: Option<usize>,
    /// The part that it plays.
    pub role: RoleName,
    /// The highest entry that it knows to be committed.
    pub commit_index: u64,
    /// The highest entry that is on its way to the service, or there.
    pub last_applied: u64,
    /// The last entry that its snapshot stands for; 0 without a snapshot.
    pub snapshot_index: u64,
    /// That entry's term.
    pub snapshot_term: u64,
    /// The last entry of its log.
    pub last_index: u64,
    /// That entry's term.
    pub last_term: u64,
}
