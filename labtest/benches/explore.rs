//! How many explorations a core runs in a second: `cargo bench -p labtest --bench explore`.
//!
//! All checks are on. The first line has five servers, ten seconds and 500 commands, of clients, a
//! network and a Raft as a scenario has them that says nothing of them, and faults as they are drawn.
//! In the third line all that is drawn, too: short heartbeats, batches of one entry and slow disks
//! make each command cost more. Each line is 500 seeds on one thread, in turns with the other
//! lines, so that a machine that is busy meanwhile slows all of them. `-- 2000` takes 2,000 seeds
//! instead.

use labtest::nemesis::FaultFilter;
use labtest::scenario::{Exploration, Scenario, run_scenario};
use labtest::{Implementation, OurRaft, RunOptions, Verdict};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const DEFAULT_SEEDS: u64 = 500;
/// Of scenarios of the one size, on one core.
const TARGET_RUNS_PER_S: f64 = 300.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Under `cargo test --benches` it only has to run.
    let default = if arguments.iter().any(|it| it == "--bench") { DEFAULT_SEEDS } else { 2 };
    let seeds = arguments.iter().find_map(|it| it.parse().ok()).unwrap_or(default).max(1);

    let everything = |seed| Scenario::draw(Exploration::Everything, seed, &FaultFilter::all());
    let inside = RunOptions::default();
    let outside = RunOptions { outside_only: true, ..RunOptions::default() };
    let mut lines = [
        Line::new("5 servers, 10 s, 500 commands", &inside),
        Line::new("the same, from outside only", &outside),
        Line::new("the same, options as drawn", &inside),
        Line::new("as explore::everything draws them", &inside),
    ];
    for seed in 1..=seeds {
        let of_one_size = of_one_size(everything(seed));
        let with_defaults = with_default_options(&of_one_size);
        lines[0].run(&with_defaults, seed);
        lines[1].run(&with_defaults, seed);
        lines[2].run(&of_one_size, seed);
        lines[3].run(&everything(seed), seed);
    }

    println!(
        "{:36}{:>8}{:>11}{:>11}{:>8}{:>10}",
        "", "runs/s", "mean", "median", "RPCs", "virtual"
    );
    let failed = lines.iter().any(|line| line.failed);
    lines.into_iter().for_each(Line::show);
    println!("target of the first line: {TARGET_RUNS_PER_S} runs/s");
    // What a run costs that does not pass says nothing.
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The scenario with the size that runs are counted at; faults, network and options are its own.
fn of_one_size(mut scenario: Scenario) -> Scenario {
    let lasts_ms = scenario.safety_ms;
    scenario.servers = 5;
    scenario.safety_ms = 10_000;
    scenario.clients.commands = 500;
    scenario.recovery.extra = scenario.recovery.extra.min(2);
    for step in &mut scenario.steps {
        step.at_ms = step.at_ms * scenario.safety_ms / lasts_ms;
    }
    scenario
}

/// The faults of a scenario, on a cluster that is as a scenario has it that does not say otherwise.
fn with_default_options(scenario: &Scenario) -> Scenario {
    let Scenario { servers, safety_ms, steps, recovery, .. } = scenario.clone();
    Scenario { servers, safety_ms, steps, recovery, ..Scenario::default() }
}

struct Line {
    name: &'static str,
    options: RunOptions,
    costs: Vec<Duration>,
    rpcs: u64,
    virtual_time: Duration,
    failed: bool,
}

impl Line {
    fn new(name: &'static str, options: &RunOptions) -> Line {
        let (costs, rpcs, virtual_time) = (Vec::new(), 0, Duration::ZERO);
        Line { name, options: options.clone(), costs, rpcs, virtual_time, failed: false }
    }

    fn run(&mut self, scenario: &Scenario, seed: u64) {
        let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
        let before = cpu_time();
        let outcome = run_scenario(scenario, seed, &implementation, &self.options);
        self.costs.push(cpu_time() - before);
        if outcome.verdict != Verdict::Passed {
            println!("{}, seed {seed}: {:?}", self.name, outcome.verdict);
            self.failed = true;
        }
        self.rpcs += outcome.measures.rpcs;
        self.virtual_time += outcome.virtual_time;
    }

    fn show(mut self) {
        self.costs.sort_unstable();
        let runs = self.costs.len();
        let mean = self.costs.iter().sum::<Duration>().as_secs_f64() / runs as f64;
        let median = self.costs[runs / 2].as_secs_f64();
        println!(
            "{:36}{:>8.0}{:>8.2} ms{:>8.2} ms{:>8}{:>8.1} s",
            self.name,
            1.0 / mean,
            mean * 1e3,
            median * 1e3,
            self.rpcs / runs as u64,
            self.virtual_time.as_secs_f64() / runs as f64,
        );
    }
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    cpu_time::ThreadTime::now().as_duration()
}
