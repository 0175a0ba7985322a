//! CPU time of one pass over the 28 lab tests, and of one over the tests of the key/value store with
//! their checks, on one thread: `cargo bench -p labtest --bench pass`.
//!
//! Each of several seeds makes a pass; best and median are shown, for the pass and for each test,
//! with the RPCs and the virtual time that they bought. `-- 100` takes 100 seeds instead of 30.

use labtest::{
    Implementation, LabTest, OurRaft, RunOptions, Verdict, kv_tests, lab_tests, run_one,
};
use std::sync::Arc;
use std::time::Duration;

const DEFAULT_SEEDS: u64 = 30;
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
    let passes: Vec<Pass> = (1..=seeds).map(|seed| pass(tests, seed)).collect();
    println!("{:44}{:>10}{:>10}{:>9}{:>10}", "test", "best", "median", "RPCs", "virtual");
    for (place, test) in tests.iter().enumerate() {
        show(test.name, passes.iter().map(|pass| pass[place]).collect());
    }
    let sum = |pass: &Pass| pass.iter().copied().reduce(Cost::plus);
    show("one pass", passes.iter().filter_map(sum).collect());
    println!("target for a pass: {:.1} ms\n", target.as_secs_f64() * 1e3);
}

/// What one run cost, and what it did.
#[derive(Clone, Copy)]
struct Cost {
    cpu: Duration,
    rpcs: u64,
    virtual_time: Duration,
}

impl Cost {
    fn plus(self, other: Cost) -> Cost {
        Cost {
            cpu: self.cpu + other.cpu,
            rpcs: self.rpcs + other.rpcs,
            virtual_time: self.virtual_time + other.virtual_time,
        }
    }
}

/// A cost for each test.
type Pass = Vec<Cost>;

fn pass(tests: &[LabTest], seed: u64) -> Pass {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let options = RunOptions::default();
    let run = |test| {
        let before = cpu_time();
        let outcome = run_one(test, seed, &implementation, &options);
        let cpu = cpu_time() - before;
        if outcome.verdict != Verdict::Passed {
            println!("{} seed {seed}: {:?}", outcome.test, outcome.verdict);
        }
        Cost { cpu, rpcs: outcome.rpcs, virtual_time: outcome.virtual_time }
    };
    tests.iter().map(run).collect()
}

fn show(name: &str, mut costs: Vec<Cost>) {
    costs.sort_by_key(|cost| cost.cpu);
    let milliseconds = |cost: &Cost| cost.cpu.as_secs_f64() * 1e3;
    let (best, median) = (&costs[0], &costs[costs.len() / 2]);
    let runs = costs.len() as u64;
    let rpcs = costs.iter().map(|cost| cost.rpcs).sum::<u64>() / runs;
    let virtual_time = costs.iter().map(|cost| cost.virtual_time).sum::<Duration>() / runs as u32;
    println!(
        "{name:44}{:>7.2} ms{:>7.2} ms{rpcs:>9}{:>8.1} s",
        milliseconds(best),
        milliseconds(median),
        virtual_time.as_secs_f64()
    );
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    cpu_time::ThreadTime::now().as_duration()
}
