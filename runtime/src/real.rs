//! The real clock: tokio's tasks and timers, arranged in nodes.
//!
//! This is the one module of the crate that may use tokio's clock and tasks.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::clock::{Clock, Instant};
use parking_lot::Mutex;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use tokio::task::{AbortHandle, JoinSet};

tokio::task_local! {
    static NODE: Arc<RealNode>;
}

/// A machine on the real clock: a set of tokio tasks that can be ended or held together.
#[derive(Debug)]
pub(crate) struct RealNode {
    id: u64,
    name: String,
    alive: AtomicBool,
    paused: AtomicBool,
    held: Mutex<Vec<Waker>>,
    clock: Mutex<Clock>,
    tasks: Mutex<JoinSet<()>>,
}

/// The node that the calling task runs on, the process's own one when it runs on none.
pub(crate) fn current_node() -> Arc<RealNode> {
    NODE.try_with(Arc::clone).unwrap_or_else(|_| main_node())
}

pub(crate) fn main_node() -> Arc<RealNode> {
    static MAIN: OnceLock<Arc<RealNode>> = OnceLock::new();
    Arc::clone(MAIN.get_or_init(|| Arc::new(RealNode::new("main"))))
}

pub(crate) fn on_node<R>(node: Arc<RealNode>, f: impl FnOnce() -> R) -> R {
    NODE.sync_scope(node, f)
}

pub(crate) fn true_now() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
}

pub(crate) fn now() -> Instant {
    Instant::from_nanos(current_node().clock.lock().local(true_now()))
}

#[track_caller]
pub(crate) fn sleep_until(deadline: Instant) -> tokio::time::Sleep {
    assert_tokio("sleep");
    let now = true_now();
    let due = current_node().clock.lock().true_time(deadline.as_nanos(), now);
    tokio::time::sleep(Instant::from_nanos(due).since(Instant::from_nanos(now)))
}

#[track_caller]
pub(crate) fn offload(work: impl FnOnce() + Send + 'static) {
    assert_tokio("offload");
    // The work itself notifies its waiter. A panic in it is reported by the panic hook.
    drop(tokio::task::spawn_blocking(work));
}

/// Says what is wrong where tokio itself would only say that it is not there.
#[track_caller]
pub(crate) fn assert_tokio(what: &str) {
    assert!(
        tokio::runtime::Handle::try_current().is_ok(),
        "runtime::{what} was called on a thread that is neither a simulation's nor tokio's: code under \
         test must not start threads, but tasks with runtime::spawn"
    );
}

impl RealNode {
    pub(crate) fn new(name: &str) -> RealNode {
        static NODES: AtomicU64 = AtomicU64::new(0);
        RealNode {
            id: NODES.fetch_add(1, Ordering::Relaxed),
            name: name.to_owned(),
            alive: AtomicBool::new(true),
            paused: AtomicBool::new(false),
            held: Mutex::default(),
            clock: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Needs tokio around it, see [`assert_tokio`].
    pub(crate) fn spawn(
        self: &Arc<Self>,
        future: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Option<AbortHandle> {
        if !self.is_alive() {
            return None;
        }
        let task = NODE.scope(Arc::clone(self), Held { node: Arc::clone(self), future });
        let mut tasks = self.tasks.lock();
        // A JoinSet keeps the ends of its tasks until they are asked for.
        while tasks.try_join_next().is_some() {}
        Some(tasks.spawn(task))
    }

    pub(crate) fn kill(&self) {
        self.alive.store(false, Ordering::Release);
        self.tasks.lock().abort_all();
        self.resume();
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    pub(crate) fn pause(&self) {
        self.paused.store(true, Ordering::Release);
    }

    pub(crate) fn resume(&self) {
        self.paused.store(false, Ordering::Release);
        let held = std::mem::take(&mut *self.held.lock());
        held.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    /// Pending while the node is paused; its resumption wakes the task.
    pub(crate) fn poll_resumed(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut held = self.held.lock();
        if !self.is_paused() {
            return Poll::Ready(());
        }
        held.push(context.waker().clone());
        Poll::Pending
    }

    pub(crate) fn change_clock(&self, change: impl FnOnce(&mut Clock, u64)) {
        change(&mut self.clock.lock(), true_now());
    }
}

/// A task that stands still while its node is paused.
struct Held {
    node: Arc<RealNode>,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Future for Held {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        std::task::ready!(self.node.poll_resumed(context));
        self.future.as_mut().poll(context)
    }
}
