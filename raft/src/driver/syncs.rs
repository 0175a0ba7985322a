//! Waiting for the disk.
//!
//! At most one sync runs, and at most one more is wanted: what is written while one runs gathers, and the
//! next makes all of it durable (group commit). Nobody has a sync of their own. Requests that promise
//! something, and answers, wait for a number of writes: as many as had been handed to the persister when
//! they were made. One task follows the syncs, from the first to the last of a row.

use super::{Shared, State, Stopped};
use crate::core::durability::WriteMark;
use crate::message::Outgoing;
use persister::{PersistError, SyncFuture};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How far the disk is, and who waits for it.
#[derive(Default)]
pub(super) struct Syncs {
    /// Writes handed to the persister, and how many of them are durable.
    pub(super) writes: u64,
    pub(super) durable_writes: u64,
    is_running: bool,
    /// Requests, each with the number of writes that must be durable before it leaves, oldest first.
    promises: VecDeque<(u64, Outgoing)>,
    /// Answers that may leave then.
    answers: Vec<(u64, Waker)>,
}

/// A sync under way.
pub(super) struct PendingSync {
    future: SyncFuture,
    pub(super) writes: u64,
    pub(super) mark: WriteMark,
}

impl Syncs {
    /// Keeps back what promises more of `outbox` than is durable. Returns the number of writes for which an
    /// answer has to wait.
    pub(super) fn hold_promises(&mut self, outbox: &mut Vec<Outgoing>) -> Option<u64> {
        if self.writes == self.durable_writes {
            return None;
        }
        let promises = outbox.extract_if(.., |request| request.waits_for_disk());
        self.promises.extend(promises.map(|request| (self.writes, request)));
        Some(self.writes)
    }

    fn take_kept_promises(&mut self) -> Vec<Outgoing> {
        let count = self.promises.partition_point(|(writes, _)| *writes <= self.durable_writes);
        self.promises.drain(..count).map(|(_, request)| request).collect()
    }

    fn take_awake(&mut self) -> Vec<Waker> {
        let durable_writes = self.durable_writes;
        let awake = self.answers.extract_if(.., |(writes, _)| *writes <= durable_writes);
        awake.map(|(_, waker)| waker).collect()
    }

    /// The server has stopped: nothing leaves any more.
    pub(super) fn clear(&mut self) {
        self.promises.clear();
        self.answers.clear();
    }
}

impl Shared {
    /// Has the disk make durable what is not, unless it is at it. A disk that is durable at once is done
    /// here, and may let the core go on to what has to be written next. A server that has stopped writes
    /// nothing.
    pub(super) fn write_and_sync(&self, state: &mut State) -> Option<Box<PendingSync>> {
        while !state.is_stopped() {
            self.write(state);
            let Syncs { writes, durable_writes, is_running, .. } = state.syncs;
            if is_running || writes == durable_writes {
                break;
            }
            let mark = state.core.durability.mark();
            match self.persister.sync() {
                SyncFuture::Ready(Some(outcome)) => state.synced(outcome, writes, mark),
                future => {
                    state.syncs.is_running = true;
                    return Some(Box::new(PendingSync { future, writes, mark }));
                }
            }
        }
        None
    }

    /// Waits for a sync, and for those that are wanted by then.
    pub(super) async fn follow(self: Arc<Self>, sync: Box<PendingSync>) {
        let mut next = Some(sync);
        while let Some(sync) = next {
            let PendingSync { future, writes, mark } = *sync;
            let outcome = future.await;
            let (effects, promises, awake) = {
                let mut state = self.lock_to_change();
                state.syncs.is_running = false;
                state.synced(outcome, writes, mark);
                // An election may be won now that a term is durable: a step of its own.
                let Some(effects) = self.end_step(&mut state) else { return };
                (effects, state.syncs.take_kept_promises(), state.syncs.take_awake())
            };
            awake.into_iter().for_each(Waker::wake);
            promises.into_iter().chain(effects.outbox).for_each(|request| self.send(request));
            next = effects.sync;
        }
    }
}

impl State {
    /// A disk that fails a sync has lost writes that this server may have built upon: it must not
    /// go on, nor try again.
    pub(super) fn synced(
        &mut self,
        outcome: Result<(), PersistError>,
        writes: u64,
        mark: WriteMark,
    ) {
        // A sync that succeeds after one that failed says nothing about what that one lost.
        if self.is_stopped() {
            return;
        }
        match outcome {
            Ok(()) => {
                self.syncs.durable_writes = self.syncs.durable_writes.max(writes);
                self.core.synced(runtime::now(), mark);
            }
            Err(error) => self.stop(Stopped::Failed(format!("stable storage: {error}"))),
        }
    }
}

/// Ready when that many writes are durable; never at a server that has stopped.
pub(super) struct Durable<'a> {
    pub(super) shared: &'a Shared,
    pub(super) writes: u64,
}

impl Future for Durable<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        if state.is_stopped() {
            return Poll::Pending;
        }
        if state.syncs.durable_writes >= self.writes {
            return Poll::Ready(());
        }
        state.syncs.answers.push((self.writes, context.waker().clone()));
        Poll::Pending
    }
}
