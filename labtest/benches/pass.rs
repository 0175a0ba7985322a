//! CPU time of one pass over the 28 lab tests, and of one over the tests of the key/value store with
//! their checks, on one thread: `cargo bench -p labtest --bench pass`.
//!
//! A seed is the same run each time, so what it costs is the least that it took in several turns; what
//! is above that is the machine's. Shown are least and median of ten turns, at the mean over the seeds,
//! for the pass and for each test, with the RPCs and the virtual time that they bought. `-- 100` takes
//! 100 seeds instead of 10.

use labtest::{
    Implementation, LabTest, OurRaft, RunOptions, Verdict, kv_tests, lab_tests, run_one,
};
use std::sync::Arc;
use std::time::Duration;

const DEFAULT_SEEDS: u64 = 10;
/// How often each seed is run.
const TURNS: usize = 10;
/// A pass should cost no more than this.
const LAB_TARGET: Duration = Duration::from_millis(60);
/// So should a pass over the tests of the store, checking included.
const KV_TARGET: Duration = Duration::from_millis(300);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Under `cargo test --benches` it only has to run.
    let default = if arguments.iter().any(|it| it == "--bench") { DEFAULT_SEEDS } else { 1 };
    let seeds = arguments.iter().find_map(|it| it.parse().ok()).unwrap_or(default).max(1);

    bench(lab_tests(), LAB_TARGET, seeds);
    bench(kv_tests(), KV_TARGET, seeds);
}

fn bench(tests: &[LabTest], target: Duration, seeds: u64) {
    let mut turns = vec![Vec::new(); tests.len()];
    for _ in 0..TURNS {
        for seed in 1..=seeds {
            for (test, turns) in tests.iter().zip(&mut turns) {
                turns.push(run(test, seed));
            }
        }
    }
    println!("{:44}{:>10}{:>10}{:>9}{:>10}", "test", "least", "median", "RPCs", "virtual");
    let mut pass = Cost::default();
    for (test, turns) in tests.iter().zip(&turns) {
        let cost = cost(turns, seeds as usize);
        show(test.name, &cost);
        pass = pass.plus(&cost);
    }
    show("one pass", &pass);
    println!("target for a pass: {:.1} ms\n", target.as_secs_f64() * 1e3);
}

/// What one run took, and what it did.
#[derive(Clone)]
struct Turn {
    cpu: Duration,
    rpcs: u64,
    virtual_time: Duration,
}

fn run(test: &LabTest, seed: u64) -> Turn {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let before = cpu_time();
    let outcome = run_one(test, seed, &implementation, &RunOptions::default());
    let cpu = cpu_time() - before;
    if outcome.verdict != Verdict::Passed {
        println!("{} seed {seed}: {:?}", outcome.test, outcome.verdict);
    }
    Turn { cpu, rpcs: outcome.measures.rpcs, virtual_time: outcome.virtual_time }
}

/// What a run costs, at the mean over the seeds.
#[derive(Default)]
struct Cost {
    least: Duration,
    median: Duration,
    rpcs: u64,
    virtual_time: Duration,
}

impl Cost {
    fn plus(&self, other: &Cost) -> Cost {
        Cost {
            least: self.least + other.least,
            median: self.median + other.median,
            rpcs: self.rpcs + other.rpcs,
            virtual_time: self.virtual_time + other.virtual_time,
        }
    }
}

/// Of turns that take up the seeds in the same order again and again.
fn cost(turns: &[Turn], seeds: usize) -> Cost {
    let mut sum = Cost::default();
    for seed in 0..seeds {
        let mut cpu: Vec<Duration> =
            turns[seed..].iter().step_by(seeds).map(|turn| turn.cpu).collect();
        cpu.sort_unstable();
        let Turn { rpcs, virtual_time, .. } = turns[seed];
        let (least, median) = (cpu[0], cpu[cpu.len() / 2]);
        sum = sum.plus(&Cost { least, median, rpcs, virtual_time });
    }
    let count = seeds as u32;
    Cost {
        least: sum.least / count,
        median: sum.median / count,
        rpcs: sum.rpcs / u64::from(count),
        virtual_time: sum.virtual_time / count,
    }
}

fn show(name: &str, cost: &Cost) {
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    println!(
        "{name:44}{:>7.2} ms{:>7.2} ms{:>9}{:>8.1} s",
        milliseconds(cost.least),
        milliseconds(cost.median),
        cost.rpcs,
        cost.virtual_time.as_secs_f64()
    );
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    cpu_time::ThreadTime::now().as_duration()
}
