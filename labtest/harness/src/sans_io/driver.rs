//! What is done for a core, one step at a time.

use super::core::{Core, Outgoing, Output, Written};
use super::reads::Reads;
use super::receiving::Receiving;
use super::sending::{Due, Next, Sending};
use super::wire::{Piece, RECEIVED, Wire};
use bytes::Bytes;
use labrpc::{ClientEnd, encode};
use parking_lot::Mutex;
use persister::{PersistError, Persister, SyncFuture};
use raft_api::ApplyMsg;
use runtime::Node;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// A core and its surroundings, in the hands of all tasks of a server.
pub(super) struct Driver<C> {
    pub(super) life: Mutex<Life<C>>,
    /// How often something may have changed.
    pub(super) changes: AtomicU64,
    pub(super) me: usize,
    pub(super) peers: Vec<ClientEnd>,
    pub(super) persister: Arc<dyn Persister>,
    /// Something was done from outside the node, and has to be carried out on it.
    pub(super) pump: Notify,
    pub(super) applier: Notify,
}

/// What changes in the course of a life.
pub(super) struct Life<C> {
    pub(super) core: C,
    pub(super) is_over: bool,
    /// How many writes the disk was handed, and how many of these are durable.
    writes: u64,
    durable: u64,
    /// Messages, each with the number of writes that it waits for.
    promises: VecDeque<(u64, Outgoing)>,
    /// For the service, each with the number of writes that it waits for.
    to_apply: VecDeque<(u64, ApplyMsg)>,
    applied: u64,
    pub(super) reads: Reads,
    sending: Sending,
    receiving: Receiving,
}

impl<C: Core> Life<C> {
    pub(super) fn new(core: C, sending: Sending, receiving: Receiving) -> Life<C> {
        Life {
            core,
            is_over: false,
            writes: 0,
            durable: 0,
            promises: VecDeque::new(),
            to_apply: VecDeque::new(),
            applied: 0,
            reads: Reads::default(),
            sending,
            receiving,
        }
    }

    /// Nothing of it is seen from now on.
    pub(super) fn end(&mut self) {
        self.is_over = true;
        self.promises.clear();
        self.to_apply.clear();
        self.reads = Reads::default();
    }

    fn next_to_apply(&mut self) -> Option<ApplyMsg> {
        let (writes, _) = self.to_apply.front()?;
        if *writes > self.durable {
            return None;
        }
        self.to_apply.pop_front().map(|(_, message)| message)
    }

    /// The service has taken everything up to there. It may ask for a snapshot sooner than the task that hands it
    /// messages goes on.
    pub(super) fn applied(&mut self, index: u64) {
        if index > self.applied {
            self.applied = index;
            self.core.applied(index);
        }
    }
}

impl<C: Core> Driver<C> {
    pub(super) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes the core, and carries out what it wants then. On the server's own node.
    pub(super) fn act<R>(
        self: &Arc<Self>,
        life: &mut Life<C>,
        change: impl FnOnce(&mut Life<C>) -> R,
    ) -> Option<R> {
        if life.is_over {
            return None;
        }
        self.note_change();
        let result = change(life);
        loop {
            let output = life.core.output();
            let is_done = output.is_empty();
            self.carry_out(life, output);
            let has_stepped = self.keep_promises(life);
            if life.is_over || (is_done && !has_stepped) {
                break;
            }
        }
        let state = life.core.state();
        life.reads.fail_unless_led(state);
        life.sending.end_unless_led(state);
        if !life.to_apply.is_empty() {
            self.applier.notify_one();
        }
        Some(result)
    }

    fn carry_out(self: &Arc<Self>, life: &mut Life<C>, output: Output) {
        let Output { messages, write, promises, apply, reads } = output;
        for message in messages {
            self.send(life, message);
        }
        if let Some(written) = write {
            self.write(life, written);
        }
        if life.is_over {
            return;
        }
        let waits_for = life.writes;
        life.promises.extend(promises.into_iter().map(|message| (waits_for, message)));
        life.to_apply.extend(apply.into_iter().map(|message| match message {
            ApplyMsg::Snapshot { .. } => (waits_for, message),
            _ => (0, message),
        }));
        for (read, index) in reads {
            life.reads.answer(read, index);
        }
    }

    fn send(&self, life: &mut Life<C>, message: Outgoing) {
        let Outgoing { to, method, bytes, snapshot } = message;
        if to == self.me {
            life.core.step(&bytes, snapshot).expect("a core understands its own messages");
            return;
        }
        let bytes = Bytes::from(bytes);
        match snapshot {
            None => self.tell(to, method, &Wire::Message(bytes)),
            Some(snapshot) => {
                let term = life.core.state().term;
                let first = life.sending.begin(to, term, method, (bytes, snapshot));
                if let Some((method, piece)) = first {
                    self.tell(to, method, &Wire::Piece(piece));
                }
            }
        }
    }

    fn tell(&self, to: usize, method: &'static str, wire: &Wire) {
        self.peers[to].send(method, encode(wire).expect("numbers and bytes have an encoding"));
    }

    /// Something arrives from another server.
    pub(super) fn hears(&self, life: &mut Life<C>, wire: Wire) -> Result<(), String> {
        match wire {
            Wire::Message(message) => life.core.step(&message, None),
            Wire::Piece(piece) => self.hears_piece(life, piece),
            Wire::Received(received) => {
                let to = received.by;
                match life.sending.received(received) {
                    Some(Next::Send((method, piece))) => self.tell(to, method, &Wire::Piece(piece)),
                    Some(Next::Arrived) => life.core.snapshot_sent(to, true),
                    None => {}
                }
                Ok(())
            }
        }
    }

    fn hears_piece(&self, life: &mut Life<C>, piece: Piece) -> Result<(), String> {
        let from = piece.id.from;
        if from >= self.peers.len() {
            return Err(format!("there is no server {from}"));
        }
        let Some((received, whole)) = life.receiving.take(piece) else { return Ok(()) };
        self.tell(from, RECEIVED, &Wire::Received(received));
        match whole {
            Some((message, snapshot)) => life.core.step(&message, Some(snapshot)),
            None => Ok(()),
        }
    }

    /// Sends what has waited for writes that are durable now. True when there was any.
    fn keep_promises(&self, life: &mut Life<C>) -> bool {
        let mut were_any = false;
        while life.promises.front().is_some_and(|(writes, _)| *writes <= life.durable) {
            let Some((_, message)) = life.promises.pop_front() else { break };
            self.send(life, message);
            were_any = true;
        }
        were_any
    }

    fn write(self: &Arc<Self>, life: &mut Life<C>, written: Written) {
        let Written { number, write } = written;
        life.writes += 1;
        let writes = life.writes;
        match write.hand_to(&*self.persister) {
            SyncFuture::Ready(Some(outcome)) => Self::synced(life, writes, number, outcome),
            wait => {
                let driver = Arc::clone(self);
                runtime::detach(async move {
                    let outcome = wait.await;
                    let mut life = driver.life.lock();
                    driver.act(&mut life, |life| Self::synced(life, writes, number, outcome));
                });
            }
        }
    }

    /// A disk that has failed may have lost what this server builds on: it must not go on.
    fn synced(life: &mut Life<C>, writes: u64, number: u64, outcome: Result<(), PersistError>) {
        match outcome {
            Ok(()) if writes > life.durable => {
                life.durable = writes;
                life.core.durable(number);
            }
            // A later sync was sooner.
            Ok(()) => {}
            Err(_) => {
                life.end();
                Node::current().kill();
            }
        }
    }

    pub(super) async fn ticks(self: Arc<Self>, phase: Duration) {
        runtime::sleep(phase).await;
        loop {
            // Ticks that a machine misses while it stands still are lost.
            runtime::sleep(super::TICK).await;
            let mut life = self.life.lock();
            if !life.is_over {
                self.tick(&mut life);
            }
        }
    }

    fn tick(self: &Arc<Self>, life: &mut Life<C>) {
        life.receiving.tick();
        let Due { send, given_up } = life.sending.tick();
        for (to, (method, piece)) in send {
            self.tell(to, method, &Wire::Piece(piece));
        }
        if life.core.tick() || !given_up.is_empty() {
            self.act(life, |life| {
                given_up.into_iter().for_each(|to| life.core.snapshot_sent(to, false));
            });
        }
    }

    pub(super) async fn pumps(self: Arc<Self>) {
        loop {
            self.pump.notified().await;
            self.act(&mut self.life.lock(), |_| ());
        }
    }

    /// What is committed goes to the service, in order.
    pub(super) async fn applies(self: Arc<Self>, service: mpsc::Sender<ApplyMsg>) {
        loop {
            let next = self.life.lock().next_to_apply();
            let Some(message) = next else {
                self.applier.notified().await;
                continue;
            };
            let index = message.index();
            if service.send(message).await.is_err() {
                return;
            }
            self.act(&mut self.life.lock(), |life| life.applied(index));
        }
    }
}
