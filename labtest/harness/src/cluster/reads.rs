//! Reads that need no entry of their own, as a service begins them.

use super::Cluster;
use crate::Outcome;
use crate::checks::rules;

impl Cluster {
    /// Asks a server for the index that a read has to wait for, and waits until it gives one, refuses, or is no
    /// more. What was applied anywhere before has to be reached.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) async fn read_index(&self, server: usize) -> Outcome {
        let Some(running) = self.running(server) else { return Ok(()) };
        let applied = self.highest_applied();
        let Some(read) = running.node.enter(|| running.peer.read_index()) else { return Ok(()) };
        match running.node.spawn(read).await {
            Ok(Ok(index)) => Ok(rules::read_index::check(server, index, applied)?),
            // It does not lead, can't know, or has crashed meanwhile.
            _ => Ok(()),
        }
    }
}
