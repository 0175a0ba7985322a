//! Ctrl-C, and the signal by which a CI system ends a job: servers are ended, and what was seen is judged.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether somebody wants the run to end.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub fn listen() -> io::Result<Interrupt> {
        let interrupt = Interrupt(Arc::default());
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            runtime::detach(interrupt.clone().note(signal(kind)?));
        }
        Ok(interrupt)
    }

    pub fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    async fn note(self, mut signal: Signal) {
        while signal.recv().await.is_some() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
