//! The service of the tests: it takes what Raft applies and shows it to the checks.

use super::Cluster;
use super::store::Store;
use crate::api::life::Life;
use crate::{Config, Outcome, Peer, Violation, property};
use raft::ApplyMsg;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Reads the apply channel of one life of a server, on its node, until the channel or a check ends.
pub(super) async fn read(
    cluster: Cluster,
    who: Life,
    peer: Arc<dyn Peer>,
    store: Option<Store>,
    mut applied: mpsc::Receiver<ApplyMsg>,
) {
    let service = cluster.config().service.clone();
    let mut rng = runtime::rng("service", u64::from(who.start) << 32 | who.server as u64);
    while let Some(message) = applied.recv().await {
        if !service.is_usual() {
            runtime::sleep(Duration::from_millis(service.apply_ms(&mut rng))).await;
        }
        // Services ask for the state before they answer a client. A Raft that sends the next message under the
        // lock that this needs would hang.
        peer.get_state();
        let message = match message.in_memory() {
            Ok(message) => message,
            Err(error) => {
                let sentence = format!("server {}: {error}", who.server);
                let failure = Violation::new(property::SNAPSHOT, sentence);
                cluster.shared.ending.fail(failure.at_servers([who.server]).into());
                return;
            }
        };
        let mut taken = cluster.take(who, &*peer, &message).await;
        if let (Ok(()), Some(store)) = (&taken, &store) {
            taken = store.take(&cluster, who, message).await;
        }
        if let Err(failure) = taken {
            cluster.shared.ending.fail(failure);
            return;
        }
    }
}

impl Cluster {
    async fn take(&self, who: Life, peer: &dyn Peer, message: &ApplyMsg) -> Outcome {
        match message {
            ApplyMsg::Command { index, term, command } => {
                self.announce_applied(who, *index, *term, command)?;
                self.snapshot_if_due(who, peer, *index).await
            }
            ApplyMsg::Own { index, term } => {
                self.announce_applied_own(who, *index, *term)?;
                self.snapshot_if_due(who, peer, *index).await
            }
            ApplyMsg::Snapshot { index, term, snapshot } => {
                self.announce_applied_snapshot(who, *index, *term, snapshot)
            }
            // It has been read.
            ApplyMsg::StoredSnapshot { .. } => Ok(()),
        }
    }

    /// Calls `snapshot` from within the apply loop, as the lab does: a Raft that can't take it before its next
    /// message is taken hangs.
    async fn snapshot_if_due(&self, who: Life, peer: &dyn Peer, index: u64) -> Outcome {
        let Config { snapshots, snapshot_interval, snapshot_shift, .. } = self.config();
        // After 9, 19, 29 … in the lab.
        let place = index + 1 + who.server as u64 * snapshot_shift;
        if !snapshots || !place.is_multiple_of(*snapshot_interval) {
            return Ok(());
        }
        let snapshot = self.shared.watch.ask(|oracle| oracle.applied().snapshot_at(index));
        if let Some(snapshot) = snapshot {
            let takes_ms = self.config().service.snapshot_ms;
            if takes_ms > 0 {
                runtime::sleep(Duration::from_millis(takes_ms)).await;
            }
            self.announce_snapshot_taken(who, index, &snapshot)?;
            peer.snapshot(index, snapshot);
        }
        Ok(())
    }
}
