//! What servers say about themselves goes to the watchers of the run, and into its hash.

use super::Cluster;
use crate::Failure;
use crate::api::ending::Ending;
use crate::api::life::Life;
use crate::api::voice::{Ear, Voice};
use crate::trace_hash;
use crate::watch::{Sight, Watch};
use std::sync::Arc;

/// Hears one life of a server.
struct Heard {
    who: Life,
    watch: Arc<Watch>,
    ending: Arc<Ending>,
}

impl Cluster {
    pub(super) fn voice(&self, who: Life) -> Voice {
        let (watch, ending) = (Arc::clone(&self.shared.watch), Arc::clone(&self.shared.ending));
        Voice::to(Heard { who, watch, ending })
    }
}

impl Ear for Heard {
    fn note(&self, text: &str) {
        self.watch.show(&Sight::Noted { who: self.who, text });
    }

    fn line(&self, line: &[u8]) {
        trace_hash::line(self.who.server, line);
        self.watch.show(&Sight::Line { who: self.who, line });
    }

    fn fail(&self, mut failure: Failure) {
        failure.place.servers = vec![self.who.server];
        self.ending.fail(failure);
    }
}
