//! What group commit makes of a disk: `cargo bench -p persister`.
//!
//! Appends of 100 bytes, each made durable, by 1, 16 and 64 writers that wait for theirs before the next;
//! beside them a bare loop of `write` and `fdatasync`, in turns in the same run, since disks and machines
//! have moods. Printed is the median of several turns, and how many times the loop that is. `-- 1` makes
//! the turns short.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

use futures::executor::block_on;
use futures::future::join_all;
use persister::{FilePersister, Identity, Persister};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const RECORD: [u8; 100] = [7; 100];
const WRITERS: [u64; 3] = [1, 16, 64];
const TURNS: usize = 5;

/// Appends a second of a bare loop.
fn bare(folder: &Path, time: Duration) -> f64 {
    let mut file = File::create(folder.join("bare")).expect("a file");
    let (began, mut appends) = (Instant::now(), 0u64);
    while began.elapsed() < time {
        file.write_all(&RECORD).expect("room");
        file.sync_data().expect("a sync");
        appends += 1;
    }
    appends as f64 / began.elapsed().as_secs_f64()
}

/// Appends a second of a journal with that many writers.
fn journal(folder: &Path, writers: u64, time: Duration) -> f64 {
    let directory = folder.join(format!("journal-{writers}"));
    let persister = FilePersister::open(&directory, &Identity::new("bench", 0)).expect("it opens");
    let began = Instant::now();
    let write = async |persister: &FilePersister| {
        let mut appends = 0u64;
        while began.elapsed() < time {
            persister.append(&RECORD);
            persister.sync().await.expect("a sync");
            appends += 1;
        }
        appends
    };
    let appends: u64 = block_on(join_all((0..writers).map(|_| write(&persister)))).iter().sum();
    let rate = appends as f64 / began.elapsed().as_secs_f64();
    // Or the journals of later turns would be longer to open.
    persister.save(b"", None);
    block_on(persister.sync()).expect("a sync");
    rate
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn main() {
    // Cargo adds a flag of its own.
    let is_short = std::env::args().skip(1).any(|argument| argument == "1");
    let time = Duration::from_millis(if is_short { 50 } else { 1000 });
    // Not where the system keeps what is temporary: that may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut loops = Vec::new();
    let mut journals = WRITERS.map(|_| Vec::new());
    for _ in 0..TURNS {
        loops.push(bare(folder.path(), time));
        for (writers, rates) in WRITERS.iter().zip(&mut journals) {
            rates.push(journal(folder.path(), *writers, time));
        }
    }
    let bare = median(loops);
    println!("write and fdatasync in a loop  {bare:>9.0} appends a second");
    for (writers, rates) in WRITERS.iter().zip(journals) {
        let rate = median(rates);
        println!(
            "journal with {writers:>2} writers        {rate:>9.0} appends a second, {:>5.1} times the loop",
            rate / bare
        );
    }
}
