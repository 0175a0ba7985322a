//! `kvd init`.

use crate::exit::{Code, Failure};
use crate::servers_file::ServersFile;
use clap::Args;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write an example of a servers file: five servers on this machine.
#[derive(Args)]
pub struct Init {
    /// Where to write it. An existing file is not changed.
    #[arg(default_value = "servers.json")]
    file: PathBuf,
}

impl Init {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let file = self.file.display();
        let written = File::create_new(&self.file)
            .and_then(|mut it| it.write_all(ServersFile::example().as_bytes()));
        match written {
            Ok(()) => {
                println!("{file}: five servers; start them with `kvd cluster --config {file}`");
                Ok(Code::Done.into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::new(
                Code::Usage,
                format!("{file} is there already, and stays as it is"),
            )),
            Err(error) => Err(Failure::new(Code::Software, format!("can't write {file}: {error}"))),
        }
    }
}
