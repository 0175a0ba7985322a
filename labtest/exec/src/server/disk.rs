//! Writes, and the wait until they are durable.

use super::{Happened, Inner, Server};
use crate::protocol::Input;
use persister::SyncFuture;

impl Server {
    /// Something was handed to the disk.
    pub(super) fn wrote(&self, inner: &mut Inner) {
        inner.writes += 1;
        if !self.0.pool.hello().async_disk {
            inner.is_unsynced = true;
            return;
        }
        let upto = inner.writes;
        self.when_durable(inner, move |inner| {
            inner.inputs.push_back(Happened::Input(Input::Synced { upto }));
        });
    }

    /// Makes all that was written durable; until then everything else waits.
    pub(super) fn sync(&self, inner: &mut Inner) {
        inner.is_syncing = true;
        self.when_durable(inner, |inner| (inner.is_syncing, inner.is_unsynced) = (false, false));
    }

    /// Does something when all that was written is durable, which may be now.
    fn when_durable(&self, inner: &mut Inner, then: impl FnOnce(&mut Inner) + Send + 'static) {
        match self.0.persister.sync() {
            SyncFuture::Ready(Some(Ok(()))) => then(inner),
            SyncFuture::Ready(_) => self.disk_failed(inner),
            wait => {
                let server = self.clone();
                self.0.node.enter(|| {
                    runtime::detach(async move {
                        let outcome = wait.await;
                        let mut inner = server.0.inner.lock();
                        match outcome {
                            Ok(()) => then(&mut inner),
                            Err(_) => server.disk_failed(&mut inner),
                        }
                        server.advance(&mut inner);
                    });
                });
            }
        }
    }

    /// What is on the disk now is anybody's guess: a server whose disk fails ends, which is no failure of the
    /// run.
    fn disk_failed(&self, inner: &mut Inner) {
        self.end(inner);
        self.0.node.kill();
    }
}
