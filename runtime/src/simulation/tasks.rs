//! The table of tasks and the list of those that are ready.

use crate::rng::Rng;
use parking_lot::Mutex;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

pub(crate) type BoxedTask = Pin<Box<dyn Future<Output = ()>>>;

/// Names a task; the sequence tells a reused slot from the task that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskKey {
    slot: u32,
    sequence: u32,
}

/// What a task is, for reports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskOrigin {
    pub(crate) node: u32,
    pub(crate) spawned_at: &'static Location<'static>,
}

struct Task {
    sequence: u32,
    origin: TaskOrigin,
    state: TaskState,
    waker: Arc<TaskWaker>,
}

enum TaskState {
    Idle(BoxedTask),
    /// Its future is on the stack of the code that polls it.
    Polling,
    /// Polling, and to be dropped when the poll returns.
    Doomed,
}

#[derive(Default)]
struct ReadyList(Mutex<Vec<TaskKey>>);

struct TaskWaker {
    key: TaskKey,
    queued: AtomicBool,
    ready: Arc<ReadyList>,
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

#[derive(Default)]
pub(crate) struct Tasks {
    slots: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<u32>>,
    next_sequence: Cell<u32>,
    ready: Arc<ReadyList>,
    /// Wakers of tasks that have ended, to be used again: tasks come and go with each message.
    spare_wakers: RefCell<Vec<Arc<TaskWaker>>>,
}

impl Tasks {
    /// Adds a task, ready to run.
    pub(crate) fn add(&self, origin: TaskOrigin, future: BoxedTask) -> TaskKey {
        let slot = self.free.borrow_mut().pop().unwrap_or_else(|| {
            let mut slots = self.slots.borrow_mut();
            slots.push(None);
            (slots.len() - 1) as u32
        });
        let sequence = self.next_sequence.get();
        self.next_sequence.set(sequence.wrapping_add(1));
        let key = TaskKey { slot, sequence };
        let waker = self.waker(key);
        let task = Task { sequence, origin, state: TaskState::Idle(future), waker };
        self.slots.borrow_mut()[slot as usize] = Some(task);
        self.make_ready(key);
        key
    }

    /// The waker of a new task, which is ready.
    fn waker(&self, key: TaskKey) -> Arc<TaskWaker> {
        let spare = self.spare_wakers.borrow_mut().pop();
        if let Some(mut spare) = spare
            && let Some(waker) = Arc::get_mut(&mut spare)
        {
            waker.key = key;
            *waker.queued.get_mut() = true;
            return spare;
        }
        let queued = AtomicBool::new(true);
        Arc::new(TaskWaker { key, queued, ready: Arc::clone(&self.ready) })
    }

    pub(crate) fn make_ready(&self, key: TaskKey) {
        self.ready.0.lock().push(key);
    }

    /// Takes one of the ready tasks; where there is a choice, chance makes it.
    pub(crate) fn next_ready(&self, scheduling: &RefCell<Rng>) -> Option<TaskKey> {
        let mut ready = self.ready.0.lock();
        match ready.len() {
            0 | 1 => ready.pop(),
            many => {
                let drawn = scheduling.borrow_mut().below(many as u64);
                Some(ready.swap_remove(drawn as usize))
            }
        }
    }

    /// `None` when the task has ended.
    pub(crate) fn origin(&self, key: TaskKey) -> Option<TaskOrigin> {
        // A panic's report may come while the table is in use.
        let slots = self.slots.try_borrow().ok()?;
        let task = slots.get(key.slot as usize)?.as_ref()?;
        (task.sequence == key.sequence).then_some(task.origin)
    }

    /// Takes the future out, for [`Tasks::end_poll`] to put back.
    pub(crate) fn begin_poll(&self, key: TaskKey) -> Option<(BoxedTask, Waker)> {
        let mut slots = self.slots.borrow_mut();
        let task = slots[key.slot as usize].as_mut()?;
        if task.sequence != key.sequence || !matches!(task.state, TaskState::Idle(_)) {
            return None;
        }
        task.waker.queued.store(false, Ordering::Relaxed);
        match std::mem::replace(&mut task.state, TaskState::Polling) {
            TaskState::Idle(future) => Some((future, Waker::from(Arc::clone(&task.waker)))),
            TaskState::Polling | TaskState::Doomed => None,
        }
    }

    /// Puts the future back, or ends the task when it is done or was aborted meanwhile.
    pub(crate) fn end_poll(&self, key: TaskKey, future: BoxedTask, done: bool) {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[key.slot as usize];
        match slot {
            Some(task) if !done && matches!(task.state, TaskState::Polling) => {
                task.state = TaskState::Idle(future);
            }
            _ => {
                let ended = slot.take();
                self.free.borrow_mut().push(key.slot);
                // Only now: what the future owns may call the executor while it is dropped.
                drop(slots);
                drop(future);
                // A waker that is still held, by a timer say, must not wake the slot's next task.
                let waker = ended.map(|task| task.waker);
                let unused = waker.filter(|waker| Arc::strong_count(waker) == 1);
                self.spare_wakers.borrow_mut().extend(unused);
            }
        }
    }

    /// Drops a task at the `await` that it has reached; at the next one if it is running.
    pub(crate) fn abort(&self, key: TaskKey) {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(key.slot as usize) else { return };
        let Some(task) = slot.as_mut().filter(|task| task.sequence == key.sequence) else { return };
        if !matches!(task.state, TaskState::Idle(_)) {
            task.state = TaskState::Doomed;
            return;
        }
        let task = slot.take();
        self.free.borrow_mut().push(key.slot);
        drop(slots);
        drop(task);
    }

    /// Drops the tasks of a node, in the order of their slots.
    pub(crate) fn abort_node(&self, node: u32) {
        let slots = self.slots.borrow().len();
        for slot in 0..slots {
            let victim = self.slots.borrow()[slot]
                .as_ref()
                .filter(|task| task.origin.node == node)
                .map(|task| TaskKey { slot: slot as u32, sequence: task.sequence });
            if let Some(key) = victim {
                self.abort(key);
            }
        }
    }

    pub(crate) fn origins(&self) -> Vec<TaskOrigin> {
        self.slots.borrow().iter().flatten().map(|task| task.origin).collect()
    }

    pub(crate) fn clear(&self) {
        let slots = std::mem::take(&mut *self.slots.borrow_mut());
        drop(slots);
    }
}
