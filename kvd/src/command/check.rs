//! `kvd check`.

use crate::exit::{Code, Failure};
use crate::inspect::{KvMachine, Verdict, check};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compare the directories of a cluster's servers: equal logs, equal stores.
///
/// Exits with 1 where they differ, or where it can't be known yet whether they do.
#[derive(Args)]
pub struct Check {
    /// The directories, of servers that do not run.
    #[arg(required = true, num_args = 2..)]
    directories: Vec<PathBuf>,
}

impl Check {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let directories: Vec<&Path> = self.directories.iter().map(PathBuf::as_path).collect();
        let verdict = check(&directories, &KvMachine)
            .map_err(|error| Failure::new(Code::Software, error.to_string()))?;
        Ok(match verdict {
            Verdict::Equal { last_index } => {
                println!("equal: logs and stores up to entry {last_index}");
                Code::Done.into()
            }
            Verdict::Unsettled(sentence) => {
                println!("not settled: {sentence}");
                Code::No.into()
            }
            Verdict::Different(sentence) => {
                println!("DIFFERENT: {sentence}");
                Code::No.into()
            }
        })
    }
}
