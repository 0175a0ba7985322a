//! `kvd cluster`.

use super::data_directory;
use super::serve::Common;
use crate::exit::Failure;
use crate::spawner::{self, SpawnerOptions};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Start all servers on this machine, as processes, and show one log.
///
/// Ctrl-C stops them; no server outlives this process. Their data is kept for the next start.
#[derive(Args)]
pub struct ClusterCommand {
    /// The servers file (`kvd init` writes an example); without it, `servers.json` in the data directory, which
    /// is written at the first start.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How many servers there are, if no file says so [default: 5].
    #[arg(long, value_name = "N")]
    servers: Option<u64>,
    /// Where the servers' directories are [default: kvd in the user's data directory].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Restart servers that end.
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    common: Common,
}

impl ClusterCommand {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let options = SpawnerOptions {
            servers_file: self.config,
            server_count: self.servers,
            arguments: self.common.as_arguments(),
            restart: self.restart,
            ..SpawnerOptions::new(data_directory(self.data)?)
        };
        spawner::run(&options)
    }
}
