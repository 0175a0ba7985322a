//! Files that nobody has written, read as a journal or as a snapshot: no panic, and no more memory than the
//! file is worth.
//!
//! ```text
//! fuzz journal|snapshot [INPUTS [SEED]]
//! ```
//!
//! Checksums would keep every random file out, so inputs are whole files of many kinds that are cut, spliced
//! and overwritten, and half of them get checksums that are right again. An input that fails is left in the
//! file `fuzz-failure` in the present folder. Exits with 1 then, and with 64 where it is used otherwise.

use bytes::Bytes;
use persister::files::{Files, SimulatedFiles};
use persister::{Contents, Identity, OpenError, Persister, SimulatedDisk, SyncFuture};
use runtime::Rng;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The bytes in front of a batch's content, as docs/formats.md has them.
const BATCH_HEADER_BYTES: usize = 36;

/// More than everything here needs.
const MEMORY_KB_MAX: u64 = 256 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Some(default), |text| text.replace('_', "").parse().ok())
    };
    let what = arguments.first().map(String::as_str);
    let (Some(what @ ("journal" | "snapshot")), Some(inputs), Some(seed)) =
        (what, number(1, 1_000_000), number(2, 1))
    else {
        eprintln!("usage: fuzz journal|snapshot [INPUTS [SEED]]");
        return ExitCode::from(64);
    };
    let originals = originals();
    let mut rng = Rng::stream(seed, what, 0);
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for input in 0..inputs {
        let mut files = rng.pick(&originals).clone();
        let name = match what {
            "journal" => "journal",
            _ => "snapshot-1",
        };
        let donor = rng.pick(&originals)[name].clone();
        let bytes = files.get_mut(name).expect("every original has both");
        mutate(bytes, &donor, &mut rng);
        if rng.chance(500_000) {
            repair(what, bytes);
        }
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| read(&files, rng.chance(100_000))))
        else {
            let bytes = &files[name];
            std::fs::write("fuzz-failure", bytes).expect("the folder can be written to");
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

type Directory = BTreeMap<String, Vec<u8>>;

fn owner() -> Identity {
    Identity::new("fuzz", 3)
}

/// Directories as servers leave them.
fn originals() -> Vec<Directory> {
    let mut rng = Rng::stream(1, "originals", 0);
    (0..40)
        .map(|number| {
            let files = SimulatedFiles::new(Rng::from_seed(number));
            let disk = SimulatedDisk::over(files.clone(), owner());
            let persister = disk.open();
            let mut bytes = |most| Bytes::from_iter((0..rng.below(most)).map(|at| at as u8));
            let long = if number % 10 == 0 { 140_000 } else { 60 };
            let snapshot = [&bytes(long)[..], b"."].concat();
            persister.save(&bytes(50), Some(snapshot.into()));
            synced(persister.sync());
            for _ in 0..number % 7 {
                (0..number % 3 + 1).for_each(|_| persister.append(&bytes(40)));
                synced(persister.sync());
            }
            let names = files.names().expect("names");
            let read = |name: String| {
                let bytes = files.read(&name).expect("a file").to_vec();
                (name, bytes)
            };
            names.into_iter().map(read).collect()
        })
        .collect()
}

fn synced(sync: SyncFuture) {
    assert!(matches!(sync, SyncFuture::Ready(Some(Ok(())))), "nothing is wrong with this disk");
}

fn mutate(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    for _ in 0..rng.range(1..=4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let length = rng.below(64) as usize;
        let end = (at + length).min(bytes.len());
        match rng.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].fill(*rng.pick(&[0, 0xff])),
            3 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.next_u64() as u8),
            4 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let from = rng.below(donor.len() as u64) as usize;
                let until = (from + 4 * length).min(donor.len());
                bytes.splice(at..end, donor[from..until].iter().copied());
            }
            6 => {
                let number = *rng.pick(&[0, 1, 7, u64::from(u32::MAX), u64::MAX / 2, u64::MAX]);
                let number = number.wrapping_sub(rng.below(3)).to_le_bytes();
                let width = if rng.chance(500_000) { 4 } else { 8 };
                let end = (at + width).min(bytes.len());
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

/// Gives a file checksums that are right, as far as its lengths lead.
fn repair(what: &str, bytes: &mut [u8]) {
    let Some(name_bytes) = bytes.get(28) else { return };
    let checked = 29 + usize::from(*name_bytes);
    if bytes.len() < checked + 4 {
        return;
    }
    let checksum = crc32fast::hash(&bytes[..checked]);
    bytes[checked..checked + 4].copy_from_slice(&checksum.to_le_bytes());
    let mut begin = checked + 4;
    while what == "journal" && begin + BATCH_HEADER_BYTES <= bytes.len() {
        let length = u32::from_le_bytes(bytes[begin + 4..begin + 8].try_into().expect("4 bytes"));
        let content = begin + BATCH_HEADER_BYTES;
        let Some(end) = content.checked_add(length as usize).filter(|end| *end <= bytes.len())
        else {
            return;
        };
        let checksum = crc32fast::hash(&bytes[content..end]).to_le_bytes();
        bytes[begin + 8..begin + 12].copy_from_slice(&checksum);
        let checksum = crc32fast::hash(&bytes[begin + 4..content]).to_le_bytes();
        bytes[begin..begin + 4].copy_from_slice(&checksum);
        begin = end;
    }
}

/// Reads it, and starts a server from it if wanted. Says in a word what it was.
fn read(directory: &Directory, starts: bool) -> &'static str {
    let files = SimulatedFiles::new(Rng::from_seed(1));
    for (name, bytes) in directory {
        let mut file = files.create(name).expect("an empty directory");
        file.append(bytes).expect("room");
        synced(file.sync());
    }
    synced(files.sync());
    let contents = Contents::of(&files);
    if starts {
        let disk = SimulatedDisk::over(files.clone(), owner());
        let found = disk.open().read();
        match &contents {
            Ok(Some(contents)) if contents.identity == owner() => {
                assert_eq!(found.as_ref(), Ok(&contents.stored), "a server finds what is shown");
                assert_eq!(disk.open().read(), found, "and finds it again");
            }
            Ok(Some(_)) | Err(_) => assert!(found.is_err(), "what can't be shown is refused"),
            Ok(None) => unreachable!("there is a journal"),
        }
    }
    match contents {
        Ok(Some(contents)) => {
            let held: usize = contents.stored.records.iter().map(Bytes::len).sum();
            let journal = directory["journal"].len();
            assert!(held + contents.stored.state.len() <= journal, "more than is there");
            if contents.torn_bytes > 0 { "torn" } else { "whole" }
        }
        Ok(None) => "empty",
        Err(OpenError::Corrupt { .. }) => "corrupt",
        Err(OpenError::Version { .. }) => "of another version",
        Err(OpenError::Foreign { .. }) => "another server's",
        Err(other) => panic!("{other}"),
    }
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
