//! A value that is watched. tokio's draws from a generator of its own which of several watchers it wakes first; here it
//! is the oldest, and the scheduler of the run decides who runs first.

use labtest::parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};
use openraft::async_runtime::watch::{RecvError, SendError, Watch, WatchReceiver, WatchSender};
use openraft::{OptionalSend, OptionalSync};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// Names the two sides.
pub(crate) struct Watches;

struct Shared<T> {
    watched: RwLock<Watched<T>>,
    ends: Mutex<Ends>,
}

struct Watched<T> {
    value: T,
    /// How often it has changed.
    version: u64,
}

/// Who is there, and who waits, by the receiver's number.
#[derive(Default)]
struct Ends {
    senders: usize,
    receivers: usize,
    numbers: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl<T> Shared<T> {
    fn read(&self) -> RwLockReadGuard<'_, Watched<T>> {
        // One task may look twice at once.
        self.watched.read_recursive()
    }

    fn borrow(&self) -> MappedRwLockReadGuard<'_, T> {
        RwLockReadGuard::map(self.read(), |watched| &watched.value)
    }

    fn wake(&self) {
        let waiting = std::mem::take(&mut self.ends.lock().waiting);
        waiting.into_values().for_each(Waker::wake);
    }

    fn receiver(self: &Arc<Self>, seen: u64) -> Receiver<T> {
        let mut ends = self.ends.lock();
        ends.receivers += 1;
        ends.numbers += 1;
        Receiver { shared: Arc::clone(self), number: ends.numbers, seen }
    }
}

impl Watch for Watches {
    type Sender<T: OptionalSend + OptionalSync> = Sender<T>;
    type Receiver<T: OptionalSend + OptionalSync> = Receiver<T>;
    type Ref<'a, T: OptionalSend + 'a> = MappedRwLockReadGuard<'a, T>;

    fn channel<T: OptionalSend + OptionalSync>(value: T) -> (Sender<T>, Receiver<T>) {
        let watched = RwLock::new(Watched { value, version: 0 });
        let ends = Mutex::new(Ends { senders: 1, ..Ends::default() });
        let shared = Arc::new(Shared { watched, ends });
        let receiver = shared.receiver(0);
        (Sender(shared), receiver)
    }
}

/// The side that changes the value.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.ends.lock().senders += 1;
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut ends = self.0.ends.lock();
        ends.senders -= 1;
        let is_last = ends.senders == 0;
        drop(ends);
        if is_last {
            self.0.wake();
        }
    }
}

impl<T: OptionalSend + OptionalSync> WatchSender<Watches, T> for Sender<T> {
    fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.0.ends.lock().receivers == 0 {
            return Err(SendError(value));
        }
        self.send_if_modified(|current| {
            *current = value;
            true
        });
        Ok(())
    }

    fn send_if_modified<F: FnOnce(&mut T) -> bool>(&self, modify: F) -> bool {
        let mut watched = self.0.watched.write();
        let is_modified = modify(&mut watched.value);
        watched.version += u64::from(is_modified);
        drop(watched);
        if is_modified {
            self.0.wake();
        }
        is_modified
    }

    fn borrow_watched(&self) -> MappedRwLockReadGuard<'_, T> {
        self.0.borrow()
    }

    fn subscribe(&self) -> Receiver<T> {
        let seen = self.0.read().version;
        self.0.receiver(seen)
    }
}

/// The side that waits for changes.
pub(crate) struct Receiver<T> {
    shared: Arc<Shared<T>>,
    number: u64,
    /// The version that it knows.
    seen: u64,
}

impl<T> Receiver<T> {
    /// How often the value has changed.
    pub(crate) fn version(&self) -> u64 {
        self.shared.read().version
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.shared.receiver(self.seen)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut ends = self.shared.ends.lock();
        ends.receivers -= 1;
        ends.waiting.remove(&self.number);
    }
}

impl<T: OptionalSend + OptionalSync> WatchReceiver<Watches, T> for Receiver<T> {
    async fn changed(&mut self) -> Result<(), RecvError> {
        poll_fn(|context| {
            let mut ends = self.shared.ends.lock();
            let version = self.shared.read().version;
            if version != self.seen {
                self.seen = version;
                return Poll::Ready(Ok(()));
            }
            if ends.senders == 0 {
                return Poll::Ready(Err(RecvError(())));
            }
            ends.waiting.insert(self.number, context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn borrow_watched(&self) -> MappedRwLockReadGuard<'_, T> {
        self.shared.borrow()
    }

    fn borrow_and_update(&mut self) -> MappedRwLockReadGuard<'_, T> {
        let watched = self.shared.read();
        self.seen = watched.version;
        RwLockReadGuard::map(watched, |watched| &watched.value)
    }
}
