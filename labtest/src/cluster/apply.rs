//! The service of the tests: it takes what Raft applies and hands it to the checks.

use super::Cluster;
use crate::oracle::Incarnation;
use crate::{Failure, Peer, Violation};
use raft::ApplyMsg;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The service takes a snapshot when it has applied an index that is one less than a multiple of
/// this: 9, 19, 29 … (the lab's suite D).
const SNAPSHOT_INTERVAL: u64 = 10;

/// Reads the apply channel of one life of a server, on its node, until the channel or a check ends.
pub(super) async fn read(
    cluster: Cluster,
    who: Incarnation,
    peer: Arc<dyn Peer>,
    mut applied: mpsc::Receiver<ApplyMsg>,
) {
    while let Some(message) = applied.recv().await {
        if let Err(failure) = cluster.take(who, &*peer, &message) {
            cluster.shared.ending.fail(failure);
            return;
        }
    }
}

impl Cluster {
    fn fail(&self, violation: Violation) -> Failure {
        let failure = Failure::from(violation);
        self.shared.ending.fail(failure.clone());
        failure
    }

    fn take(&self, who: Incarnation, peer: &dyn Peer, message: &ApplyMsg) -> Result<(), Failure> {
        match message {
            ApplyMsg::Command { index, command, .. } => {
                let recorded = self.shared.record.lock().apply_command(who, *index, command);
                // The record's sentence says most, so it comes first.
                let recorded = recorded.map_err(|violation| self.fail(violation));
                self.saw_applied(who, *index, command);
                recorded?;
                self.snapshot_if_due(who, peer, *index);
            }
            ApplyMsg::Snapshot { index, snapshot, .. } => {
                self.saw_applied_snapshot(who, *index, snapshot);
                self.shared.record.lock().apply_snapshot(who, *index, snapshot)?;
            }
        }
        Ok(())
    }

    /// Calls `snapshot` from within the apply loop, as the lab does: a Raft that can't take it
    /// before its next message is taken comes to a halt.
    fn snapshot_if_due(&self, who: Incarnation, peer: &dyn Peer, index: u64) {
        if !self.shared.config.snapshots || !(index + 1).is_multiple_of(SNAPSHOT_INTERVAL) {
            return;
        }
        let snapshot = self.shared.record.lock().snapshot_at(index);
        if let Some(snapshot) = snapshot {
            self.saw_snapshot_taken(who, index);
            peer.snapshot(index, snapshot);
        }
    }
}
