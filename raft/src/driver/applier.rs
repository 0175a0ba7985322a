//! The way of committed commands to the service.
//!
//! There is one order and one channel, and what goes into it is always the core's next message. Who
//! puts it there depends on whether the channel has room:
//!
//! * usually it has, and [`State::hand_over`] fills it at the end of the step that committed
//!   something, with the lock that the step holds anyway;
//! * when it is full, `hand_over` stops and wakes the [applier](Shared::apply), a task that waits for
//!   room. Until the applier has caught up, steps go on trying as well; the first to find room
//!   takes the next message, and the lock keeps the order.

use super::{Shared, State};
use raft_api::ApplyMsg;
use std::sync::Arc;
use tokio::sync::mpsc;

impl State {
    /// Hands the service what is committed, in order, as far as its channel has room. False when
    /// there is more.
    pub(super) fn hand_over(&mut self) -> bool {
        let Some(service) = &self.service else { return true };
        while self.core.has_something_to_apply() {
            let Ok(room) = service.try_reserve() else { return false };
            let Some(message) = self.core.next_to_apply() else { break };
            room.send(message);
        }
        true
    }
}

impl Shared {
    /// Hands the service, in order, what was committed when its channel had no room. A service that
    /// is slow holds up only this task. When there is room, it is filled under one lock.
    pub(super) async fn apply(self: Arc<Self>, service: mpsc::Sender<ApplyMsg>) {
        loop {
            self.applier.notified().await;
            while self.lock().core.has_something_to_apply() {
                // Without a service there is nobody to apply anything any more.
                let Ok(room) = service.reserve().await else { return };
                let mut state = self.lock_to_change();
                if state.is_stopped() {
                    return;
                }
                let Some(message) = state.core.next_to_apply() else { break };
                room.send(message);
                state.hand_over();
            }
        }
    }
}
