//! A server's tasks.
//!
//! Three live as long as the server: the [ticker](Shared::tick) for what is due by time, the
//! [pump](Shared::pump) that sends what has been marked for sending, once for everything that
//! happened meanwhile, and the [applier](Shared::apply). What follows a reply is done where it
//! arrives.

use super::Shared;
use raft_api::ApplyMsg;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;

impl Shared {
    /// Starts the server's tasks on the current node.
    pub(crate) fn spawn_tasks(self: &Arc<Self>, apply: mpsc::Sender<ApplyMsg>) {
        let tasks = vec![
            runtime::spawn(Arc::clone(self).tick()),
            runtime::spawn(Arc::clone(self).pump()),
            runtime::spawn(Arc::clone(self).apply(apply.clone())),
        ];
        let mut state = self.state.lock();
        (state.tasks, state.service) = (tasks, Some(apply));
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
            if self.run(|core, now| core.tick(now)) {
                return;
            }
        }
    }

    /// Sends what steps have marked for sending. It runs when the task that did so has yielded, so
    /// commands that were started together leave together.
    async fn pump(self: Arc<Self>) {
        loop {
            self.pump.notified().await;
            if self.run(|core, now| core.flush(now)) {
                return;
            }
        }
    }
}
