//! `kvd serve`.

use super::data_directory;
use crate::control::Control;
use crate::exit::{Code, Failure};
use crate::password::Password;
use crate::server::{self, ServerOptions};
use crate::servers_file::ServersFile;
use crate::spawner::die_with_parent;
use crate::volatile::Volatile;
use clap::{Args, ValueEnum};
use futures::future::{Either, select};
use labrpc::tcp::Secret;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

/// Run one server.
#[derive(Args)]
pub struct Serve {
    /// The servers file; `kvd init` writes an example.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Which of the servers this is.
    #[arg(long)]
    id: u64,
    /// Where the servers' directories are [default: kvd in the user's data directory].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address at which Prometheus can get metrics (`GET /metrics`), such as 127.0.0.1:9100.
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<String>,
    /// This server's disk is new, but the cluster is not: it must not vote until it has caught up.
    #[arg(long)]
    new_disk: bool,
    /// For tests: to kill the process is to cut its power, with chance from this seed.
    #[arg(long, value_name = "SEED", hide = true)]
    volatile: Option<u64>,
    /// For tests: how many times in a million such a disk writes some of the pending data after an operation.
    #[arg(long, value_name = "N", hide = true, requires = "volatile")]
    write_back_per_million: Option<u32>,
    /// For tests: obey lines on standard input, which break the disk or end the process; end when it ends.
    #[arg(long, hide = true)]
    control: bool,
    /// For tests: how large the log may become before a snapshot takes its place.
    #[arg(long, value_name = "BYTES", hide = true)]
    snapshot_at_bytes: Option<usize>,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
    /// End when the process with this number ends, which must be the parent.
    #[arg(long, hide = true)]
    parent: Option<u32>,
    #[command(flatten)]
    common: Common,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Flags of `serve` that `cluster` passes on.
#[derive(Args)]
pub struct Common {
    /// A file with the secret that the servers of the cluster share, which only its owner may read; or the
    /// variable KVD_SECRET.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// A file with the password for clients; or the variable KVD_PASSWORD.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// How long a command waits for a leader before it is answered that there is none, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    leader_wait_ms: u64,
    /// How long a command may take in total, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    deadline_ms: u64,
    /// How many clients may be connected to a server.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    clients_max: usize,
    /// Refuse to write while keys and values have more bytes than this; 0 for no limit.
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    store_bytes_max: u64,
    /// How much is logged: error, warn, info, debug, trace or off.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

impl Common {
    /// The same flags, as arguments of `kvd serve`.
    pub fn as_arguments(&self) -> Vec<OsString> {
        let files =
            [("--secret-file", &self.secret_file), ("--password-file", &self.password_file)];
        let files = files.into_iter().filter_map(|(flag, file)| Some((flag, file.clone()?.into())));
        let others = [
            ("--leader-wait-ms", self.leader_wait_ms.to_string()),
            ("--deadline-ms", self.deadline_ms.to_string()),
            ("--clients-max", self.clients_max.to_string()),
            ("--store-bytes-max", self.store_bytes_max.to_string()),
            ("--log-level", self.log_level.to_string()),
        ];
        let others = others.into_iter().map(|(flag, value)| (flag, OsString::from(value)));
        files.chain(others).flat_map(|(flag, value)| [flag.into(), value]).collect()
    }

    fn secret(&self) -> Result<Option<Secret>, Failure> {
        const VARIABLE: &str = "KVD_SECRET";
        let secret = match &self.secret_file {
            Some(file) => Secret::from_file(file),
            None if std::env::var_os(VARIABLE).is_some() => Secret::from_variable(VARIABLE),
            None => return Ok(None),
        };
        let usage = |error| Failure::new(Code::Usage, format!("the cluster's secret: {error}"));
        secret.map(Some).map_err(usage)
    }
}

impl Serve {
    pub fn run(self) -> Result<ExitCode, Failure> {
        if let Some(parent) = self.parent {
            die_with_parent(parent)?;
        }
        self.start_log();
        let servers = ServersFile::read(&self.config)?;
        let data = data_directory(self.data)?;
        let Common { leader_wait_ms, deadline_ms, clients_max, store_bytes_max, .. } = self.common;
        let write_back_per_million = self.write_back_per_million;
        let mut options = ServerOptions {
            secret: self.common.secret()?,
            password: Password::find(self.common.password_file.as_deref())?,
            leader_wait_ms,
            deadline_ms,
            clients_max,
            store_bytes_max,
            metrics: self.metrics,
            disk: disk(self.new_disk, self.volatile),
            volatile: self.volatile.map(|seed| Volatile { seed, write_back_per_million }),
            control: self.control.then(|| Control::new(self.volatile.unwrap_or_default())),
            ..ServerOptions::new(servers, self.id, data)
        };
        if self.snapshot_at_bytes.is_some() {
            options.store.snapshot_at_bytes = self.snapshot_at_bytes;
        }
        if let Some(control) = &options.control {
            if self.common.log_level < LevelFilter::INFO {
                let sentence = "--control: what it does is told at --log-level info";
                return Err(Failure::new(Code::Usage, sentence));
            }
            control.listen()?;
        }
        super::runtime()?.block_on(async {
            let ended = pin!(server::run(options));
            match select(ended, pin!(told_to_end())).await {
                Either::Left((failure, _)) => Err(failure),
                Either::Right((code, _)) => code.map(ExitCode::from),
            }
        })
    }

    fn start_log(&self) {
        let log = tracing_subscriber::fmt()
            .with_max_level(self.common.log_level)
            .with_writer(std::io::stderr);
        match self.log {
            Log::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
            Log::Json => log.json().init(),
        }
    }
}

fn disk(is_new: bool, volatile: Option<u64>) -> raft::Disk {
    match (is_new, volatile) {
        (true, _) => raft::Disk::New,
        // Such a disk is empty until the first sync, however often its server was started.
        (false, Some(_)) => raft::Disk::Trusted,
        (false, None) => raft::Disk::Kept,
    }
}

/// Waits for a signal. Everything acknowledged is on disk, so there is nothing left to do.
pub(super) async fn told_to_end() -> Result<Code, Failure> {
    let listen = |kind| {
        signal(kind).map_err(|error| {
            Failure::new(Code::Software, format!("can't listen to signals: {error}"))
        })
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(match select(pin!(interrupt.recv()), pin!(terminate.recv())).await {
        Either::Left(_) => Code::Interrupted,
        Either::Right(_) => Code::Terminated,
    })
}
