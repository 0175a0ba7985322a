//! The simulation's executor: one thread, a virtual clock, tasks that belong to nodes.
//!
//! It does one thing at a time: while tasks are ready it polls one of them, drawn from the seed;
//! when none is, it takes the next due thing off the queue and moves the clock there. Nothing else
//! moves time.

use crate::clock::Clock;
use crate::events::EventSink;
use crate::rng::Rng;
use crate::simulation::{SimulationError, TaskInfo};
use crate::timers::{Due, Queue, TimerKey, What};
use parking_lot::Mutex;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Executor>>> = const { RefCell::new(None) };
    /// Tells the handles of one run from those of the next one on the same thread.
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

/// Calls `f` with the simulation on this thread, if there is one.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Executor) -> R) -> Option<R> {
    // A future may be dropped while the thread ends, after its thread-locals.
    CURRENT.try_with(|current| current.borrow().as_deref().map(f)).ok().flatten()
}

/// Makes the executor the thread's own until the guard is dropped.
pub(crate) struct Installed;

impl Installed {
    pub(crate) fn new(executor: Rc<Executor>) -> Installed {
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "a simulation can't run inside another one");
            *current = Some(executor);
        });
        Installed
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        CURRENT.take();
    }
}

pub(crate) type BoxedTask = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskKey {
    slot: u32,
    sequence: u32,
}

#[derive(Default)]
struct ReadyTasks(Mutex<Vec<TaskKey>>);

struct TaskWaker {
    key: TaskKey,
    queued: AtomicBool,
    ready: Arc<ReadyTasks>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.0.lock().push(self.key);
        }
    }
}

struct Task {
    sequence: u32,
    node: u32,
    spawned_at: &'static Location<'static>,
    state: TaskState,
    waker: Arc<TaskWaker>,
}

enum TaskState {
    Idle(BoxedTask),
    /// Its future is on the stack of `poll`.
    Polling,
    /// Polling, and to be dropped when the poll returns.
    Doomed,
}

struct NodeState {
    name: String,
    alive: bool,
    paused: bool,
    clock: Clock,
    /// What became ready or due while the node was paused, in that order.
    parked: Vec<Parked>,
}

enum Parked {
    Task(TaskKey),
    Timer(TimerKey),
    Event { sink: u32, token: u64 },
}

pub(crate) struct Executor {
    pub(crate) seed: u64,
    pub(crate) run: u32,
    pub(crate) hash: Cell<u64>,
    pub(crate) steps: Cell<u64>,
    now: Cell<u64>,
    closing: Cell<bool>,
    current_node: Cell<u32>,
    current_task: Cell<Option<TaskKey>>,
    scheduling: RefCell<Rng>,
    ready: Arc<ReadyTasks>,
    tasks: RefCell<Vec<Option<Task>>>,
    free_tasks: RefCell<Vec<u32>>,
    next_task: Cell<u32>,
    nodes: RefCell<Vec<NodeState>>,
    queue: RefCell<Queue>,
    sinks: RefCell<Vec<Arc<dyn EventSink>>>,
}

impl Executor {
    pub(crate) fn new(seed: u64) -> Executor {
        let run = RUNS.get().wrapping_add(1);
        RUNS.set(run);
        let executor = Executor {
            seed,
            run,
            hash: Cell::new(seed),
            steps: Cell::new(0),
            now: Cell::new(0),
            closing: Cell::new(false),
            current_node: Cell::new(0),
            current_task: Cell::new(None),
            scheduling: RefCell::new(Rng::stream(seed, "scheduling", 0)),
            ready: Arc::default(),
            tasks: RefCell::default(),
            free_tasks: RefCell::default(),
            next_task: Cell::new(0),
            nodes: RefCell::default(),
            queue: RefCell::new(Queue::new(u64::from(run) << 40)),
            sinks: RefCell::default(),
        };
        executor.add_node("main");
        executor
    }

    pub(crate) fn true_now(&self) -> u64 {
        self.now.get()
    }

    // ---- nodes ----

    pub(crate) fn add_node(&self, name: &str) -> u32 {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(NodeState {
            name: name.to_owned(),
            alive: true,
            paused: false,
            clock: Clock::default(),
            parked: Vec::new(),
        });
        (nodes.len() - 1) as u32
    }

    pub(crate) fn current_node(&self) -> u32 {
        self.current_node.get()
    }

    /// Runs `f` as if on that node.
    pub(crate) fn on_node<R>(&self, node: u32, f: impl FnOnce() -> R) -> R {
        let restore = Restore { cell: &self.current_node, before: self.current_node.replace(node) };
        let result = f();
        drop(restore);
        result
    }

    pub(crate) fn node_name(&self, node: u32) -> String {
        self.nodes.borrow()[node as usize].name.clone()
    }

    pub(crate) fn is_alive(&self, node: u32) -> bool {
        self.nodes.borrow()[node as usize].alive
    }

    pub(crate) fn is_paused(&self, node: u32) -> bool {
        self.nodes.borrow()[node as usize].paused
    }

    /// Drops the node's tasks where they stand, in the order of their slots.
    pub(crate) fn kill(&self, node: u32) {
        let parked = {
            let mut nodes = self.nodes.borrow_mut();
            let state = &mut nodes[node as usize];
            state.alive = false;
            state.paused = false;
            std::mem::take(&mut state.parked)
        };
        self.requeue_events(node, parked);
        let slots = self.tasks.borrow().len();
        for slot in 0..slots as u32 {
            let victim = self.tasks.borrow()[slot as usize]
                .as_ref()
                .filter(|task| task.node == node)
                .map(|task| TaskKey { slot, sequence: task.sequence });
            if let Some(key) = victim {
                self.abort(key);
            }
        }
    }

    pub(crate) fn pause(&self, node: u32) {
        let mut nodes = self.nodes.borrow_mut();
        let state = &mut nodes[node as usize];
        state.paused = state.alive;
    }

    /// What became ready or due during the pause happens now.
    pub(crate) fn resume(&self, node: u32) {
        let parked = {
            let mut nodes = self.nodes.borrow_mut();
            let state = &mut nodes[node as usize];
            state.paused = false;
            std::mem::take(&mut state.parked)
        };
        for entry in &parked {
            match entry {
                Parked::Task(key) => self.ready.0.lock().push(*key),
                Parked::Timer(key) => {
                    let waker = self.queue.borrow_mut().fire(*key);
                    waker.into_iter().for_each(Waker::wake);
                }
                Parked::Event { .. } => {}
            }
        }
        self.requeue_events(node, parked);
    }

    fn requeue_events(&self, node: u32, parked: Vec<Parked>) {
        let mut queue = self.queue.borrow_mut();
        for entry in parked {
            if let Parked::Event { sink, token } = entry {
                queue.add_event(self.now.get(), sink, node, token);
            }
        }
    }

    fn park_if_paused(&self, node: u32, entry: impl FnOnce() -> Parked) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let state = &mut nodes[node as usize];
        if state.paused {
            state.parked.push(entry());
        }
        state.paused
    }

    pub(crate) fn change_clock(&self, node: u32, change: impl FnOnce(&mut Clock, u64)) {
        let clock = {
            let mut nodes = self.nodes.borrow_mut();
            let clock = &mut nodes[node as usize].clock;
            change(clock, self.now.get());
            *clock
        };
        self.queue.borrow_mut().reschedule(node, &clock, self.now.get());
    }

    /// What the current node's clock shows.
    pub(crate) fn local_now(&self) -> u64 {
        self.nodes.borrow()[self.current_node.get() as usize].clock.local(self.now.get())
    }

    // ---- timers and events ----

    /// `deadline` is on the clock of the current node.
    pub(crate) fn add_timer(&self, deadline: u64, waker: &Waker) -> TimerKey {
        let node = self.current_node.get();
        let at = self.nodes.borrow()[node as usize].clock.true_time(deadline, self.now.get());
        self.queue.borrow_mut().add_timer(at, node, deadline, waker.clone())
    }

    pub(crate) fn rewake_timer(&self, key: TimerKey, waker: &Waker) -> bool {
        self.queue.borrow_mut().rewake(key, waker)
    }

    pub(crate) fn cancel_timer(&self, key: TimerKey) {
        self.queue.borrow_mut().cancel(key);
    }

    pub(crate) fn add_sink(&self, sink: Arc<dyn EventSink>) -> u32 {
        let mut sinks = self.sinks.borrow_mut();
        sinks.push(sink);
        (sinks.len() - 1) as u32
    }

    pub(crate) fn add_event(&self, delay: u64, sink: u32, node: u32, token: u64) {
        let at = self.now.get().saturating_add(delay);
        self.queue.borrow_mut().add_event(at, sink, node, token);
    }

    // ---- tasks ----

    /// Returns nothing where the future was dropped: on a dead node, or while the run ends.
    pub(crate) fn spawn(
        &self,
        node: u32,
        spawned_at: &'static Location<'static>,
        future: BoxedTask,
    ) -> Option<TaskKey> {
        if self.closing.get() || !self.is_alive(node) {
            return None;
        }
        let slot = self.free_tasks.borrow_mut().pop().unwrap_or_else(|| {
            let mut tasks = self.tasks.borrow_mut();
            tasks.push(None);
            (tasks.len() - 1) as u32
        });
        let sequence = self.next_task.get();
        self.next_task.set(sequence.wrapping_add(1));
        let key = TaskKey { slot, sequence };
        let waker = Arc::new(TaskWaker {
            key,
            queued: AtomicBool::new(true),
            ready: Arc::clone(&self.ready),
        });
        self.tasks.borrow_mut()[slot as usize] =
            Some(Task { sequence, node, spawned_at, state: TaskState::Idle(future), waker });
        self.ready.0.lock().push(key);
        Some(key)
    }

    pub(crate) fn abort(&self, key: TaskKey) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(slot) = tasks.get_mut(key.slot as usize) else { return };
        let Some(task) = slot.as_mut().filter(|task| task.sequence == key.sequence) else { return };
        match task.state {
            TaskState::Idle(_) => {
                let task = slot.take();
                drop(tasks);
                self.free_tasks.borrow_mut().push(key.slot);
                // Only now: what the future owns may call the executor while it is dropped.
                drop(task);
            }
            TaskState::Polling | TaskState::Doomed => task.state = TaskState::Doomed,
        }
    }

    /// Polls one ready task, drawn from the seed. False when there is none.
    fn poll_one(&self) -> bool {
        let key = {
            let mut ready = self.ready.0.lock();
            match ready.len() {
                0 => return false,
                1 => ready.pop(),
                many => {
                    let drawn = self.scheduling.borrow_mut().below(many as u64);
                    Some(ready.swap_remove(drawn as usize))
                }
            }
        };
        if let Some(key) = key {
            self.poll(key);
        }
        true
    }

    fn poll(&self, key: TaskKey) {
        let (mut future, waker, node) = {
            let mut tasks = self.tasks.borrow_mut();
            let Some(task) = tasks[key.slot as usize].as_mut() else { return };
            if task.sequence != key.sequence {
                return;
            }
            if self.park_if_paused(task.node, || Parked::Task(key)) {
                return;
            }
            match std::mem::replace(&mut task.state, TaskState::Polling) {
                TaskState::Idle(future) => (future, Arc::clone(&task.waker), task.node),
                busy => {
                    task.state = busy;
                    return;
                }
            }
        };
        waker.queued.store(false, Ordering::Relaxed);
        self.current_task.set(Some(key));
        let waker = Waker::from(waker);
        let done = self
            .on_node(node, || future.as_mut().poll(&mut Context::from_waker(&waker)))
            .is_ready();
        self.current_task.set(None);
        self.after_poll(key, future, done);
    }

    fn after_poll(&self, key: TaskKey, future: BoxedTask, done: bool) {
        let mut tasks = self.tasks.borrow_mut();
        let slot = &mut tasks[key.slot as usize];
        if let Some(task) = slot
            && matches!(task.state, TaskState::Polling)
            && !done
        {
            task.state = TaskState::Idle(future);
            return;
        }
        *slot = None;
        drop(tasks);
        self.free_tasks.borrow_mut().push(key.slot);
    }

    // ---- the run ----

    /// Runs until `done`, an error or a limit.
    pub(crate) fn run(
        &self,
        time_limit: u64,
        step_limit: u64,
        done: impl Fn() -> bool,
    ) -> Result<(), SimulationError> {
        loop {
            self.steps.set(self.steps.get() + 1);
            if self.steps.get() > step_limit {
                return Err(SimulationError::StepLimit { steps: step_limit });
            }
            if self.poll_one() {
                if done() {
                    return Ok(());
                }
                continue;
            }
            let next = self.queue.borrow_mut().pop();
            let Some(due) = next else {
                return Err(SimulationError::Deadlock { blocked: self.blocked_tasks() });
            };
            if due.at > time_limit {
                let limit = std::time::Duration::from_nanos(time_limit);
                return Err(SimulationError::TimeLimit { limit });
            }
            self.now.set(due.at.max(self.now.get()));
            self.happen(due);
        }
    }

    fn happen(&self, due: Due) {
        match due.what {
            What::Timer { slot } => {
                let node = self.queue.borrow().node_of(slot);
                let key = TimerKey::new(slot, due.sequence);
                if !self.park_if_paused(node, || Parked::Timer(key)) {
                    let waker = self.queue.borrow_mut().fire(key);
                    waker.into_iter().for_each(Waker::wake);
                }
            }
            What::Event { sink, node, token } => {
                if !self.park_if_paused(node, || Parked::Event { sink, token }) {
                    let sink = Arc::clone(&self.sinks.borrow()[sink as usize]);
                    self.on_node(node, || sink.fire(token));
                }
            }
        }
    }

    fn info(&self, task: &Task) -> TaskInfo {
        TaskInfo { node: self.node_name(task.node), spawned_at: task.spawned_at.to_string() }
    }

    fn blocked_tasks(&self) -> Vec<TaskInfo> {
        self.tasks.borrow().iter().flatten().map(|task| self.info(task)).collect()
    }

    /// The task that was being polled, for a panic's report.
    pub(crate) fn current_task_info(&self) -> Option<TaskInfo> {
        let key = self.current_task.get()?;
        let tasks = self.tasks.try_borrow().ok()?;
        tasks[key.slot as usize].as_ref().map(|task| self.info(task))
    }

    /// Drops every task, timer and event source. What they spawn meanwhile is dropped as well.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
        let sinks = std::mem::take(&mut *self.sinks.borrow_mut());
        sinks.iter().for_each(|sink| sink.close());
        drop(sinks);
        self.queue.borrow_mut().clear();
    }
}

/// Puts the node back also when `f` panics, so that the report names the right one.
struct Restore<'a> {
    cell: &'a Cell<u32>,
    before: u32,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.cell.set(self.before);
    }
}

/// A future that is ready once all other ready tasks had a chance to run.
pub(crate) struct Yield(pub(crate) bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
