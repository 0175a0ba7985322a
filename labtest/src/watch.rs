//! What there is to see of a run, for those who look at every event: the checks and the recorder.
//!
//! Everything that happens passes through one [`Watch`] a run: messages as the network's observer
//! sees them, the inside of each server after every step in which it changed, faults, applied
//! values, client operations. Watchers look and change nothing, so a run is the same with them and
//! without.

mod persister;

use crate::cluster::Ending;
use crate::oracle::Incarnation;
use crate::oracle::efficiency::Budgets;
use crate::{Peer, Violation};
use ::persister::Stored;
use labrpc::{NetworkEvent, Observer};
use parking_lot::Mutex;
use raft::Inspection;
use runtime::{Instant, Node};
use std::sync::Arc;

pub(crate) use persister::WatchedPersister;

/// One thing that happened. It says all that there is to say; the checks need only some of it.
#[allow(dead_code)]
pub(crate) enum Sight<'a> {
    /// To a message. Seen under the network's lock: neither the network nor a server may be called.
    Message(&'a NetworkEvent<'a>),
    /// To the inside of a server, where its implementation shows it.
    State { who: Incarnation, state: &'a Inspection, peer: &'a dyn Peer },
    /// A server took a committed command.
    Applied { who: Incarnation, index: u64, command: &'a [u8] },
    /// A server took a snapshot from its Raft.
    AppliedSnapshot { who: Incarnation, index: u64 },
    /// A server is about to be started from what its disk holds.
    Booting { who: Incarnation, stored: &'a Stored },
    /// A server was started, for the first time or again.
    Started { who: Incarnation },
    /// A server's life ended. Of what it had written, so much was not durable and is lost.
    Crashed { server: usize, lost_writes: usize },
    /// A server has handed something to its disk.
    Written { who: Incarnation, write: Written<'a> },
    /// The first so many writes of a life are durable.
    Synced { who: Incarnation, writes: u64 },
    /// Nothing is broken from now on, so this must be enough.
    FaultFreeBegins(&'a Budgets),
    /// Faults may follow.
    FaultFreeEnds,
    /// A fault began or ended.
    Fault { phase: Phase, what: &'static str, servers: &'a [usize], text: &'a str },
    /// A client's operation began, or ended with an outcome.
    Client { client: usize, operation: u64, text: &'a str, phase: Phase, outcome: &'static str },
    /// A step of the scenario.
    Note(&'a str),
}

/// Something for a disk.
pub(crate) enum Written<'a> {
    /// A record of the journal.
    Record(&'a [u8]),
    /// The whole state, alone or together with a snapshot.
    State { bytes: &'a [u8], with_snapshot: bool },
}

/// Which end of something that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Begin,
    End,
}

/// Somebody who looks at every event of a run.
pub(crate) trait Watcher: Send {
    /// Looks at one event, at its true time.
    ///
    /// # Errors
    /// A violation, which ends the run.
    fn see(&mut self, at: Instant, sight: &Sight<'_>) -> Result<(), Violation>;
}

/// Shows a run's events to its watchers.
pub(crate) struct Watch {
    ending: Arc<Ending>,
    /// Whether servers are asked what they look like inside.
    inspects: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    watchers: Vec<Box<dyn Watcher>>,
    /// The present life of each server.
    lives: Vec<Option<Life>>,
}

struct Life {
    node: u64,
    who: Incarnation,
    peer: Arc<dyn Peer>,
    /// What was seen of its inside last.
    state: Option<Inspection>,
}

impl Watch {
    pub(crate) fn new(
        servers: usize,
        watchers: Vec<Box<dyn Watcher>>,
        ending: Arc<Ending>,
        inspects: bool,
    ) -> Arc<Watch> {
        let lives = (0..servers).map(|_| None).collect();
        Arc::new(Watch { ending, inspects, inner: Mutex::new(Inner { watchers, lives }) })
    }

    /// Has the simulation's steps looked at from now on. On the real clock nothing stands still to
    /// be looked at, and only what is shown is seen.
    pub(crate) fn begin(self: &Arc<Self>) {
        if !self.inspects || !self.has_watchers() {
            return;
        }
        let watch = Arc::clone(self);
        runtime::observe_steps(move |node| watch.stepped(node));
    }

    /// Whether anybody looks.
    pub(crate) fn has_watchers(&self) -> bool {
        !self.inner.lock().watchers.is_empty()
    }

    /// Shows one event.
    pub(crate) fn show(&self, sight: &Sight<'_>) {
        let mut inner = self.inner.lock();
        self.show_to(&mut inner.watchers, sight);
    }

    fn show_to(&self, watchers: &mut [Box<dyn Watcher>], sight: &Sight<'_>) {
        let at = runtime::true_now();
        for watcher in watchers {
            if let Err(violation) = watcher.see(at, sight) {
                self.ending.fail(violation.into());
            }
        }
    }

    /// A server has been started on that node.
    pub(crate) fn started(&self, who: Incarnation, node: &Node, peer: &Arc<dyn Peer>) {
        self.show(&Sight::Started { who });
        let life = Life { node: node.id(), who, peer: Arc::clone(peer), state: None };
        self.inner.lock().lives[who.server] = Some(life);
        self.look_at(who.server);
    }

    /// The server's life has ended.
    pub(crate) fn crashed(&self, server: usize, lost_writes: usize) {
        self.show(&Sight::Crashed { server, lost_writes });
        let life = self.inner.lock().lives[server].take();
        // What the peer holds may call back while it is dropped.
        drop(life);
    }

    /// The simulation has made a step on that node.
    fn stepped(&self, node: u64) {
        let server = {
            let inner = self.inner.lock();
            inner.lives.iter().position(|life| life.as_ref().is_some_and(|life| life.node == node))
        };
        if let Some(server) = server {
            self.look_at(server);
        }
    }

    /// Shows the inside of a server if it changed. Called where nobody is inside of it: after a
    /// step, and after the tester itself called one of its methods.
    pub(crate) fn look_at(&self, server: usize) {
        if !self.inspects {
            return;
        }
        let mut inner = self.inner.lock();
        let Inner { watchers, lives } = &mut *inner;
        // On the real clock somebody may be inside of it, and wait for us.
        if watchers.is_empty() || !runtime::is_simulated() {
            return;
        }
        let Some(life) = &mut lives[server] else { return };
        let state = life.peer.inspect();
        if state == life.state {
            return;
        }
        life.state = state;
        if let Some(state) = &life.state {
            self.show_to(watchers, &Sight::State { who: life.who, state, peer: &*life.peer });
        }
    }
}

impl Observer for Watch {
    fn observe(&self, event: &NetworkEvent<'_>) {
        self.show(&Sight::Message(event));
    }
}
