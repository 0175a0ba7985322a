//! The checker beside porcupine-rs on every file of the published corpus, and long histories with a
//! known order: `cargo bench -p lincheck-peers`.
//!
//! Both get operations that are already in memory and give a verdict. They take turns, and the best
//! of several turns counts: these machines are noisy, and noise only adds. With `--check` missing a
//! target is an error.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

#[path = "../../../tests/support/corpus.rs"]
#[allow(dead_code)] // The tests use the rest.
mod corpus;
mod long;
mod theirs;

use lincheck::models::{Kv, Plain, Register};
use lincheck::{History, Model, Verdict, check};
use std::hint::black_box;
use std::time::{Duration, Instant};

const TURNS: usize = 7;

/// What must hold: how many times faster in sum, and how many times on the worst file.
const RATIO_OF_SUMS_MIN: f64 = 3.0;
const RATIO_WORST_MIN: f64 = 1.0 / 1.1;

const LAB: Kv = Kv::new().with_missing_as_empty();

/// What was measured of one file.
struct Row {
    name: String,
    ours: Duration,
    plain: Duration,
    theirs: Duration,
    steps: u64,
    plain_steps: u64,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.theirs.as_secs_f64() / self.ours.as_secs_f64()
    }
}

/// The shorter of the best so far and of one more run.
fn timed<T>(best: &mut Duration, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(run());
    *best = start.elapsed().min(*best);
    result
}

fn measure<M, T>(
    name: String,
    model: M,
    history: &History<M::Input, M::Output>,
    their_operations: &[porcupine_rs::Operation<T>],
) -> Row
where
    M: Model + Copy,
    T: porcupine_rs::Model,
{
    let mut row = Row {
        name,
        ours: Duration::MAX,
        plain: Duration::MAX,
        theirs: Duration::MAX,
        steps: 0,
        plain_steps: 0,
    };
    for _ in 0..TURNS {
        let is_ok = timed(&mut row.theirs, || porcupine_rs::check_operations(their_operations));
        let report = timed(&mut row.ours, || check(&model, history));
        let plain = timed(&mut row.plain, || check(&Plain(model), history));
        let expected = if is_ok { Verdict::Linearizable } else { Verdict::NotLinearizable };
        assert_eq!((report.verdict, plain.verdict), (expected, expected), "{}", row.name);
        (row.steps, row.plain_steps) = (report.steps(), plain.steps());
    }
    row
}

fn main() {
    // `cargo test` runs benchmarks too, without this argument and without need of figures.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let sources = corpus::sources_of("porcupine-rs");
    let etcd = corpus::etcd_numbers().map(|number| {
        let history = corpus::etcd(&corpus::etcd_text(&sources, number));
        measure(format!("etcd_{number:03}"), Register::new(), &history, &theirs::etcd(&history))
    });
    let etcd: Vec<Row> = etcd.collect();
    let kv = corpus::KV.map(|name| {
        let history = corpus::kv(&corpus::kv_text(&sources, name));
        measure(name.to_string(), LAB, &history, &theirs::kv(&history))
    });
    println!("how many times faster than porcupine-rs, by file:");
    for rows in etcd.chunks(8) {
        let cells = rows.iter().map(|row| format!("{} {:<7.1}", row.name, row.ratio()));
        println!("  {}", cells.collect::<String>());
    }
    println!();
    println!(
        "                     ours      without hints  porcupine-rs  ratio  steps (without hints)"
    );
    let mut held = true;
    for row in &kv {
        print_row(&row.name, std::slice::from_ref(row));
    }
    held &= print_row("sum of etcd", &etcd);
    held &= print_row("sum of kv", &kv);
    let worst = etcd.iter().chain(&kv).min_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    if let Some(worst) = worst {
        println!("worst file: {}, {:.1} times", worst.name, worst.ratio());
        held &= worst.ratio() >= RATIO_WORST_MIN;
    }
    println!();
    held &= long::measure();
    println!("\ntargets {}", if held { "held" } else { "MISSED" });
    if !held && arguments.iter().any(|argument| argument == "--check") {
        std::process::exit(1);
    }
}

/// Prints what some files took together, and whether that is fast enough.
fn print_row(name: &str, rows: &[Row]) -> bool {
    let sum = |of: fn(&Row) -> Duration| rows.iter().map(of).sum::<Duration>().as_secs_f64();
    let (ours, plain, theirs) = (sum(|row| row.ours), sum(|row| row.plain), sum(|row| row.theirs));
    println!(
        "  {name:<14} {:>8.3} ms  {:>10.3} ms  {:>10.3} ms  {:>6.1}  {} ({})",
        ours * 1e3,
        plain * 1e3,
        theirs * 1e3,
        theirs / ours,
        rows.iter().map(|row| row.steps).sum::<u64>(),
        rows.iter().map(|row| row.plain_steps).sum::<u64>(),
    );
    theirs / ours >= RATIO_OF_SUMS_MIN
}
