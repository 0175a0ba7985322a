//! The clients of an exploration.
//!
//! Every command is another number, so that none can be taken for another. A client learns what
//! became of its commands by looking at what the servers have applied: the same command where it
//! was promised, or another one there, or nothing yet.

use crate::scenario::{Choice, Load};
use crate::{Answer, Cluster, Failure, Operation, Value};
use raft::RoleName;
use runtime::{JoinHandle, Rng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The clients of a run.
pub(super) struct Clients {
    tasks: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

struct Shared {
    load: Load,
    cluster: Cluster,
    /// How many commands were taken so far.
    commands: AtomicU64,
    /// The highest index at which a client saw its command committed.
    acknowledged: AtomicU64,
}

impl Clients {
    pub(super) fn start(load: &Load, cluster: &Cluster) -> Clients {
        let shared = Arc::new(Shared {
            load: load.clone(),
            cluster: cluster.clone(),
            commands: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
        });
        let start = |number| runtime::spawn(Client::new(number as u64, &shared).run());
        Clients { tasks: (0..load.clients).map(start).collect(), shared: Arc::clone(&shared) }
    }

    /// No client submits anything any more.
    pub(super) fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }

    /// The highest index at which a client saw its command committed.
    pub(super) fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }
}

struct Client {
    number: u64,
    shared: Arc<Shared>,
    rng: Rng,
    /// Who took the last command.
    last: usize,
    next_command: u64,
    /// Commands that were taken and of which nothing is known yet.
    open: Vec<Submitted>,
    order: Vec<usize>,
}

struct Submitted {
    index: u64,
    operation: Operation,
}

/// Numbers of one client's commands from those of the next.
const COMMANDS_OF_A_CLIENT: u64 = 1_000_000;

impl Client {
    fn new(number: u64, shared: &Arc<Shared>) -> Client {
        Client {
            number,
            shared: Arc::clone(shared),
            rng: runtime::rng("client", number),
            last: 0,
            next_command: (number + 1) * COMMANDS_OF_A_CLIENT,
            open: Vec::new(),
            order: (0..shared.cluster.servers()).collect(),
        }
    }

    async fn run(mut self) {
        let Load { pause_min_ms, pause_max_ms, burst_max, .. } = self.shared.load;
        let pause = Duration::from_millis(pause_min_ms)..=Duration::from_millis(pause_max_ms);
        loop {
            runtime::sleep(self.rng.duration(pause.clone())).await;
            self.look();
            let burst = self.rng.range(1..=burst_max);
            if let Err(failure) = self.submit_burst(burst) {
                return self.shared.cluster.fail(failure);
            }
        }
    }

    /// The commands of a burst go out together: nothing happens between them.
    fn submit_burst(&mut self, burst: u64) -> Result<(), Failure> {
        for _ in 0..burst {
            if self.shared.commands.load(Ordering::Relaxed) >= self.shared.load.commands {
                return Ok(());
            }
            let value = self.next_value();
            let taken = match self.shared.load.choice {
                Choice::Leader => self.submit_to_leader(&value)?,
                Choice::Sticky => {
                    self.submit_to(self.last, &value)? || self.submit_to_any(&value)?
                }
                Choice::Random => self.submit_to_any(&value)?,
                Choice::Everyone => self.submit_to_everyone(&value)?,
            };
            if !taken {
                return Ok(());
            }
            self.shared.commands.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn next_value(&mut self) -> Value {
        self.next_command += 1;
        let (number, bytes) = (self.next_command, self.shared.load.bytes);
        match bytes {
            0 => Value::from(number),
            _ => Value::from(bytes::Bytes::from(format!("{number:0>bytes$}"))),
        }
    }

    fn submit_to_leader(&mut self, value: &Value) -> Result<bool, Failure> {
        let cluster = &self.shared.cluster;
        let leads = |server: &usize| {
            let view = cluster.view(*server).filter(|view| view.role == RoleName::Leader);
            view.map(|view| (view.term, *server))
        };
        let leader = (0..cluster.servers()).filter_map(|server| leads(&server)).max();
        leader.map_or(Ok(false), |(_, server)| self.submit_to(server, value))
    }

    fn submit_to_any(&mut self, value: &Value) -> Result<bool, Failure> {
        let mut order = std::mem::take(&mut self.order);
        self.rng.shuffle(&mut order);
        let mut taken = Ok(false);
        for server in &order {
            taken = self.submit_to(*server, value);
            if !matches!(taken, Ok(false)) {
                break;
            }
        }
        self.order = order;
        taken
    }

    fn submit_to_everyone(&mut self, value: &Value) -> Result<bool, Failure> {
        let mut taken = false;
        for server in 0..self.shared.cluster.servers() {
            taken |= self.submit_to(server, value)?;
        }
        Ok(taken)
    }

    fn submit_to(&mut self, server: usize, value: &Value) -> Result<bool, Failure> {
        let cluster = &self.shared.cluster;
        let Some(started) = cluster.start(server, value)? else { return Ok(false) };
        let operation = cluster.operation_begins(Some(self.number), "submit", value);
        self.open.push(Submitted { index: started.index, operation });
        self.last = server;
        Ok(true)
    }

    /// Looks what has become of its commands.
    fn look(&mut self) {
        let Shared { cluster, acknowledged, .. } = &*self.shared;
        self.open.retain(|Submitted { index, operation }| {
            let index = *index;
            let Some(committed) = cluster.is_applied(index, &operation.value) else {
                return true;
            };
            let answer = match committed {
                true => Answer::Done { index },
                false => Answer::Refused,
            };
            if committed {
                acknowledged.fetch_max(index, Ordering::Relaxed);
            }
            cluster.operation_ends(operation, answer);
            false
        });
    }
}

impl Drop for Client {
    /// The run is over, or its part for clients: what is not known yet never will be.
    fn drop(&mut self) {
        self.look();
        for Submitted { operation, .. } in &self.open {
            self.shared.cluster.operation_ends(operation, Answer::Unknown);
        }
    }
}
