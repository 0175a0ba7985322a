//! A server's tasks.
//!
//! Three live as long as the server: the [ticker](Shared::tick) for what is due by time, the
//! [pump](Shared::pump) that sends what has been marked for sending, once for all that happened
//! meanwhile, and the [applier](Shared::apply). Each request under way is a task that waits for its
//! reply.

use super::Shared;
use crate::ApplyMsg;
use crate::core::Outgoing;
use crate::progress::Sent;
use futures::FutureExt;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How many commands the applier takes out of the log at a time.
const APPLY_BATCH: u64 = 64;

impl Shared {
    /// Starts the server's tasks on the current node.
    pub(crate) fn spawn_tasks(self: &Arc<Self>, apply: mpsc::Sender<ApplyMsg>) {
        let tasks = vec![
            runtime::spawn(Arc::clone(self).tick()),
            runtime::spawn(Arc::clone(self).pump()),
            runtime::spawn(Arc::clone(self).apply(apply)),
        ];
        self.state.lock().tasks = tasks;
    }

    /// Sends a request at once, and leaves a task to wait for the reply.
    ///
    /// Whatever the reason for which no reply comes, to Raft the request is lost; a mistake in the
    /// use of the network is reported by the network.
    pub(super) fn send(self: &Arc<Self>, request: Outgoing) {
        let shared = Arc::clone(self);
        // `map` and not an async block, which would hold the call twice: there are many of these.
        match request {
            Outgoing::RequestVote { to, args } => {
                let call = self.peers[to].request_vote(&args);
                runtime::detach(call.map(move |reply| {
                    let Ok(reply) = reply else { return };
                    shared.run(|core, now| core.handle_vote_reply(now, to, &args, &reply)).detach();
                }));
            }
            Outgoing::AppendEntries { to, args, sequence } => {
                let sent = Sent::new(&args, sequence);
                let call = self.peers[to].append_entries(&args);
                runtime::detach(call.map(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared
                        .run(|core, now| core.handle_append_reply(now, to, &sent, reply))
                        .detach();
                }));
            }
            Outgoing::InstallSnapshot { to, args } => {
                let sent = (args.term, args.last_included_index);
                let call = self.peers[to].install_snapshot(&args);
                runtime::detach(call.map(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared
                        .run(|core, now| core.handle_snapshot_reply(now, to, sent, reply))
                        .detach();
                }));
            }
        }
    }

    /// Sleeps until something is due by time. A deadline that moves away costs nothing: the ticker
    /// finds out when it wakes. One that comes nearer wakes it.
    async fn tick(self: Arc<Self>) {
        loop {
            let deadline = {
                let mut state = self.state.lock();
                state.ticker_wakes_at = state.core.deadline();
                state.ticker_wakes_at
            };
            let sleep = pin!(runtime::sleep_until(deadline));
            let nearer = pin!(self.ticker.notified());
            futures::future::select(sleep, nearer).await;
            // A disk that takes its time holds up neither the next heartbeat nor the next entries.
            if self.run(|core, now| core.tick(now)).detach() {
                return;
            }
        }
    }

    /// Sends what steps have marked for sending. It runs when the task that did so has yielded, so
    /// commands that were started together leave together.
    async fn pump(self: Arc<Self>) {
        loop {
            self.pump.notified().await;
            if self.run(|core, now| core.flush(now)).detach() {
                return;
            }
        }
    }

    /// Hands the service what is committed, in order. A service that is slow holds up only this
    /// task; one that calls back finds the lock free.
    async fn apply(self: Arc<Self>, service: mpsc::Sender<ApplyMsg>) {
        let mut batch = Vec::new();
        loop {
            self.state.lock().core.take_to_apply(APPLY_BATCH, &mut batch);
            if batch.is_empty() {
                self.applier.notified().await;
                continue;
            }
            for message in batch.drain(..) {
                if service.send(message).await.is_err() {
                    // The service is gone: there is nobody to apply anything any more.
                    return;
                }
            }
        }
    }
}
