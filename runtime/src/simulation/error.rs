//! Why a run failed.

use std::time::Duration;

/// Why a run did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// No task is ready and nothing is due: nothing can ever happen again.
    #[error("deadlock: nothing is left to happen, and these tasks wait: {}", list(blocked))]
    Deadlock {
        /// Every task, in the order of spawning.
        blocked: Vec<TaskInfo>,
    },
    /// More steps (polls, timers and events) than allowed: an endless loop.
    #[error("no end after {steps} steps")]
    StepLimit {
        /// The limit.
        steps: u64,
    },
    /// More virtual time than allowed.
    #[error("no end after {limit:?} of virtual time")]
    TimeLimit {
        /// The limit.
        limit: Duration,
    },
    /// Code goes round and gets nowhere.
    #[error("stuck{}: {what}", task.as_ref().map(|task| format!(" in {task}")).unwrap_or_default())]
    Stuck {
        /// How that shows.
        what: &'static str,
        /// The task that goes round; `None` when it is an event.
        task: Option<TaskInfo>,
        /// As of a panic.
        event: Option<String>,
    },
    /// A task, or something that it dropped, panicked.
    #[error("panic{}: {message}", task.as_ref().map(|task| format!(" in {task}")).unwrap_or_default())]
    Panic {
        /// The panic's message and place.
        message: String,
        /// The task that was running; `None` when it was an event.
        task: Option<TaskInfo>,
        /// What the event was, as far as that has a name; of a task that acted on another node, on which.
        event: Option<String>,
    },
}

/// Names a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// The node that it belongs to.
    pub node: String,
    /// Source file, line and column of the call that spawned it.
    pub spawned_at: String,
}

impl std::fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (spawned at {})", self.node, self.spawned_at)
    }
}

fn list(tasks: &[TaskInfo]) -> String {
    tasks.iter().map(TaskInfo::to_string).collect::<Vec<_>>().join(", ")
}
