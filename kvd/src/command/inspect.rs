//! `kvd inspect`.

use crate::exit::{Code, Failure};
use crate::inspect::{Follower, InspectError, KvMachine, print};
use crate::servers_file::ServersFile;
use clap::Args;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Show what is in a server's directory, as lines of JSON: term and vote, log, keys and values.
///
/// It changes nothing, and may be used while the server runs: `kvd inspect --follow DIR > dir.jsonl`.
#[derive(Args)]
pub struct Inspect {
    /// The directory.
    directory: PathBuf,
    /// Keep running, and show what is new.
    #[arg(long)]
    follow: bool,
    /// The servers file, to show addresses instead of numbers [default: servers.json beside the directory, if
    /// there is one].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Inspect {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let addresses = self.addresses()?;
        let mut output = io::stdout().lock();
        let shown = match self.follow {
            false => print(&self.directory, &KvMachine, &addresses, &mut output),
            true => {
                let follower = Follower::new(&self.directory, &KvMachine, &addresses);
                let following = follower.follow(Duration::from_millis(200), &mut output);
                super::runtime()?.block_on(following).map(|never| match never {})
            }
        };
        match shown {
            // Its reader has seen enough.
            Err(InspectError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(Failure::new(Code::Software, error.to_string())),
            Ok(()) => {}
        }
        Ok(Code::Done.into())
    }

    /// The servers' addresses by their places, if they are known.
    fn addresses(&self) -> Result<Vec<String>, Failure> {
        let file = match &self.config {
            Some(path) => Some(ServersFile::read(path)?),
            // Nobody has said that this is it.
            None => self.file_beside().and_then(|path| ServersFile::read(&path).ok()),
        };
        let servers = file.into_iter().flat_map(|file| file.servers);
        Ok(servers.map(|server| server.advertised).collect())
    }

    fn file_beside(&self) -> Option<PathBuf> {
        let directory = std::path::absolute(&self.directory).ok()?;
        Some(directory.parent()?.join("servers.json"))
    }
}
