//! Questions that wait for their answers, by number.

use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// Questions that are not answered yet. Numbers begin with 1, and no two questions have the same.
pub(crate) struct Pending<T> {
    last: u64,
    waiting: BTreeMap<u64, oneshot::Sender<T>>,
}

impl<T> Default for Pending<T> {
    fn default() -> Pending<T> {
        Pending { last: 0, waiting: BTreeMap::new() }
    }
}

impl<T> Pending<T> {
    /// A question's number, and where its answer comes; nothing comes there once it is forgotten.
    pub(crate) fn ask(&mut self) -> (u64, oneshot::Receiver<T>) {
        let (answer, answered) = oneshot::channel();
        self.last += 1;
        self.waiting.insert(self.last, answer);
        (self.last, answered)
    }

    /// Whom to answer, if that number waits.
    pub(crate) fn remove(&mut self, number: u64) -> Option<oneshot::Sender<T>> {
        self.waiting.remove(&number)
    }

    /// All that wait. Who drops them must hold no lock: those who asked may call back.
    pub(crate) fn take(&mut self) -> impl Sized + use<T> {
        std::mem::take(&mut self.waiting)
    }
}
