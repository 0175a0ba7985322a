//! How a check that fires in the background ends the run.

use crate::{Failure, property};
use futures::FutureExt;
use labrpc::Network;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The first failure of the background checks.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    first: Mutex<Option<Failure>>,
    /// Has one waiter: the task that runs the test.
    set: Notify,
}

impl Ending {
    /// Keeps the failure unless there is one already: what comes first says most.
    pub(crate) fn fail(&self, failure: Failure) {
        let mut first = self.first.lock();
        if first.is_none() {
            *first = Some(failure);
            self.set.notify_one();
        }
    }

    /// The first failure, if there was one.
    pub(crate) fn first(&self) -> Option<Failure> {
        self.first.lock().clone()
    }

    /// Resolves with the first failure, or with a mistake that the network noticed.
    pub(crate) async fn wait(&self, network: &Network) -> Failure {
        let mut mistake = std::pin::pin!(network.wait_for_mistake().fuse());
        loop {
            if let Some(failure) = self.first() {
                return failure;
            }
            let mut set = std::pin::pin!(self.set.notified().fuse());
            futures::select_biased! {
                () = set => {}
                mistake = mistake => {
                    return Failure::new(property::RPC_MISTAKE, mistake.to_string());
                }
            }
        }
    }
}
