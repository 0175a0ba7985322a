//! The clients of an exploration.
//!
//! Every command is another number, so that none can be taken for another. A client learns what
//! became of its commands by looking at what the servers have applied: the same command where it
//! was promised, or another one there, or nothing yet.

use crate::nemesis::{Field, Senses};
use crate::scenario::{Burst, Choice, DrawnBursts};
use crate::{Answer, Cluster, Failure, Operation, Scenario, Target, Value};
use raft::RoleName;
use runtime::{Instant, JoinHandle, Rng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The clients of a run.
pub(super) struct Clients {
    tasks: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

struct Shared {
    scenario: Arc<Scenario>,
    cluster: Cluster,
    /// Where targets are looked up.
    field: Arc<Field>,
    senses: Senses,
    /// How many commands were taken so far.
    commands: AtomicU64,
    /// The highest index at which a client saw its command committed.
    acknowledged: AtomicU64,
}

/// What one client does.
type Bursts = Box<dyn Iterator<Item = Burst> + Send>;

impl Clients {
    pub(super) fn start(
        scenario: &Arc<Scenario>,
        cluster: &Cluster,
        field: &Arc<Field>,
        senses: &Senses,
    ) -> Clients {
        let shared = Arc::new(Shared {
            scenario: Arc::clone(scenario),
            cluster: cluster.clone(),
            field: Arc::clone(field),
            senses: senses.clone(),
            commands: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
        });
        let start = |(number, bursts): (usize, Bursts)| {
            runtime::spawn(Client::new(number as u64, &shared).run(bursts))
        };
        Clients { tasks: all_bursts(scenario).into_iter().map(start).collect(), shared }
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

/// The clients, by number, and what each does.
fn all_bursts(scenario: &Scenario) -> Vec<(usize, Bursts)> {
    if scenario.bursts.is_empty() {
        let drawn = |client| {
            // What clients submit is a part of the scenario, also of one that is reseeded.
            let rng = runtime::rng(DrawnBursts::STREAM, client as u64).settled();
            let bursts: Bursts = Box::new(DrawnBursts::new(&scenario.clients, client, rng));
            (client, bursts)
        };
        return (0..scenario.clients.clients).map(drawn).collect();
    }
    let mut named: BTreeMap<usize, Vec<Burst>> = BTreeMap::new();
    for burst in &scenario.bursts {
        named.entry(burst.client).or_default().push(burst.clone());
    }
    let in_order = |(client, mut bursts): (usize, Vec<Burst>)| {
        bursts.sort_by_key(|burst| burst.at_ms);
        let bursts: Bursts = Box::new(bursts.into_iter());
        (client, bursts)
    };
    named.into_iter().map(in_order).collect()
}

struct Client {
    number: u64,
    shared: Arc<Shared>,
    /// Who took the last command.
    last: usize,
    next_command: u64,
    /// Commands that were taken and of which nothing is known yet.
    open: Vec<Submitted>,
    order: Vec<usize>,
    /// Draws the sizes of commands where these are mixed.
    sizes: Rng,
}

struct Submitted {
    index: u64,
    operation: Operation,
}

/// Numbers of one client's commands from those of the next.
const COMMANDS_OF_A_CLIENT: u64 = 1_000_000;
/// How many times a mixed size is halved at most, so that most are small.
const SIZES: u64 = 8;
/// Tells clients that wait for an event from steps that do.
const CLIENTS: u64 = 1 << 61;

impl Client {
    fn new(number: u64, shared: &Arc<Shared>) -> Client {
        Client {
            number,
            shared: Arc::clone(shared),
            last: 0,
            next_command: (number + 1) * COMMANDS_OF_A_CLIENT,
            open: Vec::new(),
            order: Vec::new(),
            sizes: runtime::rng("command sizes", number),
        }
    }

    async fn run(mut self, bursts: Bursts) {
        for burst in bursts {
            runtime::sleep_until(Instant::START + Duration::from_millis(burst.at_ms)).await;
            let cause = match burst.on {
                Some(event) => {
                    self.shared.senses.wait(CLIENTS | self.number, event, None, burst.nth).await
                }
                None => None,
            };
            if burst.then_ms > 0 {
                runtime::sleep(Duration::from_millis(burst.then_ms)).await;
            }
            self.look();
            if let Err(failure) = self.submit_burst(&burst, cause).await {
                return self.shared.cluster.fail(failure);
            }
        }
        // What became of the last ones shows when clients are stopped.
        std::future::pending().await
    }

    /// The commands of a burst go out together: nothing happens between them where servers answer at
    /// once.
    async fn submit_burst(&mut self, burst: &Burst, cause: Option<usize>) -> Result<(), Failure> {
        // A burst has a stream of its own: without it the others draw what they drew before.
        let mut rng = runtime::rng("burst", self.number << 32 | burst.at_ms);
        for _ in 0..burst.commands {
            let load = &self.shared.scenario.clients;
            if self.shared.commands.load(Ordering::Relaxed) >= load.commands {
                return Ok(());
            }
            let choice = load.choice;
            let value = self.next_value();
            let taken = match (burst.to, choice) {
                (Some(target), _) => self.submit_to_target(target, cause, &value, &mut rng).await?,
                (None, Choice::Leader) => self.submit_to_leader(&value).await?,
                (None, Choice::Sticky) => {
                    self.submit_to(self.last, &value).await?
                        || self.submit_to_any(&value, &mut rng).await?
                }
                (None, Choice::Random) => self.submit_to_any(&value, &mut rng).await?,
                (None, Choice::Everyone) => self.submit_to_everyone(&value).await?,
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
        let number = self.next_command;
        let load = &self.shared.scenario.clients;
        let bytes = match (load.bytes as u64, load.mixed_sizes) {
            (bytes, true) => self.sizes.range(0..=bytes) >> self.sizes.below(SIZES),
            (bytes, false) => bytes,
        };
        match bytes as usize {
            0 => Value::from(number),
            bytes => {
                let digits = number.to_string();
                let zeros = "0".repeat(bytes.saturating_sub(digits.len()));
                Value::from(bytes::Bytes::from(zeros + &digits))
            }
        }
    }

    async fn submit_to_leader(&mut self, value: &Value) -> Result<bool, Failure> {
        let cluster = &self.shared.cluster;
        let leads = |server: &usize| {
            let view = cluster.view(*server).filter(|view| view.role == RoleName::Leader);
            view.map(|view| (view.term, *server))
        };
        let leader = (0..cluster.servers()).filter_map(|server| leads(&server)).max();
        match leader {
            Some((_, server)) => self.submit_to(server, value).await,
            None => Ok(false),
        }
    }

    /// Any of them that believes to lead takes it.
    async fn submit_to_target(
        &mut self,
        target: Target,
        cause: Option<usize>,
        value: &Value,
        rng: &mut Rng,
    ) -> Result<bool, Failure> {
        let mut taken = false;
        for server in target.resolve(&self.shared.field, cause, rng) {
            taken |= self.submit_to(server, value).await?;
        }
        Ok(taken)
    }

    async fn submit_to_any(&mut self, value: &Value, rng: &mut Rng) -> Result<bool, Failure> {
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(0..self.shared.cluster.servers());
        rng.shuffle(&mut order);
        let mut taken = Ok(false);
        for server in &order {
            taken = self.submit_to(*server, value).await;
            if !matches!(taken, Ok(false)) {
                break;
            }
        }
        self.order = order;
        taken
    }

    async fn submit_to_everyone(&mut self, value: &Value) -> Result<bool, Failure> {
        let mut taken = false;
        for server in 0..self.shared.cluster.servers() {
            taken |= self.submit_to(server, value).await?;
        }
        Ok(taken)
    }

    async fn submit_to(&mut self, server: usize, value: &Value) -> Result<bool, Failure> {
        let cluster = &self.shared.cluster;
        let Some(started) = cluster.start(server, value).await? else { return Ok(false) };
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
