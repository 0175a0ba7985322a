//! Tasks of a server that wait: for its timers, for the next tick, for the end of a pause.

use super::{Happened, Server};
use crate::protocol::Input;
use futures::FutureExt;
use runtime::Node;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Notify;

impl Server {
    pub(super) async fn timers(self) {
        loop {
            let earliest = self.0.inner.lock().timers.sleep();
            let mut set = pin!(self.0.timer_set.notified().fuse());
            match earliest {
                None => set.await,
                Some(deadline) => {
                    let mut sleep = pin!(runtime::sleep_until(deadline).fuse());
                    futures::select_biased! { () = sleep => {}, () = set => {} }
                }
            }
            let due = self.0.inner.lock().timers.take_due(runtime::now());
            due.into_iter().for_each(|due| self.feed(Happened::Timer(due)));
        }
    }

    /// Ticks that a server misses while it stands still are lost.
    pub(super) async fn ticks(self, tick: Duration) {
        // Servers that tick in step would stand for election at the same moment.
        let phase =
            runtime::rng("phase of ticks", self.0.node.id()).duration(Duration::ZERO..=tick);
        runtime::sleep(phase).await;
        loop {
            runtime::sleep(tick).await;
            if !self.0.inner.lock().is_syncing {
                self.feed(Happened::Input(Input::Tick));
            }
        }
    }

    pub(super) async fn resumes(self) {
        let advance = || self.advance(&mut self.0.inner.lock());
        go_on_when_resumed(&self.0.resumed, &self.0.node, advance).await;
    }
}

/// Has done what was held back while a server was stopped, each time that there is something.
pub(crate) async fn go_on_when_resumed(resumed: &Notify, node: &Node, advance: impl Fn()) {
    loop {
        resumed.notified().await;
        advance();
        // What it did may have stopped the server again, or ended it: then this poll must end, too.
        if node.is_paused() {
            runtime::yield_now().await;
        }
    }
}
