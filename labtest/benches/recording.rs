//! What a recording costs: `cargo bench -p labtest --bench recording`.
//!
//! Every test under several seeds, three times in turn on one thread: without a recording, with one
//! in memory, and without again. The two without differ by the noise of the machine, and the runner
//! never does anything else until a run fails. `-- 30` takes 30 seeds instead of 10.

use labtest::{Implementation, OurRaft, RunOptions, lab_tests, record_one, run_one};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const DEFAULT_SEEDS: u64 = 10;
/// How many times as long as another a recorded run may take.
const TARGET: f64 = 3.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Under `cargo test --benches` it only has to run.
    let default = if arguments.iter().any(|it| it == "--bench") { DEFAULT_SEEDS } else { 1 };
    let seeds = arguments.iter().find_map(|it| it.parse().ok()).unwrap_or(default).max(1);

    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let options = RunOptions::default();
    println!("{:38}{:>10}{:>10}{:>8}{:>10}{:>9}", "test", "off", "on", "ratio", "events", "MB");
    let mut total = Cost::default();
    for test in lab_tests() {
        let mut cost = Cost::default();
        for seed in 1..=seeds {
            let (off, plain) = timed(|| run_one(test, seed, &implementation, &options));
            let (on, recorded) = timed(|| record_one(test, seed, &implementation, &options));
            let (again, _) = timed(|| run_one(test, seed, &implementation, &options));
            assert_eq!(plain.trace_hash, recorded.outcome.trace_hash, "{} {seed}", test.name);
            cost.off += off;
            cost.on += on;
            cost.again += again;
            cost.events += recorded.trace.lines().count() as u64;
            cost.bytes += (recorded.trace.len() + recorded.history.len()) as u64;
        }
        show(test.name, &cost, seeds);
        total.add(&cost);
    }
    show("all tests", &total, seeds);
    let again = total.again.as_secs_f64() / total.off.as_secs_f64();
    println!("off again, against off: {again:.3} (the noise); target for on: under {TARGET} × off");
}

#[derive(Default)]
struct Cost {
    off: Duration,
    on: Duration,
    again: Duration,
    events: u64,
    bytes: u64,
}

impl Cost {
    fn add(&mut self, other: &Cost) {
        self.off += other.off;
        self.on += other.on;
        self.again += other.again;
        self.events += other.events;
        self.bytes += other.bytes;
    }
}

fn show(name: &str, cost: &Cost, seeds: u64) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3 / seeds as f64;
    // Both runs without a recording count, so that neither a warm cache nor noise flatters.
    let off = (cost.off + cost.again) / 2;
    println!(
        "{name:38}{:>7.2} ms{:>7.2} ms{:>8.2}{:>10}{:>9.2}",
        milliseconds(off),
        milliseconds(cost.on),
        cost.on.as_secs_f64() / off.as_secs_f64(),
        cost.events / seeds,
        cost.bytes as f64 / 1e6 / seeds as f64
    );
}

fn timed<R>(run: impl FnOnce() -> R) -> (Duration, R) {
    let before = cpu_time();
    let result = black_box(run());
    (cpu_time() - before, result)
}

/// CPU time of this thread, from Linux's scheduler; elsewhere the time that passed, which is more
/// when the machine is busy with other things.
fn cpu_time() -> Duration {
    let scheduler = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = scheduler.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(elapsed, Duration::from_nanos)
}

#[allow(clippy::disallowed_methods, clippy::disallowed_types)] // A benchmark measures real time.
fn elapsed() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
