//! `kvd bench`.

use super::serve::told_to_end;
use crate::client::ClientOptions;
use crate::client::command::{Reach, duration};
use crate::exit::{Code, Failure};
use clap::Args;
use futures::FutureExt;
use kvd_bench::{Figures, Load, Report, Resp, run};
use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Send requests as fast as servers answer, or at a fixed rate, and show how long they take.
///
/// Clients write and read random keys, each over one connection. Without `--rate` a client sends the next
/// request when it has its answers. With it, operations fall due at fixed intervals, and an operation that had
/// to wait for earlier ones counts from when it was due: a server that stalls for a while looks as bad as it
/// is. Ctrl-C ends it with the figures so far.
#[derive(Args)]
pub struct Bench {
    #[command(flatten)]
    reach: Reach,
    /// How many clients there are.
    #[arg(long, value_name = "N", default_value_t = 16)]
    clients: usize,
    /// How many operations are due in a second, over all clients [default: as many as are answered].
    #[arg(long, value_name = "N")]
    rate: Option<u64>,
    /// How many operations a client sends at once.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pipeline: usize,
    /// How long values are.
    #[arg(long, value_name = "BYTES", default_value_t = 128)]
    value_bytes: usize,
    /// How many keys there are.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    keys: u64,
    /// Write each key once before the rest begins, so that reads find something.
    #[arg(long)]
    fill: bool,
    /// The share of reads, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    read_share: f64,
    /// How long it goes on [default: 10s, or until --operations are done].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time_limit: Option<Duration>,
    /// How many operations there are, at most.
    #[arg(long, value_name = "N")]
    operations: Option<u64>,
    /// How long a warm-up to leave out of the figures.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    warm_up: Duration,
    /// The seed for the choice of keys and values.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Show the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Show the progress each second, even if standard error is not a terminal.
    #[arg(long)]
    progress: bool,
}

impl Bench {
    pub fn run(mut self) -> Result<ExitCode, Failure> {
        self.progress |= io::stderr().is_terminal();
        let ClientOptions { servers, password, timeout } = self.reach.clone().options()?;
        let load = self.load(timeout)?;
        let name = servers.join(",");
        let target = Resp::new(servers, password.map(|password| password.word().to_owned()));
        let interrupted = Cell::new(None);
        let stop = async { interrupted.set(Some(told_to_end().await)) }.shared();
        let figures = super::runtime()?.block_on(async {
            if self.fill {
                let filling = Load::filling(load.keys, load.value_bytes);
                let filled = run(&target, &filling, self.progress, stop.clone()).await;
                all_are_written(&filled.map_err(unreachable)?)?;
            }
            run(&target, &load, self.progress, stop).await.map_err(unreachable)
        })?;
        let report = Report::new(name, &load, &figures);
        let text = if self.json { report.to_json() } else { report.to_string() };
        // Who does not read on has seen enough.
        let _ = io::stdout().write_all(text.as_bytes());
        match interrupted.take() {
            Some(code) => code.map(ExitCode::from),
            None if report.answered() == 0 => {
                Err(Failure::new(Code::Unknown, "no operation was answered as it should be"))
            }
            None => Ok(Code::Done.into()),
        }
    }

    fn load(&self, timeout: Duration) -> Result<Load, Failure> {
        let milliseconds = |time: Duration| time.as_millis() as u64;
        let default = Load::default();
        let load = Load {
            clients: self.clients,
            rate: self.rate,
            pipeline: self.pipeline,
            value_bytes: self.value_bytes,
            keys: self.keys,
            read_share: self.read_share,
            time_limit_ms: match (self.time_limit, self.operations) {
                (None, None) => default.time_limit_ms,
                (limit, _) => limit.map(milliseconds),
            },
            operations: self.operations,
            warm_up_ms: milliseconds(self.warm_up),
            timeout_ms: milliseconds(timeout),
            seed: self.seed,
            ..default
        };
        load.check().map_err(|sentence| Failure::new(Code::Usage, sentence))?;
        Ok(load)
    }
}

/// # Errors
/// With the first reason why keys could not be written.
fn all_are_written(figures: &Figures) -> Result<(), Failure> {
    match figures.errors.first_key_value() {
        None => Ok(()),
        Some((kind, count)) => {
            let sentence = format!("--fill: {count} keys could not be written: {kind}");
            Err(Failure::new(Code::Unknown, sentence))
        }
    }
}

/// No server could be reached, or none serves.
fn unreachable(error: io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied => Code::Refused,
        _ => Code::NoAnswer,
    };
    Failure::new(code, error.to_string())
}
