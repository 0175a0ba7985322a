//! Nodes written for Maelstrom under this tester: processes that speak JSON lines on their standard input and
//! output, asked by clients of the workload `lin-kv`.
//!
//! The protocol is that of Maelstrom's `doc/protocol.md` and `doc/workloads.md`. Nodes are started, told who
//! they are by `init`, and asked; the network between them is this program. What clients saw is judged: every
//! key is a register, and all must be linearizable. What a node may never do ends a run at once: to end, to
//! write what is not a message, to answer what was not asked.

mod client;
mod cluster;
mod facts;
mod fault;
mod history;
mod judge;
mod message;
mod network;
mod node;
mod operation;
mod problems;
mod report;

pub use fault::Fault;
pub use judge::Verdict;

use anyhow::Context;
use client::{Shared, ask_until};
use cluster::Cluster;
use facts::Facts;
use fault::{Action, Step, name, schedule};
use futures::FutureExt;
use history::Recorder;
use judge::Judgement;
use labtrace::folder::Folder;
use lincheck::FaultBand;
use network::Network;
use node::Program;
use problems::Problems;
use report::Report;
use runtime::{Instant, JoinHandle, Rng};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// What is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program of a node.
    pub program: PathBuf,
    /// What it is given.
    pub arguments: Vec<String>,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many clients ask at once.
    pub clients: usize,
    /// How long they ask.
    pub time_limit: Duration,
    /// The faults that are drawn.
    pub faults: Vec<Fault>,
    /// What faults and operations are drawn from.
    pub seed: u64,
    /// Where the files of the run go: `maelstrom/<seed>` in here.
    pub failures: PathBuf,
}

impl Options {
    /// The program and its arguments.
    fn command(&self) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.arguments.iter().cloned());
        words.join(" ")
    }

    /// The line that runs it again.
    fn again(&self) -> String {
        let Options { program, arguments, nodes, clients, time_limit, faults, seed, .. } = self;
        let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(",") };
        let time = match time_limit.as_millis() {
            ms if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
            ms => format!("{ms}ms"),
        };
        let mut line = format!(
            "labtest maelstrom --bin {} --nodes {nodes} --clients {clients} --time-limit {time} --nemesis \
             {faults} --seed {seed}",
            program.display(),
        );
        if !arguments.is_empty() {
            line += &format!(" -- {}", arguments.join(" "));
        }
        line
    }
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Finished {
    /// In a word.
    pub verdict: Verdict,
    /// In words.
    pub report: String,
    /// Where its files are.
    pub folder: PathBuf,
}

/// Runs nodes for as long as is wanted and judges them.
///
/// # Errors
/// When the program can't be run, or the files of the run can't be written.
pub fn run(options: &Options) -> anyhow::Result<Finished> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio.block_on(run_here(options))
}

/// The names of the files of a run, beside those of the nodes.
const HISTORY: &str = "history.jsonl";
const MESSAGES: &str = "messages.jsonl";
const PAGE: &str = "linearizability.html";
const REPORT: &str = "report.txt";

/// Whether a folder is what a run has left.
pub fn is_folder(path: &Path) -> bool {
    Facts::are_in(path)
}

/// Judges what a run has left in its folder, and draws its page again.
///
/// # Errors
/// When a file is missing or is not what a run writes, or the page can't be written.
pub fn judge_again(path: &Path) -> anyhow::Result<Finished> {
    let folder = Folder::existing(path)?;
    judge(&Facts::read(&folder)?, &folder)
}

async fn run_here(options: &Options) -> anyhow::Result<Finished> {
    let program = options.program.canonicalize();
    let program = program.with_context(|| format!("can't find {}", options.program.display()))?;
    let program = Program { path: program, arguments: options.arguments.clone() };
    // Another run of the same seed waits until this one is over.
    let folder = Folder::create(&options.failures, "maelstrom", options.seed)?;
    let path = empty(&folder)?;
    let mut run = Run::begin(options, &program, &path)?;
    let ran = run.go_on(options).await;
    run.cluster.stop().await;
    ran?;
    let facts = run.facts(options)?;
    facts.write(&folder)?;
    let finished = judge(&facts, &folder)?;
    folder.write(REPORT, &finished.report)?;
    Ok(finished)
}

/// Removes all that an earlier run has left in a folder; returns where it is.
fn empty(folder: &Folder) -> anyhow::Result<PathBuf> {
    let path = folder.path().canonicalize()?;
    for left in std::fs::read_dir(&path)? {
        let left = left?.path();
        let removed = match left.is_dir() {
            true => std::fs::remove_dir_all(&left),
            false => std::fs::remove_file(&left),
        };
        removed.with_context(|| format!("can't remove {}", left.display()))?;
    }
    Ok(path)
}

/// What a run came to, by its facts and by the history in its folder.
fn judge(facts: &Facts, folder: &Folder) -> anyhow::Result<Finished> {
    let path = folder.path().canonicalize()?;
    let mut judgement = Judgement::new();
    for problem in &facts.problems {
        judgement.add(Verdict::Violated, problem.clone());
    }
    if facts.is_interrupted {
        judgement.add(Verdict::Undecided, "it was interrupted".to_owned());
    }
    let history = path.join(HISTORY);
    let text = std::fs::read_to_string(&history);
    let text = text.with_context(|| history.display().to_string())?;
    let judged = judgement.judge_history(&text, facts.faults.clone(), &path.join(PAGE));
    judged.with_context(|| history.display().to_string())?;
    judgement.judge_load(facts.counts);
    let report = Report { facts, judgement: &judgement }.text(&path);
    Ok(Finished { verdict: judgement.verdict, report, folder: path })
}

/// A run that goes on.
struct Run {
    cluster: Cluster,
    network: Arc<Network>,
    problems: Arc<Problems>,
    shared: Arc<Shared>,
    started: Instant,
    /// The faults that there were, with the times since the start.
    faults: Vec<FaultBand>,
}

impl Run {
    fn begin(options: &Options, program: &Program, folder: &Path) -> anyhow::Result<Run> {
        let names: Vec<String> = (0..options.nodes).map(name).collect();
        let problems = Arc::new(Problems::default());
        let (seed, started) = (options.seed, runtime::now());
        let messages = folder.join(MESSAGES);
        let network = Network::new(names.clone(), seed, &messages, Arc::clone(&problems), started);
        let network = Arc::new(network.context("can't write messages")?);
        let program_name = options.program.to_string_lossy();
        let history = Recorder::new(&folder.join(HISTORY), seed, &program_name, started);
        let history = history.context("can't write the history")?;
        let shared = Arc::new(Shared::new(names.clone(), history, Arc::clone(&problems)));
        let cluster = Cluster::new(names, program, folder, &network, &problems)?;
        Ok(Run { cluster, network, problems, shared, started, faults: Vec::new() })
    }

    /// Clients and faults, and then the question whether the cluster answers when nothing is broken.
    async fn go_on(&mut self, options: &Options) -> anyhow::Result<()> {
        let problems = Arc::clone(&self.problems);
        runtime::detach(async move {
            // Where the signal can't be had, it ends the program as it always does.
            if tokio::signal::ctrl_c().await.is_ok() {
                problems.interrupt();
            }
        });
        let all: Vec<usize> = (0..options.nodes).collect();
        self.cluster.start(&all).await?;
        let until = runtime::now() + options.time_limit;
        let clients = self.start_clients(options, until);
        // What takes long, as starting nodes may, has later steps come later.
        for step in schedule(options.seed, &options.faults, options.nodes, options.time_limit) {
            let begins = runtime::now() + step.after;
            if begins >= until || !self.go_on_until(begins).await {
                break;
            }
            self.carry_out(&step, until).await?;
        }
        let goes_on = self.go_on_until(until).await;
        for client in &clients {
            if !goes_on {
                client.abort();
            }
        }
        // An aborted one says so, and a panic has been told.
        futures::future::join_all(clients).await;
        if goes_on {
            self.cluster.check_recovery(&self.shared).await;
        }
        Ok(())
    }

    fn start_clients(&self, options: &Options, until: Instant) -> Vec<JoinHandle<()>> {
        let start = |number: usize| {
            let rng = Rng::stream(options.seed, "client", number as u64);
            let (network, shared) = (Arc::clone(&self.network), Arc::clone(&self.shared));
            runtime::spawn(ask_until(number, rng, network, shared, until))
        };
        (1..=options.clients).map(start).collect()
    }

    /// Breaks something, and mends it when it is time or the run ends.
    async fn carry_out(&mut self, step: &Step, until: Instant) -> anyhow::Result<()> {
        let from = self.since_start();
        self.cluster.begin(&step.action).await;
        let goes_on = self.go_on_until(until.min(runtime::now() + step.lasts)).await;
        let label = step.action.to_string();
        self.faults.push(FaultBand { from, to: self.since_start(), label });
        // Who was killed is not needed any more when the run is over.
        if goes_on || !matches!(step.action, Action::Kill(_)) {
            self.cluster.end(&step.action).await?;
        }
        Ok(())
    }

    fn since_start(&self) -> u64 {
        runtime::now().since(self.started).as_nanos() as u64
    }

    /// Waits; false when the run is over before.
    async fn go_on_until(&self, time: Instant) -> bool {
        let mut over = pin!(self.problems.over().fuse());
        let mut later = pin!(runtime::sleep_until(time).fuse());
        futures::select_biased! {
            () = over => false,
            () = later => true,
        }
    }

    fn facts(&self, options: &Options) -> anyhow::Result<Facts> {
        self.network.finish().context("can't write messages")?;
        self.shared.history.finish().context("can't write the history")?;
        Ok(Facts {
            schema: Facts::schema(),
            seed: options.seed,
            nodes: options.nodes,
            clients: options.clients,
            command: options.command(),
            again: options.again(),
            problems: self.problems.all(),
            is_interrupted: self.problems.is_interrupted(),
            faults: self.faults.clone(),
            counts: self.shared.history.counts(),
        })
    }
}
