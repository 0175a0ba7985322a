//! What is not seen is not held against anybody: a state that is out of date counts for nothing.

use super::*;
use crate::EntryId;
use raft::{NotLeader, Started, State};

/// Shows a log of one term, all of it committed up to a place, and not its disk.
struct Shown(Inspection);

impl Shown {
    fn new(role: RoleName, last_index: u64, commit_index: u64) -> Shown {
        Shown(Inspection {
            term: 1,
            voted_for: None,
            role,
            commit_index,
            last_applied: 0,
            snapshot_index: 0,
            snapshot_term: 0,
            last_index,
            last_term: last_index.min(1),
        })
    }
}

impl Peer for Shown {
    fn start(&self, _: Bytes) -> Result<Started, NotLeader> {
        Err(NotLeader { leader: None })
    }
    fn get_state(&self) -> State {
        State { term: 1, is_leader: false }
    }
    fn snapshot(&self, _: u64, _: Bytes) {}
    fn kill(&self) {}
    fn service(&self) -> Arc<dyn labrpc::Service> {
        unreachable!("nobody calls it")
    }
    fn entry_at(&self, index: u64) -> Option<EntryId> {
        (index <= self.0.last_index).then(|| EntryId::new(1, b"x"))
    }
}

/// Three servers that show their states and nothing else.
struct Cluster(Oracle);

impl Cluster {
    fn new() -> Cluster {
        let mut oracle = Oracle::new(&Config::new(3), Arc::new(SaysItsTerm));
        for server in 0..3 {
            let who = Life { server, start: 1 };
            let sight = Sight::Booting { who, stored: &Stored::default() };
            oracle.see(Instant::START, &sight).unwrap();
        }
        oracle.confirmed.miss();
        oracle.votes.miss();
        Cluster(oracle)
    }

    fn see(&mut self, sight: &Sight<'_>) -> Result<(), Violation> {
        self.0.see(Instant::START, sight)
    }

    fn shows(&mut self, server: usize, peer: &Shown) -> Result<(), Violation> {
        self.see(&Sight::State { who: Life { server, start: 1 }, state: &peer.0, peer })
    }

    /// Server 0 leads and commits entry 1, of which server 1 has shown nothing.
    fn commits(mut self) -> Result<(), Violation> {
        self.shows(2, &Shown::new(RoleName::Follower, 0, 0))?;
        self.shows(0, &Shown::new(RoleName::Leader, 1, 1))
    }
}

#[test]
fn fires_when_an_entry_is_missing_where_servers_show_their_logs() {
    let mut cluster = Cluster::new();
    cluster.shows(1, &Shown::new(RoleName::Follower, 0, 0)).unwrap();
    assert_eq!(cluster.commits().unwrap_err().property, property::NO_QUORUM);
}

/// It stored the entry and answered in a step in the middle of which it died.
#[test]
fn stays_silent_about_a_server_that_died_in_a_step() {
    let mut cluster = Cluster::new();
    cluster.shows(1, &Shown::new(RoleName::Follower, 0, 0)).unwrap();
    cluster.see(&Sight::Crashed { server: 1, lost_writes: 0 }).unwrap();
    assert_eq!(cluster.commits(), Ok(()));
}

#[test]
fn stays_silent_about_a_server_that_shows_itself_no_more() {
    let mut cluster = Cluster::new();
    cluster.shows(1, &Shown::new(RoleName::Follower, 0, 0)).unwrap();
    cluster.see(&Sight::StateHidden { who: Life { server: 1, start: 1 } }).unwrap();
    assert_eq!(cluster.commits(), Ok(()));
}

/// A leader of a later term that nobody can see may have committed it.
#[test]
fn a_term_that_may_be_higher_than_any_that_was_shown_is_not_known() {
    let mut cluster = Cluster::new();
    for server in 0..3 {
        cluster.shows(server, &Shown::new(RoleName::Follower, 0, 0)).unwrap();
    }
    assert_eq!(cluster.0.latest_term(), 1);
    cluster.see(&Sight::StateHidden { who: Life { server: 1, start: 1 } }).unwrap();
    assert_eq!(cluster.0.latest_term(), u64::MAX);
}
