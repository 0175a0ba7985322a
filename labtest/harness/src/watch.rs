//! Shows everything that happens in a run to the checks and to the run's watchers.
//!
//! It passes through one [`Watch`] a run: messages as the network's observer sees them, the internal
//! state of each server after every step in which it changed, faults, applied values, what servers say,
//! client operations. The checks judge, and their first violation ends the run; watchers only look.
//! Neither changes anything, so a run is the same with them and without.

mod persister;

use crate::api::ending::Ending;
use crate::api::life::Life;
use crate::checks::Oracle;
use crate::novelty::Drawing;
use crate::{Failure, Outcome, Peer, Violation};
use labrpc::{NetworkEvent, Observer};
use parking_lot::Mutex;
use raft::Inspection;
use runtime::Node;
use std::sync::Arc;

pub(crate) use crate::sight::{Sight, Watcher, Written};
pub(crate) use persister::WatchedPersister;

/// Shows a run's events to its checks and watchers.
pub(crate) struct Watch {
    ending: Arc<Ending>,
    /// Whether messages, states and disks are to be seen.
    sees_all: bool,
    /// Whether servers are asked for their internal state.
    inspects: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    viewers: Viewers,
    /// The present life of each server.
    lives: Vec<Option<Watched>>,
    /// The nodes of these lives. They are looked through after every step of the run.
    nodes: Vec<Option<u64>>,
    highest_term: u64,
}

/// Those to whom events are shown.
struct Viewers {
    oracle: Oracle,
    watchers: Vec<Box<dyn Watcher>>,
    drawing: Option<Drawing>,
}

struct Watched {
    who: Life,
    peer: Arc<dyn Peer>,
    /// The number of its changes when it was seen last.
    changes: Option<u64>,
    /// The internal state that was seen last.
    state: Option<Inspection>,
}

impl Watch {
    pub(crate) fn new(
        servers: usize,
        oracle: Oracle,
        (watchers, drawing): (Vec<Box<dyn Watcher>>, Option<Drawing>),
        ending: Arc<Ending>,
        inspects: bool,
    ) -> Arc<Watch> {
        let lives = (0..servers).map(|_| None).collect();
        let sees_all = oracle.sees_all();
        let viewers = Viewers { oracle, watchers, drawing };
        let inner = Inner { viewers, lives, nodes: vec![None; servers], highest_term: 0 };
        Arc::new(Watch { ending, sees_all, inspects, inner: Mutex::new(inner) })
    }

    /// Looks at the simulation after each step from now on. On the real clock nothing stands still to be looked
    /// at, and only what is shown is seen.
    pub(crate) fn begin(self: &Arc<Self>) {
        if !self.inspects || !self.sees_all {
            return;
        }
        let watch = Arc::clone(self);
        runtime::observe_steps(move |node| watch.stepped(node));
    }

    /// Whether messages, states and disks are to be seen.
    pub(crate) fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// The highest term that a server showed or said.
    pub(crate) fn highest_term(&self) -> u64 {
        // A server that is cut off stands in term after term, unasked.
        let inner = self.inner.lock();
        inner.highest_term.max(inner.viewers.oracle.highest_term_said())
    }

    /// Asks the checks for what they know. The network may not be called meanwhile.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Oracle) -> T) -> T {
        question(&self.inner.lock().viewers.oracle)
    }

    /// Shows one event. What is wrong with it ends the run.
    pub(crate) fn show(&self, sight: &Sight<'_>) {
        // The failure is kept as the run's end.
        let _ = self.try_show(sight);
    }

    /// Shows one event, for a caller that stops when something is wrong with it.
    ///
    /// # Errors
    /// A violation, which ends the run.
    pub(crate) fn try_show(&self, sight: &Sight<'_>) -> Outcome {
        self.inner.lock().viewers.see(sight, &self.ending)
    }

    /// A server has been started on that node.
    pub(crate) fn started(&self, who: Life, applied: u64, node: &Node, peer: &Arc<dyn Peer>) {
        self.show(&Sight::Started { who, applied, peer: &**peer });
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

    /// Shows the internal state of a server if it changed. Called where none of its methods is under
    /// way: after a step, and after the tester itself called one.
    pub(crate) fn look_at(&self, server: usize) {
        // On the real clock a thread may be in one of its methods, and wait for us.
        if !self.inspects || !self.sees_all || !runtime::is_simulated() {
            return;
        }
        self.inspect(&mut self.inner.lock(), server);
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
        let who = life.who;
        let sight = match &life.state {
            Some(state) => {
                inner.highest_term = inner.highest_term.max(state.term);
                Sight::State { who, state, peer: &*life.peer }
            }
            None => Sight::StateHidden { who },
        };
        // The failure is kept as the run's end.
        let _ = inner.viewers.see(&sight, &self.ending);
    }
}

impl Viewers {
    fn see(&mut self, sight: &Sight<'_>, ending: &Ending) -> Outcome {
        let at = runtime::true_now();
        if let Some(drawing) = &mut self.drawing {
            drawing.before(at, sight, &self.oracle);
        }
        let checked = self.oracle.see(at, sight);
        // What the checks object to is seen, and recorded, too.
        for watcher in &mut self.watchers {
            watcher.see(at, sight);
        }
        if let Some(drawing) = &mut self.drawing {
            drawing.after(sight, &self.oracle);
        }
        match checked {
            Ok(()) => Ok(()),
            Err(violation) => Err(fail(violation, ending)),
        }
    }
}

/// Ends the run. Out of line: it happens once a run, and what is around it at every event.
#[cold]
fn fail(violation: Violation, ending: &Ending) -> Failure {
    let failure = Failure::from(violation);
    ending.fail(failure.clone());
    failure
}

impl Observer for Watch {
    fn observe(&self, event: &NetworkEvent<'_>) {
        self.show(&Sight::Message(event));
    }
}
