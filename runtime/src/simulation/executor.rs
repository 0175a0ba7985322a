//! The simulation's executor: one thread, a virtual clock, tasks that belong to nodes.
//!
//! It does one thing at a time: while tasks are ready it polls one of them, drawn from the seed;
//! when none is, it takes the next due thing off the queue and moves the clock there. Nothing else
//! moves time.

use super::error::{SimulationError, TaskInfo};
use super::machines::{Machines, Parked};
use super::pulse::Pulse;
use super::queue::{Due, Queue, TimerKey, What};
use super::reseedings::Reseedings;
use super::spinning::Spinning;
use super::tasks::{BoxedTask, TaskKey, TaskOrigin, Tasks};
use crate::clock::Clock;
use crate::rng::{Rng, Source, set_source};
use crate::sink::EventSink;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

/// The node of the run itself.
const MAIN: u32 = 0;

pub(crate) struct Executor {
    pub(crate) run: u32,
    pub(crate) hash: Cell<u64>,
    pub(crate) steps: Cell<u64>,
    pub(crate) machines: Machines,
    now: Cell<u64>,
    closing: Cell<bool>,
    current_node: Cell<u32>,
    current_task: Cell<Option<TaskKey>>,
    scheduling: RefCell<Rng>,
    pub(super) reseedings: Reseedings,
    tasks: Tasks,
    queue: RefCell<Queue>,
    sinks: RefCell<Vec<Arc<dyn EventSink>>>,
    step_observer: RefCell<Option<StepObserver>>,
    spinning: Spinning,
    /// What the current step does, where that has a name.
    pub(super) doing: Cell<Option<&'static str>>,
    pulse: Option<Arc<Pulse>>,
    pub(super) keeps_backtrace: bool,
    /// Of the first panic that ended something.
    pub(super) backtrace: RefCell<Option<Backtrace>>,
}

/// Is told the node that acted in a step.
type StepObserver = Box<dyn Fn(u32)>;

impl Executor {
    /// `run` tells its handles from those of other runs on the same thread.
    pub(crate) fn new(seed: u64, run: u32, pulse: Option<Arc<Pulse>>) -> Executor {
        set_source(Source { seed, reseedings: 0 });
        let executor = Executor {
            run,
            hash: Cell::new(seed),
            steps: Cell::new(0),
            machines: Machines::default(),
            now: Cell::new(0),
            closing: Cell::new(false),
            current_node: Cell::new(MAIN),
            current_task: Cell::new(None),
            scheduling: RefCell::new(Rng::of_run("scheduling", 0)),
            reseedings: Reseedings::default(),
            tasks: Tasks::default(),
            queue: RefCell::new(Queue::new(u64::from(run) << 40)),
            sinks: RefCell::default(),
            step_observer: RefCell::default(),
            spinning: Spinning::default(),
            doing: Cell::new(None),
            pulse,
            keeps_backtrace: false,
            backtrace: RefCell::default(),
        };
        if let Some(pulse) = &executor.pulse {
            pulse.begin();
        }
        executor.add_node("main");
        executor
    }

    #[inline]
    pub(crate) fn true_now(&self) -> u64 {
        self.now.get()
    }

    /// What the current node's clock shows.
    #[inline]
    pub(crate) fn local_now(&self) -> u64 {
        self.machines.clock(self.current_node.get()).local(self.now.get())
    }

    /// Code under test has called the runtime.
    #[inline]
    pub(crate) fn note_call(&self) {
        self.spinning.call();
    }

    // ---- nodes ----

    pub(crate) fn add_node(&self, name: &str) -> u32 {
        if let Some(pulse) = &self.pulse {
            pulse.name_node(name);
        }
        self.machines.add(name)
    }

    pub(crate) fn current_node(&self) -> u32 {
        self.current_node.get()
    }

    /// Runs `f` as if on that node.
    pub(crate) fn on_node<R>(&self, node: u32, f: impl FnOnce() -> R) -> R {
        let before = self.current_node.get();
        self.set_node(node);
        let _restore = Restore { executor: self, before };
        f()
    }

    #[inline]
    fn set_node(&self, node: u32) {
        self.current_node.set(node);
        if let Some(pulse) = &self.pulse {
            pulse.on_node(node);
        }
    }

    /// Drops the node's tasks where they stand. Events still happen, for their sinks to clean up.
    pub(crate) fn kill(&self, node: u32) {
        for entry in self.machines.kill(node) {
            if let Parked::Event { sink, token } = entry {
                self.add_event(0, sink, node, token);
            }
        }
        self.tasks.abort_node(node);
    }

    /// What became ready or due during the pause happens now.
    pub(crate) fn resume(&self, node: u32) {
        for entry in self.machines.resume(node) {
            match entry {
                Parked::Task(key) => self.tasks.make_ready(key),
                Parked::Timer(key) => self.fire_timer(key),
                Parked::Event { sink, token } => self.add_event(0, sink, node, token),
            }
        }
    }

    pub(crate) fn change_clock(&self, node: u32, change: impl FnOnce(&mut Clock, u64)) {
        let now = self.now.get();
        let clock = self.machines.change_clock(node, |clock| change(clock, now));
        self.queue.borrow_mut().reschedule(node, &clock, now);
    }

    // ---- timers and events ----

    /// `deadline` is on the clock of the current node.
    pub(crate) fn add_timer(&self, deadline: u64, waker: &Waker) -> TimerKey {
        let node = self.current_node.get();
        let at = self.machines.clock(node).true_time(deadline, self.now.get());
        self.queue.borrow_mut().add_timer(at, node, deadline, waker.clone())
    }

    pub(crate) fn rewake_timer(&self, key: TimerKey, waker: &Waker) -> bool {
        self.queue.borrow_mut().rewake(key, waker)
    }

    pub(crate) fn cancel_timer(&self, key: TimerKey) {
        self.queue.borrow_mut().cancel(key);
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.queue.borrow_mut().next_at()
    }

    fn fire_timer(&self, key: TimerKey) {
        let waker = self.queue.borrow_mut().fire(key);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn add_sink(&self, sink: Arc<dyn EventSink>) -> u16 {
        let mut sinks = self.sinks.borrow_mut();
        sinks.push(sink);
        u16::try_from(sinks.len() - 1).expect("a run has few sources of events")
    }

    #[inline]
    pub(crate) fn add_event(&self, delay: u64, sink: u16, node: u32, token: u64) {
        let at = self.now.get().saturating_add(delay);
        self.queue.borrow_mut().add_event(at, sink, node, token);
    }

    // ---- tasks ----

    /// Returns `None` when the future was dropped at once: on a dead node, or while the run ends.
    pub(crate) fn spawn(
        &self,
        node: u32,
        spawned_at: &'static Location<'static>,
        future: BoxedTask,
    ) -> Option<TaskKey> {
        self.note_call();
        let possible = !self.closing.get() && self.machines.is_alive(node);
        possible.then(|| self.tasks.add(TaskOrigin { node, spawned_at }, future))
    }

    pub(crate) fn abort(&self, key: TaskKey) {
        self.tasks.abort(key);
    }

    fn poll(&self, key: TaskKey) {
        let Some(origin) = self.tasks.origin(key) else { return };
        let TaskOrigin { node, spawned_at } = origin;
        if self.machines.park_if_paused(node, || Parked::Task(key)) {
            return;
        }
        let Some((mut future, waker)) = self.tasks.begin_poll(key) else { return };
        self.current_task.set(Some(key));
        self.spinning.polls(origin);
        if let Some(pulse) = &self.pulse {
            pulse.in_task(spawned_at);
        }
        let mut context = Context::from_waker(&waker);
        let polled = self.on_node(node, || future.as_mut().poll(&mut context));
        self.current_task.set(None);
        self.tasks.end_poll(key, future, polled.is_ready());
        self.stepped(node);
    }

    pub(crate) fn observe_steps(&self, observer: StepObserver) {
        let before = self.step_observer.replace(Some(observer));
        drop(before);
    }

    /// What the run itself does is nobody's step.
    #[inline]
    fn stepped(&self, node: u32) {
        if node == MAIN {
            return;
        }
        if let Some(observer) = &*self.step_observer.borrow() {
            self.on_node(MAIN, || observer(node));
        }
    }

    // ---- the run ----

    /// Runs until `done`, an error or a limit.
    pub(crate) fn run(
        &self,
        time_limit: u64,
        step_limit: u64,
        done: impl Fn() -> bool,
    ) -> Result<(), SimulationError> {
        while !done() {
            self.steps.set(self.steps.get() + 1);
            if self.steps.get() > step_limit {
                return Err(SimulationError::StepLimit { steps: step_limit });
            }
            if self.spinning.step() {
                return Err(self.standstill());
            }
            if let Some(pulse) = &self.pulse {
                pulse.beat();
            }
            if let Some(key) = self.tasks.next_ready(&self.scheduling) {
                self.poll(key);
                continue;
            }
            let next = self.queue.borrow_mut().pop();
            let Some(due) = next else {
                return Err(SimulationError::Deadlock { blocked: self.blocked_tasks() });
            };
            if due.at > time_limit {
                let limit = Duration::from_nanos(time_limit);
                return Err(SimulationError::TimeLimit { limit });
            }
            if due.at > self.now.get() {
                self.now.set(due.at);
                self.reseedings.time_is(due.at);
                self.spinning.time_passes();
                if let Some(pulse) = &self.pulse {
                    pulse.time_is(due.at);
                }
            }
            self.happen(due);
        }
        Ok(())
    }

    fn happen(&self, due: Due) {
        match due.what {
            What::Timer { slot } => {
                let key = TimerKey::new(slot, due.sequence);
                let node = self.queue.borrow().node_of(slot);
                if !self.machines.park_if_paused(node, || Parked::Timer(key)) {
                    self.fire_timer(key);
                }
            }
            What::Event { sink, node, token } => {
                if !self.machines.park_if_paused(node, || Parked::Event { sink, token }) {
                    let sink = Arc::clone(&self.sinks.borrow()[usize::from(sink)]);
                    self.on_node(node, || sink.fire(token));
                    self.stepped(node);
                }
            }
        }
    }

    fn standstill(&self) -> SimulationError {
        let what = "a million steps at one instant, and no virtual time passes";
        let task = self.spinning.suspect().map(|it| self.info(it));
        SimulationError::Stuck { what, task, event: None }
    }

    fn info(&self, origin: TaskOrigin) -> TaskInfo {
        let node = self.machines.name(origin.node);
        TaskInfo { node, spawned_at: origin.spawned_at.to_string() }
    }

    fn blocked_tasks(&self) -> Vec<TaskInfo> {
        self.tasks.origins().into_iter().map(|origin| self.info(origin)).collect()
    }

    /// The task that was being polled, for a panic's report.
    pub(crate) fn current_task_info(&self) -> Option<TaskInfo> {
        let origin = self.tasks.origin(self.current_task.get()?)?;
        Some(self.info(origin))
    }

    /// What goes on beyond the current task, for the report of a panic: on which node, and what it does.
    pub(crate) fn current_event(&self) -> Option<String> {
        let node = self.machines.name(self.current_node.get());
        match (self.current_task_info(), self.doing.get()) {
            (None, doing) => Some(format!("on {node}, in the handler of {}", doing?)),
            (Some(task), _) if task.node != node => {
                Some(format!("on {node}, called from {}", task.node))
            }
            (Some(_), _) => None,
        }
    }

    /// Drops every task, timer and event source. What they spawn meanwhile is dropped as well.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        drop(self.step_observer.take());
        self.tasks.clear();
        let sinks = std::mem::take(&mut *self.sinks.borrow_mut());
        sinks.iter().for_each(|sink| sink.close());
        drop(sinks);
        self.queue.borrow_mut().clear();
    }
}

/// Puts the node back also when `f` panics, so that the report names the right one.
struct Restore<'a> {
    executor: &'a Executor,
    before: u32,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.executor.set_node(self.before);
    }
}
