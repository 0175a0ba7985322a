//! Traps: crashes at a point of a server's own code.
//!
//! A trap waits for its server to reach a point a number of times, on its disk or on its network,
//! and ends its life there: what the code does after that point reaches nobody. A scenario without
//! traps has nothing that looks for them.

use super::field::Key;
use parking_lot::Mutex;
use persister::Unsynced;
use std::collections::BTreeSet;
use tokio::sync::Notify;

/// A point of a server's code that can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// It has written to its disk and not synced: between append and sync, or between the two
    /// writes of what should be one.
    AfterWrite,
    /// It has saved its whole state and not synced: around the cut of its log by a snapshot.
    AfterSave,
    /// What it wrote has become durable; it has told nobody yet.
    AfterSync,
    /// It has sent a request: between two messages of one broadcast.
    AfterSend,
    /// It has handled a request; the reply is not sent.
    BeforeReply,
    /// It has sent a reply.
    AfterReply,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 6] = [
        Point::AfterWrite,
        Point::AfterSave,
        Point::AfterSync,
        Point::AfterSend,
        Point::BeforeReply,
        Point::AfterReply,
    ];

    /// Its name, as in a scenario's file.
    pub fn name(self) -> &'static str {
        match self {
            Point::AfterWrite => "after-write",
            Point::AfterSave => "after-save",
            Point::AfterSync => "after-sync",
            Point::AfterSend => "after-send",
            Point::BeforeReply => "before-reply",
            Point::AfterReply => "after-reply",
        }
    }

    /// The point with that name.
    pub fn of_name(name: &str) -> Option<Point> {
        Point::ALL.into_iter().find(|point| point.name() == name)
    }
}

/// A crash that waits for its moment.
#[derive(Clone, Debug)]
pub struct Trap {
    pub(super) key: Key,
    /// Whose.
    pub server: usize,
    /// Where its code gets to.
    pub point: Point,
    /// How often the point has to be reached, this time included.
    pub countdown: u64,
    /// What becomes of writes that were not synced.
    pub unsynced: Unsynced,
    pub(super) down_ms: u64,
}

/// All traps of a run.
///
/// A world that sees each point itself says so with [`reached`](Traps::reached); where servers count by
/// themselves, it [takes](Traps::take) the trap of one that has ended there. Either way it has to end the
/// server's life, and to say that the trap has [sprung](Traps::sprung).
#[derive(Default)]
pub struct Traps {
    set: Mutex<Vec<Trap>>,
    sprung: Mutex<Vec<Trap>>,
    /// Has one waiter: the task that buries the dead.
    any_sprung: Notify,
}

impl Traps {
    pub(super) fn set(&self, trap: Trap) {
        self.set.lock().push(trap);
    }

    /// Takes away traps that have not sprung; returns whose.
    pub(super) fn remove(&self, fits: impl Fn(&Trap) -> bool) -> BTreeSet<usize> {
        self.set.lock().extract_if(.., |trap| fits(trap)).map(|trap| trap.server).collect()
    }

    /// Waits for traps to spring. Their servers are to be cleared up and, in time, started again.
    pub(super) async fn wait(&self) -> Vec<Trap> {
        loop {
            let sprung = std::mem::take(&mut *self.sprung.lock());
            if !sprung.is_empty() {
                return sprung;
            }
            self.any_sprung.notified().await;
        }
    }

    /// The traps of a server, in the order in which they were set.
    pub fn of(&self, server: usize) -> Vec<Trap> {
        self.set.lock().iter().filter(|trap| trap.server == server).cloned().collect()
    }

    /// A server has reached a point once more; returns its trap that springs now.
    pub fn reached(&self, server: usize, point: Point) -> Option<Trap> {
        let mut set = self.set.lock();
        let fits = |trap: &Trap| (trap.server, trap.point) == (server, point);
        let place = set.iter_mut().position(|trap| {
            if fits(trap) {
                trap.countdown = trap.countdown.saturating_sub(1);
            }
            fits(trap) && trap.countdown == 0
        })?;
        Some(set.swap_remove(place))
    }

    /// A server has reached a point as often as one of its traps says; returns that trap, the one with the
    /// shortest countdown.
    pub fn take(&self, server: usize, point: Point) -> Option<Trap> {
        let mut set = self.set.lock();
        let here =
            set.iter().enumerate().filter(|(_, it)| (it.server, it.point) == (server, point));
        let (place, _) = here.min_by_key(|(_, trap)| trap.countdown)?;
        Some(set.remove(place))
    }

    /// A trap has sprung: its server's life has ended by it.
    pub fn sprung(&self, trap: Trap) {
        self.sprung.lock().push(trap);
        self.any_sprung.notify_one();
    }
}
