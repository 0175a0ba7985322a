//! The state machine, which is the service's.

use crate::mistake::Mistake;
use crate::store::Store;
use crate::types::{SnapshotMeta, Types, log_id, ours, position};
use futures::{Stream, TryStreamExt};
use labtest::parking_lot::Mutex;
use labtest::{ApplyMsg, Bytes, Position, mpsc};
use openraft::storage::{EntryResponder, RaftStateMachine};
use openraft::type_config::alias::{LogIdOf, SnapshotOf, StoredMembershipOf};
use openraft::{OptionalSend, RaftSnapshotBuilder};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Snapshot = SnapshotOf<Types, Bytes>;

/// Hands committed entries to the service, which hands back its snapshots.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) store: Store,
    pub(crate) apply: mpsc::Sender<ApplyMsg>,
    pub(crate) membership: StoredMembershipOf<Types>,
    pub(crate) handed: Arc<AtomicU64>,
    /// The service's latest snapshot, which the crate is to be given when it builds one.
    pub(crate) wanted: Arc<Mutex<Option<(u64, Bytes)>>>,
}

impl Machine {
    async fn hand_over(&self, message: ApplyMsg) -> io::Result<()> {
        self.handed.store(message.index(), Ordering::Relaxed);
        self.store.note_change();
        let is_own = matches!(message, ApplyMsg::Own { .. });
        if is_own && self.store.has(Mistake::OwnEntriesKeptBack) {
            return Ok(());
        }
        self.apply.send(message).await.map_err(io::Error::other)
    }

    fn current(&self) -> Snapshot {
        let (end, snapshot) = self.store.image().snapshot.clone();
        let (last_log_id, last_membership) = (Some(log_id(end)), self.membership.clone());
        Snapshot { meta: SnapshotMeta { last_log_id, last_membership }, snapshot }
    }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotData = Bytes;
    type SnapshotBuilder = Machine;

    /// At a start the service has its snapshot, and nothing else.
    async fn applied_state(
        &mut self,
    ) -> io::Result<(Option<LogIdOf<Types>>, StoredMembershipOf<Types>)> {
        let image = self.store.image();
        let end = match self.store.has(Mistake::AppliedTooFar) {
            true => image.log.last(),
            false => image.snapshot.0,
        };
        Ok((Some(log_id(end)), self.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Types>>> + Unpin + OptionalSend,
    {
        while let Some((entry, responder)) = entries.try_next().await? {
            self.hand_over(ours(&entry).apply_msg(entry.log_id.index)).await?;
            if let Some(responder) = responder {
                responder.send(());
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Machine {
        self.clone()
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, snapshot: Bytes) -> io::Result<()> {
        let Position { index, term } = position(meta.last_log_id);
        self.store.install(Position { index, term }, snapshot.clone()).await?;
        self.hand_over(ApplyMsg::Snapshot { index, term, snapshot }).await
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        Ok(Some(self.current()))
    }
}

impl RaftSnapshotBuilder<Types> for Machine {
    type SnapshotData = Bytes;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let wanted = self.wanted.lock().take();
        let end = self.store.image().snapshot.0;
        if let Some((index, snapshot)) = wanted.filter(|(index, _)| *index > end.index) {
            self.store.compact(index, snapshot).await?;
        }
        Ok(self.current())
    }
}
