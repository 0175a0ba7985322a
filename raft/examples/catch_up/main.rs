//! A server that was down while the others wrote hundreds of megabytes catches up while they go on.
//!
//! ```text
//! cargo run --release -p raft --example catch_up [MEGABYTES]
//! ```
//!
//! Three processes on this machine, with directories and TCP between them. It prints what catching up has
//! cost: time, elections, the longest silence of the leader, and memory beside the values themselves. It
//! ends with 1 when there was an election, or more than 64 MiB of memory. Linux only: memory is read from
//! `/proc`.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod memory;
mod process;
mod server;
mod store;

use anyhow::{Context, ensure};
use process::{Process, Report};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The length of a value, in bytes.
const VALUE_BYTES: usize = 16 << 10;
/// How many values a second are written while a server catches up.
const WRITES_PER_SECOND: u64 = 200;
/// How much memory there may be beside the values, in bytes.
const MEMORY_MAX: u64 = 64 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        Some("serve") => server::run(&arguments[1..]).map(|()| true),
        None => run(300),
        Some(megabytes) => match megabytes.parse() {
            Ok(megabytes) => run(megabytes),
            Err(_) => {
                eprintln!("error: MEGABYTES is {megabytes:?}, but must be a number");
                return ExitCode::from(64);
            }
        },
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(70)
        }
    }
}

/// Returns whether catching up was as cheap as it should be.
fn run(megabytes: u64) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let addresses = free_addresses()?;
    let start = |me: usize| Process::start(me, folder.path(), &addresses);
    let mut servers: Vec<Process> = (0..3).map(start).collect::<Result<_, _>>()?;
    let leader = find_leader(&mut servers)?;
    let late = (leader + 1) % 3;
    servers[late].kill()?;

    let values = (megabytes << 20) / VALUE_BYTES as u64;
    println!("{values} values of {VALUE_BYTES} bytes are written while server {late} is down");
    let leader = load(&mut servers, values)?;
    let before = reports(&mut servers)?;
    servers[leader].say(&format!("write {WRITES_PER_SECOND}"))?;
    for server in [leader, 3 - leader - late] {
        servers[server].say("measure")?;
    }
    servers[late] = start(late)?;
    let began = Instant::now();
    let caught_up = wait(&mut servers, 300, |reports| {
        let [Some(late), Some(leader)] = [&reports[late], &reports[leader]] else { return false };
        late.applied + WRITES_PER_SECOND >= leader.applied
    });
    ensure!(caught_up, "server {late} did not catch up in five minutes");
    let seconds = began.elapsed().as_secs_f64();
    let after = reports(&mut servers)?;
    Ok(tell(seconds, leader, late, &before, &after))
}

/// Has all values written, even if the leader changes. Returns who leads in the end.
fn load(servers: &mut [Process], values: u64) -> anyhow::Result<usize> {
    let bytes = values * VALUE_BYTES as u64;
    // Memory that was freed while the values were written does not count for catching up.
    let is_done = |report: &Report| !report.is_busy && report.values_bytes == bytes;
    for _attempt in 0..10 {
        let mut next = 0;
        while next < values {
            let leader = find_leader(servers)?;
            next = servers[leader].load(next, values - 1)?;
        }
        // What a leader had not committed when it ceased to be one may be lost.
        if wait(servers, 30, |reports| reports.iter().flatten().all(is_done)) {
            return find_leader(servers);
        }
    }
    anyhow::bail!("leaders change too often on this machine")
}

fn tell(
    seconds: f64,
    leader: usize,
    late: usize,
    before: &[Option<Report>],
    after: &[Option<Report>],
) -> bool {
    let terms = |reports: &[Option<Report>]| reports[leader].as_ref().map(|it| it.term);
    let elections = terms(after) != terms(before);
    println!("caught up in {seconds:.1} s, {WRITES_PER_SECOND} values a second written meanwhile");
    println!("elections: {}", if elections { "yes" } else { "none" });
    let mut good = !elections;
    for (server, report) in after.iter().enumerate() {
        let Some(report) = report else { continue };
        let role = match server {
            _ if server == leader => "the leader",
            _ if server == late => "the one that caught up",
            _ => "the other one",
        };
        // Servers that were up have their log in memory in any case.
        let base = before[server].as_ref().map_or(0, |it| it.beside_values);
        let grown = report.peak_beside_values.saturating_sub(base);
        println!(
            "server {server}, {role}: at most {} MiB beside {} MiB of values{}; \
             longest silence of the leader {} ms",
            report.peak_beside_values >> 20,
            report.values_bytes >> 20,
            if base > 0 {
                format!(", {} MiB more than before", grown >> 20)
            } else {
                String::new()
            },
            report.silence_ms,
        );
        good &= grown <= MEMORY_MAX;
    }
    good
}

fn find_leader(servers: &mut [Process]) -> anyhow::Result<usize> {
    let mut leader = None;
    wait(servers, 60, |reports| {
        leader = reports.iter().position(|report| report.as_ref().is_some_and(|it| it.is_leader));
        leader.is_some()
    });
    leader.context("nobody leads after a minute")
}

/// Asks all again and again, for that long; whether it came to be.
fn wait(
    servers: &mut [Process],
    seconds: u64,
    mut until: impl FnMut(&[Option<Report>]) -> bool,
) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        if reports(servers).is_ok_and(|reports| until(&reports)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// What each server that runs says about itself.
fn reports(servers: &mut [Process]) -> anyhow::Result<Vec<Option<Report>>> {
    servers.iter_mut().map(Process::report).collect()
}

fn free_addresses() -> anyhow::Result<Vec<String>> {
    let listeners = (0..3).map(|_| TcpListener::bind("127.0.0.1:0"));
    let listeners = listeners.collect::<Result<Vec<_>, _>>()?;
    Ok(listeners
        .iter()
        .map(|it| Ok(it.local_addr()?.to_string()))
        .collect::<std::io::Result<_>>()?)
}
