//! A run on the virtual clock.

use super::Ended;
use super::case::Case;
use super::supervise::{self, Kept};
use crate::{Failure, Implementation, Reseed, Scenario, property};
use runtime::{Pulse, Simulation, SimulationError, TaskInfo};
use std::sync::Arc;
use std::time::Duration;

/// A test ends itself when its time is over; the simulation's limit is a second line of defence.
const BEHIND_TEST_TIME: Duration = Duration::from_secs(60);
/// How many tasks a deadlock lists.
const BLOCKED_TASKS_SHOWN: usize = 20;

pub(super) fn run(
    case: Case,
    implementation: &Arc<dyn Implementation>,
    pulse: Option<&Arc<Pulse>>,
) -> Ended {
    let kept = Kept::default();
    let (seed, limits, is_recorded) = (case.seed, case.config.limits.clone(), case.is_recorded());
    let reseeds = case.scenario().into_iter().flat_map(Scenario::later_reseeds);
    let reseeds: Vec<Reseed> = reseeds.copied().collect();
    let main = supervise::run(case, Arc::clone(implementation), Arc::clone(&kept));
    let simulation = Simulation::new(seed)
        .time_limit(limits.test_time() + BEHIND_TEST_TIME)
        .step_limit(limits.steps);
    let simulation = reseeds.iter().fold(simulation, |simulation, reseed| {
        simulation.reseed(Duration::from_micros(reseed.at_us), reseed.seed)
    });
    let simulation = match pulse {
        Some(pulse) => simulation.pulse(pulse),
        None => simulation,
    };
    let simulation = if is_recorded { simulation.keep_backtrace() } else { simulation };
    let finished = simulation.run(main);
    let at = finished.report.elapsed;
    Ended {
        result: finished.result.unwrap_or_else(|error| Err(failure(at, &error))),
        trace_hash: finished.report.trace_hash,
        virtual_time: at,
        steps: finished.report.steps,
        backtrace: finished.backtrace,
        at_end: supervise::at_end(&kept),
    }
}

/// How the simulation itself came to an end, as a failure of the run.
fn failure(at: Duration, error: &SimulationError) -> Failure {
    let with = |property, message: String, details: Vec<String>| {
        let mut failure = Failure::noticed_at(at, property, message);
        failure.details.extend(details);
        failure
    };
    match error {
        SimulationError::Panic { message, task, event } => {
            let details = place(task.as_ref(), event.as_deref())
                .into_iter()
                .chain(advice(message).map(str::to_owned))
                .collect();
            with(property::PANIC, with_its_place(message), details)
        }
        SimulationError::Deadlock { blocked } => with(
            property::DEADLOCK,
            "nothing is left that could ever happen".to_string(),
            blocked
                .iter()
                .take(BLOCKED_TASKS_SHOWN)
                .map(|task| format!("waiting: {}", describe(task)))
                .collect(),
        ),
        SimulationError::StepLimit { steps } => with(
            property::STEP_LIMIT,
            format!("no end after {steps} steps: an endless loop"),
            Vec::new(),
        ),
        SimulationError::Stuck { what, task, event } => {
            let of_event =
                event.as_deref().and_then(|it| it.strip_prefix("on ")?.split(',').next());
            let whose = of_event.or(task.as_ref().map(|task| task.node.as_str()));
            let sentence = format!("{} gets nowhere: {what}", whose.unwrap_or("an event"));
            let place = place(task.as_ref(), event.as_deref());
            with(property::STUCK, sentence, place.into_iter().collect())
        }
        SimulationError::TimeLimit { limit } => {
            let sentence = format!("no end after {} seconds of virtual time", limit.as_secs());
            with(property::TEST_TIME, sentence, Vec::new())
        }
    }
}

/// Where code ran that did not come back.
fn place(task: Option<&TaskInfo>, event: Option<&str>) -> Option<String> {
    // The test and all that goes with it runs on the node "main".
    let event = event.map(|event| event.replace("called from main", "called by the tester"));
    event.or_else(|| Some(format!("in a task of {}", describe(task?))))
}

/// What errors of a disk say, in whatever words they are.
const OF_A_DISK: [&str; 2] = ["input/output error", "no space left on the device"];

/// What to do instead of a panic like this.
fn advice(panic: &str) -> Option<&'static str> {
    let is_of_disk = OF_A_DISK.iter().any(|error| panic.contains(error));
    is_of_disk.then_some(
        "a disk that fails ends its server, which is no bug, and not the run: on an Err of sync call \
         runtime::Node::current().kill() and answer nothing",
    )
}

/// What a panic says, after its place and not on the next line as std has it.
pub(super) fn with_its_place(panic: &str) -> String {
    panic.replacen(":\n", ": ", 1)
}

/// Whose task it is, and where it began.
pub(super) fn describe(task: &TaskInfo) -> String {
    format!("{}, spawned at {}", task.node, task.spawned_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> TaskInfo {
        TaskInfo { node: "server 2".into(), spawned_at: "src/raft.rs:10:5".into() }
    }

    #[test]
    fn every_end_of_a_simulation_is_a_failure_with_its_place() {
        let errors = [
            SimulationError::Panic {
                message: "panicked at src/raft.rs:7:9:\nassertion failed\n  left: 1".into(),
                task: Some(task()),
                event: None,
            },
            SimulationError::Panic {
                message: "panicked at src/raft.rs:9:9:\nto save: Failed(\"input/output error\")"
                    .into(),
                task: None,
                event: Some("in start on server 2".into()),
            },
            SimulationError::Deadlock { blocked: vec![task()] },
            SimulationError::Stuck { what: "a million steps", task: Some(task()), event: None },
            SimulationError::StepLimit { steps: 1000 },
            SimulationError::TimeLimit { limit: Duration::from_secs(180) },
        ];
        let shown = errors.map(|error| failure(Duration::from_secs(1), &error).to_string());
        assert_eq!(
            shown,
            [
                "panicked at src/raft.rs:7:9: assertion failed (run:panic, at 1.000 s)\n    left: 1\n  \
                 in a task of server 2, spawned at src/raft.rs:10:5",
                "panicked at src/raft.rs:9:9: to save: Failed(\"input/output error\") (run:panic, at 1.000 \
                 s)\n  in start on server 2\n  a disk that fails ends its server, which is no bug, and \
                 not the run: on an Err of sync call runtime::Node::current().kill() and answer nothing",
                "nothing is left that could ever happen (run:deadlock, at 1.000 s)\n  waiting: server \
                 2, spawned at src/raft.rs:10:5",
                "server 2 gets nowhere: a million steps (run:stuck, at 1.000 s)\n  in a task of server 2, \
                 spawned at src/raft.rs:10:5",
                "no end after 1000 steps: an endless loop (run:step-limit, at 1.000 s)",
                "no end after 180 seconds of virtual time (liveness:test-time, at 1.000 s)",
            ]
        );
    }
}
