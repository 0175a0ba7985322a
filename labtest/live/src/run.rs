//! A run: servers are started, broken and asked, and all that was seen is judged.

mod catching_up;
mod cluster;
mod deeds;
mod disks;
mod interrupt;

use crate::clients::{self, Clients, Workload};
use crate::driver::Driver;
use crate::heartbeat::Heartbeat;
use crate::isolation::Isolation;
use crate::judge::Facts;
use crate::record::{self, About, Report, RunFolder};
use anyhow::Context;
use cluster::Cluster;
use harness::Scenario;
use harness::nemesis::{self, Field, Nemesis};
use interrupt::Interrupt;
use labtrace::VerdictName;
use runtime::Instant;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long servers may take from their start to their first answer.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long clients go on before anything is broken, to learn how fast healthy servers are.
const CALIBRATION: Duration = Duration::from_secs(5);
/// How long clients go on at least when all is mended.
const MENDED: Duration = Duration::from_secs(3);
/// How often is looked whether the run has to end.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// How often is said how far it is.
const TELL_INTERVAL: Duration = Duration::from_secs(10);

/// What is to be run.
pub struct Options {
    /// What kind of servers.
    pub driver: Arc<dyn Driver>,
    /// How many, what goes wrong with them, and for how long.
    pub scenario: Scenario,
    /// What clients ask.
    pub workload: Workload,
    /// What is drawn comes from it.
    pub seed: u64,
    /// Whether the tester is apart from the rest of the machine.
    pub isolation: Isolation,
    /// Where the run leaves its folder, `live/<seed>`.
    pub failures: PathBuf,
    /// What goes wrong, in a few words.
    pub description: String,
    /// The line that runs it again.
    pub replay: String,
    /// The line that judges its folder again.
    pub check: String,
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    /// The verdict.
    pub verdict: VerdictName,
    /// Whether somebody has ended it before its time.
    pub interrupted: bool,
    /// The report, for people.
    pub report: String,
    /// Where the run's folder is.
    pub folder: PathBuf,
}

/// Runs it. `tell` gets lines for people who wait.
///
/// # Errors
/// When the tester can't do its part: write its files, say.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Done> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start")?;
    let done = runtime.block_on(run_to_end(options, tell));
    // What still waits for the end of a connection need not be waited for.
    runtime.shutdown_background();
    done
}

async fn run_to_end(options: &Options, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Done> {
    let folder = RunFolder::create(&options.failures, &about(options))?;
    folder.write_scenario(&options.scenario.to_toml()?)?;
    let mut run = Run::start(options, &folder).await?;
    run.go(tell).await;
    run.finish(folder, tell).await
}

fn about(options: &Options) -> About {
    let network = match options.isolation {
        Isolation::Namespaces => "through proxies, in namespaces of their own",
        Isolation::Fallback { .. } => "through proxies, on this machine",
    };
    About {
        seed: options.seed,
        implementation: options.driver.name(),
        servers: options.scenario.servers,
        network: network.to_owned(),
        description: options.description.clone(),
        replay: options.replay.clone(),
        check: options.check.clone(),
    }
}

/// A run under way.
struct Run<'a> {
    options: &'a Options,
    cluster: Cluster,
    clients: Clients,
    answers: Arc<clients::Recorder>,
    heartbeat: Heartbeat,
    facts: Facts,
    interrupt: Interrupt,
}

impl<'a> Run<'a> {
    /// Starts servers and clients.
    async fn start(options: &'a Options, folder: &RunFolder) -> anyhow::Result<Run<'a>> {
        let interrupt = Interrupt::listen().context("can't listen for Ctrl-C")?;
        let heartbeat = Heartbeat::start();
        let answers = clients::Recorder::new(Instant::START);
        let cluster = Cluster::start(options, folder, &answers)?;
        cluster.answers_within(START_LIMIT).await;
        let (driver, servers) = (Arc::clone(&options.driver), cluster.for_clients());
        let (workload, recorder) = (options.workload.clone(), Arc::clone(&answers));
        let clients = Clients::start(driver, servers, workload, options.seed, recorder);
        let facts = Facts { servers: options.scenario.servers, ..Facts::default() };
        Ok(Run { options, cluster, clients, answers, heartbeat, facts, interrupt })
    }

    /// Runs faults and clients until the time is up or something is beyond repair.
    async fn go(&mut self, tell: &mut dyn FnMut(&str)) {
        let scenario = &self.options.scenario;
        let length = Duration::from_millis(scenario.safety_ms);
        tell(&format!(
            "{} × {}, seed {}: {} for {:.0} s",
            scenario.servers,
            self.options.driver.name(),
            self.options.seed,
            self.options.description,
            length.as_secs_f64()
        ));
        let began = self.now();
        self.pass(CALIBRATION, tell).await;
        self.facts.calibration = self.answers.calibrate(began, self.now());
        self.facts.calibrated_at_ns = nanoseconds(self.now());
        let world = self.cluster.world();
        world.tell("faults may begin");
        let field = Field::new(Arc::clone(&world) as _);
        let nemesis = Nemesis::start(&scenario.steps, &field, &world.senses);
        self.pass(length, tell).await;
        nemesis.stop();
        if let Err(failure) = field.heal() {
            nemesis::World::fail(&*world, failure);
        }
        world.tell_mended();
        if !self.is_over() {
            tell("all is mended");
            self.cluster.catch_up().await;
            self.pass(MENDED, tell).await;
        }
        self.facts.stopped_at_ns = nanoseconds(self.now());
        self.clients.stop().await;
        if !self.is_over() {
            world.tell("clients have stopped, and everything is read once more");
            self.facts.last_round = Some(self.clients.last_round().await);
            self.cluster.catch_up().await;
        }
    }

    /// Lets that much time pass, if nothing ends the run.
    async fn pass(&mut self, time: Duration, tell: &mut dyn FnMut(&str)) {
        let until = runtime::now() + time;
        let mut tell_at = runtime::now() + TELL_INTERVAL;
        while runtime::now() < until && !self.is_over() {
            runtime::sleep_until(until.min(runtime::now() + LOOK_INTERVAL)).await;
            if runtime::now() >= tell_at {
                tell(&self.progress());
                tell_at += TELL_INTERVAL;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.interrupt.is_wanted() || self.cluster.world().failure().is_some()
    }

    fn progress(&self) -> String {
        let (begun, ok) = self.answers.look(|records| {
            let is_ok = |record: &&clients::Record| {
                matches!(record.ended, Some((_, _, clients::Outcome::Ok(_))))
            };
            (records.len(), records.iter().filter(is_ok).count())
        });
        format!("{:>5.0} s: {begun} operations, {ok} ok", self.now().as_secs_f64())
    }

    /// Since the run began.
    fn now(&self) -> Duration {
        runtime::now().since(Instant::START)
    }

    /// Ends the servers, judges what was seen, and writes it down.
    async fn finish(
        self,
        mut folder: RunFolder,
        tell: &mut dyn FnMut(&str),
    ) -> anyhow::Result<Done> {
        let Run { options, cluster, answers, heartbeat, mut facts, interrupt, .. } = self;
        let length_ns = nanoseconds(runtime::now().since(Instant::START));
        tell("servers are ended, and all is judged");
        facts.late_max_ns = nanoseconds(heartbeat.late_max());
        let refused = cluster.world().refused();
        let ended = cluster.end().await;
        if let Some(why) = refused {
            anyhow::bail!(why);
        }
        let deeds = deeds::tell(&ended);
        let memory = ended.memory_max_bytes.clone();
        let recorder = ended.recorder.clone();
        facts = Facts { memory_max_bytes: memory, ..ended.complete(facts) };
        disks::look(options.driver.as_ref(), &ended.directories, &answers, &mut facts);
        answers.look(|records| recorder.operations(records));
        let load = recorder.load(length_ns);
        let histories = answers.histories();
        folder.write_histories(&histories)?;
        folder.write_facts(&facts)?;
        let checks = record::checks(&histories, &facts, None);
        let report = Report::new(about(options), length_ns, deeds, load, checks);
        let verdict = report.verdict;
        if verdict == VerdictName::Passed {
            folder.remove_directories()?;
        }
        let (path, report) = folder.finish(&recorder, report)?;
        let interrupted = interrupt.is_wanted();
        Ok(Done { verdict, interrupted, report, folder: path })
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
