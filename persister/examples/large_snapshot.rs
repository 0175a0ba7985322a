//! How much memory a large snapshot takes: `cargo run --release -p persister --example large_snapshot`.
//!
//! ```text
//! large_snapshot [MIB [DIRECTORY]]
//! ```
//!
//! Writes a snapshot of 300 MiB in pieces of 64 KiB, opens the directory again and reads it in such pieces,
//! and meanwhile makes records durable. Prints the most memory that the process has had, and the slowest
//! sync of a record.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

use bytes::Bytes;
use futures::executor::block_on;
use persister::{FilePersister, Identity, Persister};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PIECE_BYTES: usize = 64 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mib: usize = arguments.next().map_or(Ok(300), |text| text.parse())?;
    // Not where the system keeps what is temporary: that may be memory.
    let folder = match arguments.next() {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_dir()?.join("target"),
    };
    std::fs::create_dir_all(&folder)?;
    let directory = tempfile::tempdir_in(folder)?;
    tell("at first", None);
    write(directory.path(), mib << 20)?;
    read(directory.path(), mib << 20)?;
    Ok(())
}

fn piece(number: usize) -> Bytes {
    let words = (0..PIECE_BYTES / 8).map(|at| (number * PIECE_BYTES + at) as u64);
    words.flat_map(u64::to_le_bytes).collect()
}

fn open(directory: &Path) -> Result<FilePersister, persister::OpenError> {
    FilePersister::open(directory, &Identity::new("large", 0))
}

/// Makes a record durable. Returns how long that took.
fn sync(persister: &FilePersister) -> Result<Duration, persister::PersistError> {
    let began = Instant::now();
    persister.append(&[7; 100]);
    block_on(persister.sync())?;
    Ok(began.elapsed())
}

fn write(directory: &Path, bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let persister = open(directory)?;
    let (began, mut slowest) = (Instant::now(), Duration::ZERO);
    let mut writer = persister.begin_snapshot();
    for number in 0..bytes / PIECE_BYTES {
        block_on(writer.write(piece(number)))?;
        if number % 16 == 0 {
            slowest = slowest.max(sync(&persister)?);
        }
    }
    persister.compact_written(b"state", writer);
    slowest = slowest.max(sync(&persister)?);
    persister.save(b"state", None);
    block_on(persister.sync())?;
    tell(&format!("written in {:.1?}", began.elapsed()), Some(slowest));
    Ok(())
}

fn read(directory: &Path, bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let persister = open(directory)?;
    tell(&format!("opened in {:.1?}", began.elapsed()), None);
    let (began, mut slowest) = (Instant::now(), Duration::ZERO);
    let snapshot = persister.snapshot()?;
    for number in 0..bytes / PIECE_BYTES {
        let read = snapshot.read((number * PIECE_BYTES) as u64, PIECE_BYTES)?;
        assert!(read == piece(number), "what was written");
        if number % 16 == 0 {
            slowest = slowest.max(sync(&persister)?);
        }
    }
    tell(&format!("read in {:.1?}", began.elapsed()), Some(slowest));
    Ok(())
}

fn tell(what: &str, slowest: Option<Duration>) {
    let memory = match memory_kb() {
        Some(kb) => format!("{} MiB of memory at most", kb / 1024),
        None => "nobody knows how much memory".to_owned(),
    };
    let slowest = slowest.map(|it| format!(", the slowest sync took {it:.1?}")).unwrap_or_default();
    println!("{what}: {memory}{slowest}");
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
