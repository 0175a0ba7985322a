//! Nodes: the machines that tasks belong to.

use crate::clock::nanos;
use crate::join::JoinHandle;
use crate::real::{self, RealNode};
use crate::simulation::{self, Executor, Machines};
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// One incarnation of a machine. It owns the tasks that are spawned on it and has a clock.
///
/// A killed node never comes back: a restart is a new `Node`. A handle is good for the run in which
/// it was made; a task outside every node belongs to the node "main".
///
/// Outside a simulation a node works alike, with these limits: a task that is killed in the
/// middle of a poll goes on to its next `await`, and a timer that is already running keeps the rate
/// that its clock had.
#[derive(Clone, Debug)]
pub struct Node(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Simulated { node: u32, run: u32 },
    Real(Arc<RealNode>),
}

impl Node {
    /// A machine that has just been started.
    pub fn new(name: &str) -> Node {
        let simulated = simulation::with(|executor| Repr::Simulated {
            node: executor.add_node(name),
            run: executor.run,
        });
        Node(simulated.unwrap_or_else(|| Repr::Real(Arc::new(RealNode::new(name)))))
    }

    /// The node of the task that is running.
    pub fn current() -> Node {
        let simulated = simulation::with(|executor| Repr::Simulated {
            node: executor.current_node(),
            run: executor.run,
        });
        Node(simulated.unwrap_or_else(|| Repr::Real(real::current_node())))
    }

    /// The name that it was given.
    pub fn name(&self) -> String {
        match &self.0 {
            Repr::Real(node) => node.name().to_owned(),
            Repr::Simulated { node, run } => simulation::with(|executor| {
                (executor.run == *run).then(|| executor.machines.name(*node))
            })
            .flatten()
            .unwrap_or_else(|| "a node of another run".to_owned()),
        }
    }

    /// Starts a task here; on a dead node the future is dropped at once.
    ///
    /// # Panics
    /// Outside a simulation and a tokio runtime.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match &self.0 {
            Repr::Simulated { node, .. } => {
                JoinHandle::simulated(*node, Location::caller(), future)
            }
            Repr::Real(node) => {
                if node.is_alive() {
                    real::assert_tokio("spawn");
                }
                JoinHandle::real(future, |task| node.spawn(task))
            }
        }
    }

    /// Runs `f` as if in a task of this node: [`crate::now`] and [`crate::spawn`] refer to it.
    pub fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        match &self.0 {
            Repr::Real(node) => real::on_node(Arc::clone(node), f),
            Repr::Simulated { node, .. } => {
                let mut f = Some(f);
                let entered =
                    simulation::with(|executor| f.take().map(|f| executor.on_node(*node, f)));
                entered.flatten().expect("a simulated node is used inside its simulation")
            }
        }
    }

    /// Stops the machine for good: its tasks are dropped at whatever `await` they have reached.
    ///
    /// A task may kill its own node; it goes on to its next `await`.
    pub fn kill(&self) {
        match &self.0 {
            Repr::Real(node) => node.kill(),
            Repr::Simulated { .. } => self.simulated(|executor, node| executor.kill(node)),
        }
    }

    /// False once it was killed.
    pub fn is_alive(&self) -> bool {
        match &self.0 {
            Repr::Real(node) => node.is_alive(),
            Repr::Simulated { .. } => self.ask(Machines::is_alive),
        }
    }

    /// Freezes the machine (as SIGSTOP does): no task of it runs, no timer of it fires, what
    /// arrives waits. Its clock goes on.
    pub fn pause(&self) {
        match &self.0 {
            Repr::Real(node) => node.pause(),
            Repr::Simulated { .. } => {
                self.simulated(|executor, node| executor.machines.pause(node))
            }
        }
    }

    /// Ends a pause: everything that came due during it happens now, in that order.
    pub fn resume(&self) {
        match &self.0 {
            Repr::Real(node) => node.resume(),
            Repr::Simulated { .. } => self.simulated(|executor, node| executor.resume(node)),
        }
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        match &self.0 {
            Repr::Real(node) => node.is_paused(),
            Repr::Simulated { .. } => self.ask(Machines::is_paused),
        }
    }

    /// Has the node's clock run at `rate_per_million` millionths of true time (1,000,000 is exact)
    /// from now on. What it shows now stays.
    ///
    /// # Panics
    /// When the rate is 0: to stop a machine, pause it.
    pub fn set_clock_rate(&self, rate_per_million: u32) {
        match &self.0 {
            Repr::Real(node) => {
                node.change_clock(|clock, now| clock.set_rate(now, rate_per_million));
            }
            Repr::Simulated { .. } => self.simulated(|executor, node| {
                executor.change_clock(node, |clock, now| clock.set_rate(now, rate_per_million));
            }),
        }
    }

    /// Moves the node's clock forward at once; timers within that time are due now.
    pub fn jump_clock(&self, forward: Duration) {
        match &self.0 {
            Repr::Real(node) => node.change_clock(|clock, now| clock.jump(now, nanos(forward))),
            Repr::Simulated { .. } => self.simulated(|executor, node| {
                executor.change_clock(node, |clock, now| clock.jump(now, nanos(forward)));
            }),
        }
    }

    /// A number, unique among the nodes of a run; on the real clock, of a process.
    pub fn id(&self) -> u64 {
        match &self.0 {
            Repr::Simulated { node, .. } => u64::from(*node),
            Repr::Real(node) => node.id(),
        }
    }

    /// Its number in the simulation; `None` on the real clock.
    pub(crate) fn number(&self) -> Option<u32> {
        match &self.0 {
            Repr::Simulated { node, .. } => Some(*node),
            Repr::Real(_) => None,
        }
    }

    /// The process's own node on the real clock.
    pub(crate) fn real_main() -> Node {
        Node(Repr::Real(real::main_node()))
    }

    /// Waits while the node is paused (on the real clock; a simulation holds events itself).
    pub(crate) async fn until_resumed(&self) {
        if let Repr::Real(node) = &self.0 {
            std::future::poll_fn(|context| node.poll_resumed(context)).await;
        }
    }

    /// Does nothing when the handle is from another run.
    fn simulated(&self, act: impl FnOnce(&Executor, u32)) {
        if let Repr::Simulated { node, run } = self.0 {
            simulation::with(|executor| {
                if executor.run == run {
                    act(executor, node);
                }
            });
        }
    }

    fn ask(&self, question: impl FnOnce(&Machines, u32) -> bool) -> bool {
        let mut answer = false;
        self.simulated(|executor, node| answer = question(&executor.machines, node));
        answer
    }
}
