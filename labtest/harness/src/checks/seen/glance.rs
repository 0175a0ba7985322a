//! What is known of a server at this moment, in few numbers: for those who compare runs and judge none.

use crate::api::vocabulary::{Position, RaftMessage};
use crate::checks::Oracle;
use raft::RoleName;

/// A server at a glance. What is not seen of it is as it is by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    pub(crate) is_alive: bool,
    /// The number of its life.
    pub(crate) start: u32,
    /// What it says it is, or as its messages show it; `None` where neither is known.
    pub(crate) role: Option<RoleName>,
    pub(crate) term: u64,
    pub(crate) voted_for: Option<usize>,
    /// The end of its log.
    pub(crate) last: Position,
    /// Its snapshot's last index.
    pub(crate) snapshot: u64,
    /// Up to where its log is what is committed.
    pub(crate) agreed: u64,
    /// The end of its log on disk, and how many writes are not durable.
    pub(crate) durable: u64,
    pub(crate) pending: usize,
    /// How far it knows the log to be committed.
    pub(crate) commit: u64,
    pub(crate) applied: u64,
}

impl Oracle {
    pub(crate) fn glance(&self, number: usize) -> Glance {
        let server = &self.servers[number];
        let applied = self.applied.up_to(number);
        let mut glance = Glance {
            is_alive: server.is_alive,
            start: server.start,
            term: server.told,
            commit: server.commit_sent.max(applied),
            applied,
            ..Glance::default()
        };
        if let Some(log) = server.log() {
            let (last, snapshot, agreed) = (log.last(), log.snapshot().index, log.agreed());
            (glance.last, glance.snapshot, glance.agreed) = (last, snapshot, agreed);
        }
        if let Some(disk) = &server.disk {
            glance.term = glance.term.max(disk.term);
            glance.voted_for = disk.voted_for;
            glance.durable = disk.log.last().index;
            glance.pending = disk.pending.len();
        }
        let leads = server.leads > 0 && server.leads == glance.term;
        glance.role = leads.then_some(RoleName::Leader);
        if let Some(state) = &server.state {
            glance.role = Some(state.role);
            (glance.term, glance.voted_for) = (state.term, state.voted_for);
            glance.last = Position { index: state.last_index, term: state.last_term };
            (glance.snapshot, glance.commit) = (state.snapshot_index, state.commit_index);
        }
        glance
    }

    pub(crate) fn highest_term(&self) -> u64 {
        self.highest_term
    }

    /// The highest index that is known to be committed.
    pub(crate) fn committed_up_to(&self) -> u64 {
        self.committed.last()
    }

    /// On how many disks the committed entry of that index is, or a snapshot of it.
    pub(crate) fn durable_copies(&self, index: u64) -> usize {
        let has = |disk: &crate::checks::known::disk::Disk| disk.log.agreed() >= index;
        self.servers.iter().filter(|server| server.disk.as_ref().is_some_and(has)).count()
    }

    /// What a call under way asks.
    pub(crate) fn asked(&self, call: u64) -> Option<&RaftMessage> {
        self.calls.request(call)
    }
}
