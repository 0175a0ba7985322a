//! A server's tasks.
//!
//! Three live as long as the server: the [ticker](Shared::tick) for what is due by time, the
//! [pump](Shared::pump) that sends what has been marked for sending, once for all that happened
//! meanwhile, and the [applier](Shared::apply). What follows a reply is done where it arrives.

use super::Shared;
use crate::ApplyMsg;
use crate::core::Outgoing;
use crate::progress::Sent;
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

    /// Sends a request at once; what follows the reply is a step of its own.
    ///
    /// Whatever the reason for which no reply comes, to Raft the request is lost; a mistake in the
    /// use of the network is reported by the network.
    pub(super) fn send(self: &Arc<Self>, request: Outgoing) {
        let shared = Arc::clone(self);
        match request {
            Outgoing::RequestVote { to, args } => {
                self.peers[to].request_vote(&args).then(move |reply| {
                    let Ok(reply) = reply else { return };
                    shared.run(|core, now| core.handle_vote_reply(now, to, &args, &reply)).detach();
                });
            }
            Outgoing::AppendEntries { to, args, sequence } => {
                let sent = Sent::new(&args, sequence);
                self.peers[to].append_entries(&args).then(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared
                        .run(|core, now| core.handle_append_reply(now, to, &sent, reply))
                        .detach();
                });
            }
            Outgoing::InstallSnapshot { to, args } => {
                let sent = (args.term, args.last_included_index);
                self.peers[to].install_snapshot(&args).then(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared
                        .run(|core, now| core.handle_snapshot_reply(now, to, sent, reply))
                        .detach();
                });
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

    /// Hands the service, in order, what was committed when its channel had no room. A service that
    /// is slow holds up only this task.
    async fn apply(self: Arc<Self>, service: mpsc::Sender<ApplyMsg>) {
        loop {
            self.applier.notified().await;
            while self.lock().core.has_something_to_apply() {
                // Without a service there is nobody to apply anything any more.
                let Ok(room) = service.reserve().await else { return };
                let mut state = self.lock_to_change();
                let Some(message) = state.core.next_to_apply() else { break };
                room.send(message);
            }
        }
    }
}
