//! `kvd` beside etcd: three members of each on this machine, on one disk, with every write synced, under the
//! same load over one connection a client.
//!
//! Rounds are interleaved, and only one of the two runs at a time: members that have nothing to do take time,
//! too, and so they do not take it from the others. Each measure begins with an empty disk. What is told are
//! medians over the rounds.

mod cluster;
mod etcd;
mod measures;
mod servers;
mod system;
mod table;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use futures::future::{Either, select};
use measures::{Figure, Measure, Settings};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use system::System;
use table::Table;
use tokio::signal::unix::{SignalKind, signal};

/// The exit codes after SIGINT and SIGTERM.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// Measure kvd beside etcd.
#[derive(Parser)]
#[command(max_term_width = 110)]
struct Arguments {
    /// What to measure [default: all].
    #[arg(value_enum)]
    measures: Vec<Measure>,
    /// The program of kvd.
    #[arg(long, value_name = "FILE")]
    kvd: PathBuf,
    /// The program of etcd.
    #[arg(long, value_name = "FILE", default_value = "/usr/bin/etcd")]
    etcd: PathBuf,
    /// Where disks are: a folder that is on one, and not in memory [default: the current one].
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// How many rounds there are.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u64,
    /// How long each load goes on.
    #[arg(long, value_name = "S", default_value_t = 10)]
    seconds: u64,
    /// How often a leader fails in a round.
    #[arg(long, value_name = "N", default_value_t = 5)]
    failovers: u64,
    /// How many keys there are, where they are many.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    keys: u64,
    /// How many bytes a member lacks that catches up.
    #[arg(long, value_name = "BYTES", default_value_t = 100_000_000)]
    catch_up_bytes: u64,
    /// Where the table is put as JSON, after each measure.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            // Members end when what they belong to is dropped.
            select(pin!(measure(arguments)), pin!(told_to_end())).await.factor_first().0
        })
    });
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn told_to_end() -> Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let code = match select(pin!(interrupt.recv()), pin!(terminate.recv())).await {
        Either::Left(_) => INTERRUPTED,
        Either::Right(_) => TERMINATED,
    };
    Ok(ExitCode::from(code))
}

/// Measures, and shows the table. What could not be measured in one round is told, and may be in the next.
async fn measure(arguments: Arguments) -> Result<ExitCode> {
    let least = [arguments.rounds, arguments.seconds, arguments.failovers, arguments.keys / 10];
    ensure!(!least.contains(&0), "expected at least one round, second and failover, and ten keys");
    let mut settings = Settings {
        kvd: arguments.kvd,
        etcd: arguments.etcd,
        folder: arguments.folder,
        seconds: arguments.seconds,
        failovers: arguments.failovers,
        keys: arguments.keys,
        catch_up_bytes: arguments.catch_up_bytes,
        seed: 0,
    };
    let all = Measure::value_variants();
    let measures = if arguments.measures.is_empty() { all } else { &arguments.measures };
    let (mut table, mut failures) = (Table::new(), 0);
    for round in 0..arguments.rounds {
        settings.seed = round;
        let mut systems = System::ALL;
        // What the first one leaves to the second, in caches and on the disk, is left to each in turn.
        systems.rotate_left(round as usize % System::ALL.len());
        for measure in measures {
            for system in systems {
                let measured = measure.measure(system, &settings).await;
                let figures = measured.unwrap_or_else(|error| {
                    eprintln!("error: round {}, {measure:?} of {system:?}: {error:#}", round + 1);
                    failures += 1;
                    Vec::new()
                });
                for figure in figures {
                    let Figure { name, value } = &figure;
                    eprintln!("round {}, {system:?}: {name}: {value:.2}", round + 1);
                    table.add(system, figure);
                }
            }
            if let Some(file) = &arguments.json {
                std::fs::write(file, table.to_json()).with_context(|| format!("{file:?}"))?;
            }
        }
    }
    print!("{table}");
    if failures > 0 {
        println!("{failures} times something could not be measured");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
