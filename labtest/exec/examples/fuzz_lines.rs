//! Lines that nobody means, as the answers of a program: no panic, and no more memory than lines are worth.
//!
//! ```text
//! fuzz_lines [INPUTS [SEED]]
//! ```
//!
//! Inputs are good lines that are cut, spliced and overwritten, each in answer to its own type of line or to another.
//! An input that fails is left in the file `fuzz-failure` in the present folder. Exits with 1 then, and with 64 where
//! it is used otherwise.

use exec::fuzz::{answered, originals};
use runtime::Rng;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// More than everything here needs.
const MEMORY_KB_MAX: u64 = 64 * 1024;

/// What has a meaning somewhere.
const WORDS: [&str; 16] = [
    "null",
    "-1",
    "18446744073709551615",
    "1e999",
    "\"\"",
    "{}",
    "[[[[",
    "\\u0000",
    "\"type\"",
    "done",
    "hello",
    "true",
    "\"=\"",
    ",",
    "\n",
    "9007199254740993",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Some(default), |text| text.replace('_', "").parse().ok())
    };
    let (Some(inputs), Some(seed)) = (number(0, 100_000), number(1, 1)) else {
        eprintln!("usage: fuzz_lines [INPUTS [SEED]]");
        return ExitCode::from(64);
    };
    let mut rng = Rng::stream(seed, "lines", 0);
    let originals = originals();
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for input in 0..inputs {
        let mut line = rng.pick(&originals).clone();
        if !rng.chance(10_000) {
            let donor: &Vec<u8> = rng.pick(&originals);
            mutate(&mut line, donor, &mut rng);
        }
        // Mostly in answer to a request, which may be answered by anything.
        let to = if rng.chance(800_000) { 2 } else { rng.below(14) as usize };
        let Ok(outcome) = catch_unwind(|| answered(to, &line)) else {
            std::fs::write("fuzz-failure", &line).expect("the folder can be written to");
            eprintln!("input {input} of seed {seed} panicked: it is in fuzz-failure");
            return ExitCode::from(1);
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{inputs} inputs: {outcomes:?}");
    match memory_kb() {
        Some(memory_kb) if memory_kb > MEMORY_KB_MAX => {
            eprintln!("{memory_kb} kB of memory were used, {MEMORY_KB_MAX} are enough");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn mutate(line: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    for _ in 0..rng.range(1..=2) {
        let at = rng.below(line.len() as u64 + 1) as usize;
        let length = rng.range(1..=12) as usize;
        let end = at.saturating_add(length).min(line.len());
        match rng.below(5) {
            0 => line.truncate(at),
            1 => drop(line.drain(at..end)),
            2 => {
                let from = rng.below(donor.len() as u64) as usize;
                let until = donor.len().min(from + length * 4);
                line.splice(at..end, donor[from..until].iter().copied());
            }
            3 => drop(line.splice(at..end, rng.pick(&WORDS).bytes())),
            _ => line[at..end].iter_mut().for_each(|byte| *byte = rng.below(256) as u8),
        }
    }
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
