//! The command line of `kvd`.

mod bench;
mod check;
mod cluster;
mod init;
mod inspect;
mod serve;

use crate::exit::{Code, Failure};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A key/value store on Raft, as server processes that clients of Redis speak to.
///
/// `kvd cluster` alone starts five servers on this machine; `redis-cli -c -p 8000` talks to them.
#[derive(Parser)]
#[command(name = "kvd", version, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Cluster(cluster::ClusterCommand),
    Init(init::Init),
    Inspect(inspect::Inspect),
    Check(check::Check),
    Bench(bench::Bench),
}

/// Runs the command line. Call it on the main thread: servers end with it.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // If nobody reads it, nobody is told.
            let _ = error.print();
            return match error.use_stderr() {
                true => Code::Usage.into(),
                false => Code::Done.into(),
            };
        }
    };
    let ended = match arguments.command {
        Command::Serve(serve) => serve.run(),
        Command::Cluster(cluster) => cluster.run(),
        Command::Init(init) => init.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Check(check) => check.run(),
        Command::Bench(bench) => bench.run(),
    };
    ended.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        failure.code.into()
    })
}

/// Where data is by default: in the user's data directory.
fn data_directory(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || Some(set("HOME")?.join(".local/share"));
    given.or_else(|| Some(set("XDG_DATA_HOME").or_else(home)?.join("kvd"))).ok_or_else(|| {
        let sentence =
            "there is no user's data directory (XDG_DATA_HOME, HOME): expected --data DIR";
        Failure::new(Code::Usage, sentence)
    })
}

/// One thread for all that a program does, but for its disk.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Code::Software, format!("can't start: {error}")))
}
