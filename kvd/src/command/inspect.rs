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
    /// Go on, and show what is new.
    #[arg(long)]
    follow: bool,
    /// The servers' file, to show addresses instead of numbers.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Inspect {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let addresses = match &self.config {
            Some(path) => {
                let servers = ServersFile::read(path)?.servers;
                servers.into_iter().map(|server| server.advertised).collect()
            }
            None => Vec::new(),
        };
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
}
