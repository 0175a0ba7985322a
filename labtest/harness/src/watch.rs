//! What there is to see of a run, for those who look at every event: the checks and the recorder.
//!
//! Everything that happens passes through one [`Watch`] a run: messages as the network's observer
//! sees them, the state of each server after every step in which it changed, faults, applied
//! values, client operations. Watchers look and change nothing, so a run is the same with them and
//! without.

mod persister;

use crate::api::clients::{Answer, Operation, StoreOperation};
use crate::api::ending::Ending;
use crate::api::life::Life;
use crate::{Budgets, Peer, Violation};
use ::persister::Stored;
use labrpc::{NetworkEvent, Observer};
use labtrace::trace::Fault;
use parking_lot::Mutex;
use raft::{Inspection, Started};
use runtime::{Instant, Node};
use std::sync::Arc;

pub(crate) use persister::WatchedPersister;

/// One thing that happened.
pub(crate) enum Sight<'a> {
    /// To a message. Seen under the network's lock: neither the network nor a server may be called.
    Message(&'a NetworkEvent<'a>),
    /// To the state of a server, where its implementation shows it.
    State { who: Life, state: &'a Inspection, peer: &'a dyn Peer },
    /// A server that says it leads has accepted a command, to be at that index.
    Submitted { who: Life, started: Started, command: &'a [u8] },
    /// A server took a committed command.
    Applied { who: Life, index: u64, command: &'a [u8] },
    /// A server took a snapshot from its Raft.
    AppliedSnapshot { who: Life, index: u64 },
    /// The service of a server took a snapshot of its state, for its Raft to keep.
    TookSnapshot { who: Life, index: u64 },
    /// A server was started, for the first time or again. What the snapshot on its disk stands for
    /// counts as applied.
    Started { who: Life, applied: u64 },
    /// What a server said about itself when the tester asked.
    Said { who: Life, term: u64, is_leader: bool },
    /// A server is about to be started from what its disk holds.
    Booting { who: Life, stored: &'a Stored },
    /// A server's life ended. Its last `lost_writes` writes were not durable and are lost.
    Crashed { server: usize, lost_writes: usize },
    /// A server has handed something to its disk.
    Written { who: Life, write: Written<'a> },
    /// The first `writes` writes of a life are durable.
    Synced { who: Life, writes: u64 },
    /// Nothing is broken from now on, so this must be enough.
    FaultFreeBegins(&'a Budgets),
    /// Faults may follow.
    FaultFreeEnds,
    /// A fault began or ended.
    Fault(&'a Fault),
    /// A client's operation began.
    Invoked(&'a Operation),
    /// A client's operation ended.
    Answered(&'a Operation, Answer),
    /// A client of the store has asked for something.
    StoreInvoked(&'a StoreOperation),
    /// A client of the store was answered, or has given up.
    StoreAnswered(&'a StoreOperation, &'a Result<kv::Answer, kv::ClerkError>),
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
    /// Whether servers are asked for their state.
    inspects: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    watchers: Vec<Box<dyn Watcher>>,
    /// The present life of each server.
    lives: Vec<Option<Watched>>,
    /// The nodes of these lives. They are looked through after every step of the run.
    nodes: Vec<Option<u64>>,
    highest_term: u64,
}

struct Watched {
    who: Life,
    peer: Arc<dyn Peer>,
    /// The number of its changes when it was seen last.
    changes: Option<u64>,
    /// The state that was seen last.
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
        let inner = Inner { watchers, lives, nodes: vec![None; servers], highest_term: 0 };
        Arc::new(Watch { ending, inspects, inner: Mutex::new(inner) })
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

    /// The highest term that a server has shown.
    pub(crate) fn highest_term(&self) -> u64 {
        self.inner.lock().highest_term
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
    pub(crate) fn started(&self, who: Life, applied: u64, node: &Node, peer: &Arc<dyn Peer>) {
        self.show(&Sight::Started { who, applied });
        let life = Watched { who, peer: Arc::clone(peer), changes: None, state: None };
        let mut inner = self.inner.lock();
        inner.lives[who.server] = Some(life);
        inner.nodes[who.server] = Some(node.id());
        drop(inner);
        self.look_at(who.server);
    }

    /// The server's life has ended.
    pub(crate) fn crashed(&self, server: usize, lost_writes: usize) {
        self.show(&Sight::Crashed { server, lost_writes });
        let mut inner = self.inner.lock();
        inner.nodes[server] = None;
        let life = inner.lives[server].take();
        drop(inner);
        // What the peer holds may call back while it is dropped.
        drop(life);
    }

    /// The run is over. Servers hold disks and ends that show what happens to them here, and are
    /// held here: without this nothing of a run would ever be dropped.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.lock();
        inner.nodes.fill(None);
        let lives: Vec<Watched> = inner.lives.iter_mut().filter_map(Option::take).collect();
        drop(inner);
        // What the peers hold may call back while it is dropped.
        drop(lives);
    }

    /// The simulation has made a step on that node.
    fn stepped(&self, node: u64) {
        let mut inner = self.inner.lock();
        if let Some(server) = inner.nodes.iter().position(|&of_life| of_life == Some(node)) {
            self.inspect(&mut inner, server);
        }
    }

    /// Shows the state of a server if it changed. Called where no code of it is running: after a
    /// step, and after the tester itself called one of its methods.
    pub(crate) fn look_at(&self, server: usize) {
        // On the real clock its code may be running, and wait for us.
        if !self.inspects || !runtime::is_simulated() {
            return;
        }
        let mut inner = self.inner.lock();
        if !inner.watchers.is_empty() {
            self.inspect(&mut inner, server);
        }
    }

    fn inspect(&self, inner: &mut Inner, server: usize) {
        let Some(life) = &mut inner.lives[server] else { return };
        let changes = life.peer.changes();
        if changes.is_some() && changes == life.changes {
            debug_assert_eq!(life.peer.inspect(), life.state, "it changed and `changes` did not");
            return;
        }
        life.changes = changes;
        let state = life.peer.inspect();
        if state == life.state {
            return;
        }
        life.state = state;
        if let Some(state) = &life.state {
            inner.highest_term = inner.highest_term.max(state.term);
            let sight = Sight::State { who: life.who, state, peer: &*life.peer };
            self.show_to(&mut inner.watchers, &sight);
        }
    }
}

impl Observer for Watch {
    fn observe(&self, event: &NetworkEvent<'_>) {
        self.show(&Sight::Message(event));
    }
}
