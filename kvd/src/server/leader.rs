//! Who leads, as this server sees it, for the log and for waiting commands.

use super::Shared;
use crate::exit::{Code, Failure};
use crate::resp::Reply;
use runtime::Instant;
use std::sync::Arc;
use std::time::Duration;

/// How often a server looks who leads.
const INTERVAL: Duration = Duration::from_millis(5);

/// Tells the log and those who wait who leads, until the server stops by itself: why it did.
pub async fn watch(shared: &Arc<Shared>) -> Failure {
    let mut last = None;
    loop {
        if let Some(reason) = shared.raft.failure().or_else(|| shared.kv.failure()) {
            return Failure::new(Code::Software, reason);
        }
        let now = (shared.raft.get_state().term, shared.raft.leader());
        if last != Some(now) {
            tell(shared, now, last);
            last = Some(now);
        }
        runtime::sleep(INTERVAL).await;
    }
}

/// Why a command can't be carried out here. It has no effect.
pub enum NotHere {
    /// Another server leads, and the client is sent there.
    Moved,
    /// The reply says why.
    Refused(Reply),
}

type Seen = (u64, Option<usize>);

fn tell(shared: &Shared, (term, leader): Seen, last: Option<Seen>) {
    let Some(place) = leader else {
        if last.is_none_or(|(_, leader)| leader.is_some()) {
            tracing::info!(target: "kvd::server", term, "LEADER => None");
        }
        return;
    };
    shared.topology.lock().set_leader(place);
    let server = &shared.options.servers.servers[place];
    tracing::info!(target: "kvd::server", term, leader = server.id, "LEADER => {}", server.advertised);
    shared.leader_changed.notify_waiters();
}

impl Shared {
    /// Waits until this server leads.
    ///
    /// # Errors
    /// When another one leads, or none for too long.
    pub(super) async fn lead(&self, deadline: Instant) -> Result<(), NotHere> {
        let began_at = runtime::now();
        let patience = began_at + Duration::from_millis(self.options.leader_wait_ms);
        let until = patience.min(deadline);
        loop {
            let changed = self.leader_changed.notified();
            match self.raft.leader() {
                Some(leader) if leader == self.me => return Ok(()),
                Some(leader) => {
                    self.topology.lock().set_leader(leader);
                    return Err(NotHere::Moved);
                }
                None => {}
            }
            let left = until.since(runtime::now());
            if left.is_zero() {
                return Err(NotHere::Refused(self.no_leader(began_at)));
            }
            // Whether it came or the time is up is seen above.
            let _ = runtime::timeout(left, changed).await;
        }
    }

    /// The reply to a command about that slot which can't be carried out here.
    pub(super) fn not_here(&self, why: &NotHere, slot: u16) -> Reply {
        match why {
            NotHere::Moved => Reply::error(self.topology.lock().moved(slot)),
            NotHere::Refused(reply) => reply.clone(),
        }
    }

    fn no_leader(&self, began_at: Instant) -> Reply {
        let seconds = runtime::now().since(began_at).as_secs_f64();
        let (term, servers) = (self.raft.get_state().term, self.options.servers.servers.len());
        Reply::error(format!(
            "CLUSTERDOWN no leader for {seconds:.1} s (term {term}; a majority of {servers} servers must be \
             up and connected)"
        ))
    }
}
