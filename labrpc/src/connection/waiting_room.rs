//! Those who have connected and have not said yet who they are.

use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// A few places. A newcomer that finds all taken replaces the one that has waited longest, so that a crowd of
/// strangers keeps no legitimate caller out.
pub(super) struct WaitingRoom {
    places: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    queue: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// A place in the room, until it is dropped.
pub(super) struct Place<'a> {
    room: &'a WaitingRoom,
    number: u64,
    /// Ready when the place was given to another.
    pub(super) lost: oneshot::Receiver<()>,
}

impl WaitingRoom {
    pub(super) fn new(places: usize) -> WaitingRoom {
        WaitingRoom { places: places.max(1), waiting: Mutex::default() }
    }

    pub(super) fn places(&self) -> usize {
        self.places
    }

    pub(super) fn enter(&self) -> Place<'_> {
        let (keeps, lost) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        let number = waiting.next;
        waiting.next += 1;
        while waiting.queue.len() >= self.places {
            waiting.queue.pop_front();
        }
        waiting.queue.push_back((number, keeps));
        Place { room: self, number, lost }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.room.waiting.lock().queue.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneshot::error::TryRecvError::{Closed, Empty};

    #[test]
    fn who_has_waited_longest_goes_first() {
        let room = WaitingRoom::new(2);
        let (mut first, mut second) = (room.enter(), room.enter());
        assert_eq!(first.lost.try_recv(), Err(Empty));
        let mut third = room.enter();
        assert_eq!(first.lost.try_recv(), Err(Closed));
        assert_eq!(second.lost.try_recv(), Err(Empty));
        drop(third);
        third = room.enter();
        assert_eq!(second.lost.try_recv(), Err(Empty), "there was a place");
        assert_eq!(third.lost.try_recv(), Err(Empty));
    }
}
