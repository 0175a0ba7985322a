//! Reads that need no entry of their own, as a service begins them.

use super::Cluster;
use crate::Outcome;
use crate::api::life::Life;
use crate::checks::rules;
use crate::watch::Sight;
use runtime::Instant;

/// A read as it was when it began.
pub(crate) struct BegunRead {
    who: Life,
    began: Instant,
    /// What was applied anywhere.
    applied: u64,
}

impl Cluster {
    /// Asks a server for the index that a read has to wait for, and waits until it gives one, refuses, or is no
    /// more. What was applied anywhere before has to be reached.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) async fn read_index(&self, server: usize) -> Outcome {
        let Some(running) = self.running(server) else { return Ok(()) };
        let begun = self.read_begins(running.who);
        let Some(read) = running.node.enter(|| running.peer.read_index()) else { return Ok(()) };
        match running.node.spawn(read).await {
            Ok(Ok(index)) => {
                self.announce_read(&begun, index);
                Ok(rules::read_index::check(server, index, begun.applied)?)
            }
            // It does not lead, can't know, or has crashed meanwhile.
            _ => Ok(()),
        }
    }

    /// A server is about to be asked for the index of a read.
    pub(crate) fn read_begins(&self, who: Life) -> BegunRead {
        BegunRead { who, began: runtime::true_now(), applied: self.highest_applied() }
    }

    /// It has given one.
    pub(crate) fn announce_read(&self, begun: &BegunRead, index: u64) {
        let BegunRead { who, began, applied } = *begun;
        let waited = runtime::true_now().since(began);
        self.shared.watch.show(&Sight::Read { who, waited, applied, index });
    }
}
