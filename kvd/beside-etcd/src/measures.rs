//! What is measured: by name, each in a file of its own.

mod catch_up;
mod failover;
mod memory;
mod restart;
mod snapshot;
mod throughput;

use crate::cluster::Cluster;
use crate::system::System;
use anyhow::{Result, ensure};
use clap::ValueEnum;
use kvd_bench::{Figures, Kind, Load, Report, run};
use rustix::process::Signal;
use std::path::PathBuf;

/// How long values are, unless it matters.
const VALUE_BYTES: usize = 128;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Writes a second at 1, 16 and 64 clients, and how long they take.
    Writes,
    /// The same of linearizable reads.
    Reads,
    /// From SIGKILL of the leader to the first write that is acknowledged.
    FailoverKill,
    /// From SIGSTOP of the leader, whose connections stay open and silent, to the first write.
    FailoverSilent,
    /// From the start of all members to the first write, with many keys on their disks.
    Restart,
    /// From the start of a member to all that was written while it was down.
    CatchUp,
    /// How long writes take while a snapshot is taken.
    Snapshot,
    /// Memory a key.
    Memory,
}

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program of kvd.
    pub kvd: PathBuf,
    /// The program of etcd.
    pub etcd: PathBuf,
    /// Where disks are.
    pub folder: PathBuf,
    /// How long a load goes on, in seconds.
    pub seconds: u64,
    /// How often a leader fails.
    pub failovers: u64,
    /// How many keys there are where many matter.
    pub keys: u64,
    /// How many bytes a member lacks.
    pub catch_up_bytes: u64,
    /// Where keys and values come from.
    pub seed: u64,
}

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is, with its unit.
    pub name: String,
    /// The number.
    pub value: f64,
}

impl Figure {
    fn new(name: impl Into<String>, value: f64) -> Figure {
        Figure { name: name.into(), value }
    }
}

impl Measure {
    /// Measures a system once.
    ///
    /// # Errors
    /// When members do not work as they should.
    pub async fn measure(self, system: System, settings: &Settings) -> Result<Vec<Figure>> {
        let mut cluster = settings.start(system).await?;
        match self {
            Measure::Writes => throughput::measure(&cluster, settings, Kind::Write).await,
            Measure::Reads => throughput::measure(&cluster, settings, Kind::Read).await,
            Measure::FailoverKill => failover::measure(&mut cluster, settings, Signal::KILL).await,
            Measure::FailoverSilent => {
                failover::measure(&mut cluster, settings, Signal::STOP).await
            }
            Measure::Restart => restart::measure(&mut cluster, settings).await,
            Measure::CatchUp => catch_up::measure(&mut cluster, settings).await,
            Measure::Snapshot => snapshot::measure(&cluster, settings).await,
            Measure::Memory => memory::measure(&cluster, settings).await,
        }
    }
}

impl Settings {
    async fn start(&self, system: System) -> Result<Cluster> {
        let program = match system {
            System::Kvd => &self.kvd,
            System::Etcd => &self.etcd,
        };
        Cluster::start(system, program, &self.folder).await
    }
}

/// Carries out a load, none of whose operations may fail.
async fn without_errors(
    cluster: &Cluster,
    load: &Load,
    stop: impl Future<Output = ()>,
) -> Result<Report> {
    let figures: Figures = run(&cluster.servers().await?, load, false, stop).await?;
    let report = Report::new(format!("{:?}", cluster.system), load, &figures);
    ensure!(report.failed() == 0, "{:?}: operations failed: {:?}", cluster.system, report.errors);
    ensure!(report.answered() > 0, "{:?}: no operation was answered", cluster.system);
    Ok(report)
}

/// Writes that many keys, each once.
async fn fill(cluster: &Cluster, keys: u64, value_bytes: usize) -> Result<()> {
    without_errors(cluster, &Load::filling(keys, value_bytes), std::future::pending()).await?;
    Ok(())
}

fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}
