//! A value that is watched, as by tokio's channel of that name. Tokio's draws from a generator of its own whom it wakes
//! first; here it is who has waited longest, and in a simulation the seed decides who runs first.
//!
//! ```
//! let (sender, mut receiver) = runtime::watch::channel(1);
//! sender.send_if_modified(|value| {
//!     *value += 1;
//!     true
//! });
//! runtime::Simulation::new(1).run(async move {
//!     receiver.changed().await.unwrap();
//!     assert_eq!(*receiver.borrow_and_update(), 2);
//! });
//! ```

use parking_lot::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// The value, which does not change while somebody has this.
pub type Ref<'a, T> = MappedRwLockReadGuard<'a, T>;

/// Nobody is left who could change the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all senders are gone")]
pub struct Closed;

/// The two sides of a value.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let watched = RwLock::new(Watched { value, version: 0 });
    let changed = Notify::new();
    let shared = Arc::new(Shared { watched, changed, senders: AtomicUsize::new(1) });
    (Sender(Arc::clone(&shared)), Receiver { shared, seen: 0 })
}

struct Shared<T> {
    watched: RwLock<Watched<T>>,
    changed: Notify,
    senders: AtomicUsize,
}

struct Watched<T> {
    value: T,
    /// How often it has changed.
    version: u64,
}

impl<T> Shared<T> {
    fn read(&self) -> RwLockReadGuard<'_, Watched<T>> {
        // One task may look twice at once.
        self.watched.read_recursive()
    }

    fn borrow(&self) -> Ref<'_, T> {
        RwLockReadGuard::map(self.read(), |watched| &watched.value)
    }
}

/// The side that changes the value.
pub struct Sender<T>(Arc<Shared<T>>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        // In this order nobody takes the new sender for all that is left of the receivers.
        let shared = Arc::clone(&self.0);
        shared.senders.fetch_add(1, Ordering::SeqCst);
        Sender(shared)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.changed.notify_waiters();
        }
    }
}

impl<T> Sender<T> {
    /// Puts another value in its place.
    ///
    /// # Errors
    /// The value, when there is no receiver.
    pub fn send(&self, value: T) -> Result<(), T> {
        if Arc::strong_count(&self.0) == self.0.senders.load(Ordering::SeqCst) {
            return Err(value);
        }
        self.send_if_modified(|current| {
            *current = value;
            true
        });
        Ok(())
    }

    /// Changes the value, and tells the receivers if `modify` says that it has. Returns what it says.
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let mut watched = self.0.watched.write();
        let is_modified = modify(&mut watched.value);
        watched.version += u64::from(is_modified);
        drop(watched);
        if is_modified {
            self.0.changed.notify_waiters();
        }
        is_modified
    }

    /// The value as it is.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// Another receiver, which knows the value as it is.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver { shared: Arc::clone(&self.0), seen: self.0.read().version }
    }
}

/// The side that waits for changes.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The version that it knows.
    seen: u64,
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        Receiver { shared: Arc::clone(&self.shared), seen: self.seen }
    }
}

impl<T> Receiver<T> {
    /// Waits for a value that it does not know.
    ///
    /// # Errors
    /// [`Closed`] when there is none and none will come.
    pub async fn changed(&mut self) -> Result<(), Closed> {
        loop {
            // Whoever changes the value from here on wakes it.
            let notified = self.shared.changed.notified();
            let version = self.version();
            if version != self.seen {
                self.seen = version;
                return Ok(());
            }
            if self.shared.senders.load(Ordering::SeqCst) == 0 {
                return Err(Closed);
            }
            notified.await;
        }
    }

    /// The value as it is.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow()
    }

    /// The value as it is, which it knows from now on.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let watched = self.shared.read();
        self.seen = watched.version;
        RwLockReadGuard::map(watched, |watched| &watched.value)
    }

    /// How often the value has changed.
    pub fn version(&self) -> u64 {
        self.shared.read().version
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Simulation, spawn, yield_now};
    use std::sync::Mutex;

    fn run<F: Future<Output = ()> + 'static>(test: F) {
        Simulation::new(1).run(test).result.unwrap();
    }

    #[test]
    fn a_change_is_seen_once_by_each() {
        run(async {
            let (sender, mut one) = channel('a');
            let mut other = one.clone();
            sender.send('b').unwrap();
            sender.send('c').unwrap();
            for receiver in [&mut one, &mut other] {
                assert_eq!(receiver.changed().await, Ok(()));
                assert_eq!(*receiver.borrow(), 'c');
            }
            let mut late = sender.subscribe();
            assert_eq!((*late.borrow(), late.version()), ('c', 2));
            drop(sender);
            for receiver in [&mut one, &mut other, &mut late] {
                assert_eq!(receiver.changed().await, Err(Closed));
            }
        });
    }

    #[test]
    fn what_is_not_said_to_be_a_change_wakes_nobody() {
        run(async {
            let (sender, mut receiver) = channel(1);
            assert!(!sender.send_if_modified(|_| false));
            assert_eq!(*sender.borrow(), 1);
            assert!(sender.send_if_modified(|value| {
                *value = 2;
                true
            }));
            assert_eq!(*receiver.borrow_and_update(), 2);
            drop(sender);
            assert_eq!(receiver.changed().await, Err(Closed));
        });
    }

    #[test]
    fn those_who_wait_are_woken_by_a_change_and_by_the_end_of_the_last_sender() {
        run(async {
            let (sender, receiver) = channel(0);
            let seen = Arc::new(Mutex::new(Vec::new()));
            let watch = |mut receiver: Receiver<i32>, seen: Arc<Mutex<Vec<Option<i32>>>>| async move {
                while receiver.changed().await.is_ok() {
                    seen.lock().unwrap().push(Some(*receiver.borrow()));
                }
                seen.lock().unwrap().push(None);
            };
            let task = spawn(watch(receiver, Arc::clone(&seen)));
            for value in 1..=2 {
                while seen.lock().unwrap().len() + 1 < value as usize {
                    yield_now().await;
                }
                sender.send(value).unwrap();
            }
            while seen.lock().unwrap().len() < 2 {
                yield_now().await;
            }
            let second = sender.clone();
            drop(sender);
            drop(second);
            task.await.unwrap();
            assert_eq!(*seen.lock().unwrap(), [Some(1), Some(2), None]);
        });
    }

    #[test]
    fn what_nobody_receives_comes_back() {
        let (sender, receiver) = channel(1);
        assert_eq!(sender.clone().send(2), Ok(()));
        drop(receiver);
        assert_eq!(sender.send(3), Err(3));
        assert_eq!(*sender.borrow(), 2);
    }
}
