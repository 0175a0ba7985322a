//! Bytes that nobody means, as they may come over a connection: no panic, no message that is read in two
//! ways, and no more memory than a frame may have.
//!
//! ```text
//! fuzz_wire messages|host|guest [INPUTS [SEED]]
//! ```
//!
//! `messages` are what comes after the handshake; `host` and `guest` are the server's and the caller's side
//! of the handshake itself. Checksums would keep most of it out, so inputs are good streams that are cut,
//! spliced and overwritten, and half of them get checksums that are right again. An input that fails is left
//! in the file `fuzz-failure` in the present folder. Exits with 1 then, and with 64 where it is used
//! otherwise.

use labrpc::tcp::fuzz::{Outcome, guest_hears, host_hears, messages, originals};
use runtime::Rng;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// A frame's length and checksum, as docs/formats.md has them.
const HEADER_BYTES: usize = 8;

/// More than everything here needs.
const MEMORY_KB_MAX: u64 = 64 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Some(default), |text| text.replace('_', "").parse().ok())
    };
    let what = arguments.first().map(String::as_str);
    let (Some(what @ ("messages" | "host" | "guest")), Some(inputs), Some(seed)) =
        (what, number(1, 1_000_000), number(2, 1))
    else {
        eprintln!("usage: fuzz_wire messages|host|guest [INPUTS [SEED]]");
        return ExitCode::from(64);
    };
    let all = originals();
    let originals = match what {
        "messages" => all.messages,
        "host" => all.guests,
        _ => all.hosts,
    };
    let mut rng = Rng::stream(seed, what, 0);
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    for input in 0..inputs {
        let mut bytes = rng.pick(&originals).clone();
        if !rng.chance(10_000) {
            let donor: &Vec<u8> = rng.pick(&originals);
            mutate(&mut bytes, donor, &mut rng);
        }
        if rng.chance(500_000) {
            repair(&mut bytes);
        }
        let piece = rng.range(1..=bytes.len().max(1) as u64) as usize;
        let heard = catch_unwind(|| match what {
            "messages" => messages(bytes.chunks(piece)),
            "host" => host_hears(&bytes),
            _ => guest_hears(&bytes),
        });
        let Ok(outcome) = heard else {
            std::fs::write("fuzz-failure", &bytes).expect("the folder can be written to");
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

fn mutate(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    for _ in 0..rng.range(1..=4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let end = (at + rng.below(32) as usize).min(bytes.len());
        match rng.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.next_u64() as u8),
            3 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let from = rng.below(donor.len() as u64) as usize;
                let until = (from + rng.below(200) as usize).min(donor.len());
                bytes.splice(at..end, donor[from..until].iter().copied());
            }
            5 => {
                let number = *rng.pick(&[0, 1, 1024, 4096, 65_536, u32::MAX / 2, u32::MAX]);
                let number = number.wrapping_add(rng.below(9) as u32).to_le_bytes();
                let end = (at + number.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
    }
}

/// Gives frames checksums that are right, as far as their lengths lead.
fn repair(bytes: &mut [u8]) {
    let mut begin = 0;
    while let Some(length) = bytes.get(begin..begin + 4) {
        let length = u32::from_le_bytes(length.try_into().expect("4 bytes")) as usize;
        let (content, end) = (begin + HEADER_BYTES, begin + 4 + length);
        if length < 4 || end > bytes.len() {
            return;
        }
        let checksum = crc32fast::hash(&bytes[content..end]).to_le_bytes();
        bytes[begin + 4..content].copy_from_slice(&checksum);
        begin = end;
    }
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
