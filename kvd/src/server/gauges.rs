//! What a server shows about itself when it is asked.

use super::Shared;
use crate::metrics::{Gauges, PeerLag, resident_bytes};
use raft::record::Quarantine;

impl Shared {
    pub(super) fn gauges(&self) -> Gauges {
        let servers = &self.options.servers.servers;
        let inspection = self.raft.inspect();
        let others = (0..servers.len()).filter(|place| *place != self.me);
        let (keys, store_bytes) = self.kv.look(|store| (store.len() as u64, store.bytes()));
        Gauges {
            client_port: servers[self.me].client_port,
            connections_max: self.options.clients_max as u64,
            uptime_s: runtime::now().since(self.started_at).as_secs(),
            resident_bytes: resident_bytes(),
            term: inspection.term,
            role: inspection.role,
            leader: self.raft.leader().map(|place| servers[place].id),
            commit_index: inspection.commit_index,
            applied_index: self.kv.applied(),
            last_index: inspection.last_index,
            snapshot_index: inspection.snapshot_index,
            peers: others
                .map(|place| PeerLag {
                    id: servers[place].id,
                    match_index: self.raft.match_index(place),
                })
                .collect(),
            keys,
            store_bytes,
            log_bytes: self.persister.state_size() as u64,
            snapshot_bytes: self.persister.snapshot_size() as u64,
            quarantine: self.raft.quarantine().map(quarantine_name),
            refusal: self.raft.refusal().map(|refusal| refusal.to_string()),
        }
    }
}

fn quarantine_name(quarantine: Quarantine) -> &'static str {
    match quarantine {
        Quarantine::Suspected => "suspected",
        Quarantine::Asking => "asking",
        Quarantine::CatchingUp { .. } => "catching-up",
    }
}
