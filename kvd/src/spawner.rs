//! Starts all servers of a cluster as processes of this machine, and shows what they say in one log.
//!
//! ```text
//! node 2 | 12:00:01.123 LEADER => 127.0.0.1:8002
//! LEADER IS NOW NODE 2
//! node 2 was killed by SIGKILL; the others go on. Its last lines:
//!     12:00:01.123 LEADER => 127.0.0.1:8002
//! ```
//!
//! Each server is `PROGRAM serve --config FILE --id ID --data DIR --log json --parent PID`, and what is to be
//! passed on. It calls [`die_with_parent`], so that nothing survives the spawner, and writes a JSON object a
//! line, as `tracing-subscriber` does. A line with a field `leader` says whom the server sees as leader: an
//! id, or null. Other lines are shown as they are.
//!
//! A server that ends is told of with its exit code or signal and its last lines; the others go on. Ctrl-C or
//! SIGTERM ends all: SIGTERM for each, and SIGKILL after five seconds or at the second Ctrl-C.

mod child;
mod cluster;
mod data_directory;
mod ending;
mod leader_watch;
mod log_line;
mod node;
mod parent;
mod screen;

pub use parent::die_with_parent;

use crate::exit::{Code, Failure};
use cluster::Cluster;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a spawner has to do.
#[derive(Clone, Debug)]
pub struct SpawnerOptions {
    /// The program of a server; `None` for this program.
    pub program: Option<PathBuf>,
    /// The servers file. Without one it is `servers.json` in the data directory, which is written at the
    /// first start.
    pub servers_file: Option<PathBuf>,
    /// How many servers the file names, or will name when it is written; `None` for what it says, or five.
    pub server_count: Option<u64>,
    /// The data directory, which is made if it is not there.
    pub data: PathBuf,
    /// Arguments for every server, after those that it is given anyway.
    pub arguments: Vec<OsString>,
    /// Whether a server that has ended is started again, after a pause of 1 s that grows to 30 s.
    pub restart: bool,
}

impl SpawnerOptions {
    /// Five servers with their data there, which are not started again.
    pub fn new(data: impl Into<PathBuf>) -> SpawnerOptions {
        SpawnerOptions {
            program: None,
            servers_file: None,
            server_count: None,
            data: data.into(),
            arguments: Vec::new(),
            restart: false,
        }
    }
}

/// Runs a cluster until all servers have ended or a signal asks for its end, and writes the log to standard
/// output. The exit code is that of the first server that failed, 128 and a signal's number for one that was
/// killed; or [`Code::Interrupted`], [`Code::Terminated`].
///
/// It must be called on the main thread, or on another one that lives until the program ends: servers end
/// with the thread that started them.
///
/// # Errors
/// [`Code::InUse`] when there is another spawner for the data directory, [`Code::Config`] when the servers
/// file can't be used, [`Code::ForeignDisk`] when it names another number of servers, [`Code::Usage`] when
/// there can't be that many, [`Code::Software`] when the machine refuses something, or when nobody reads the
/// log any more.
pub fn run(options: &SpawnerOptions) -> Result<ExitCode, Failure> {
    let _lock = data_directory::lock(&options.data)?;
    let (path, servers) = data_directory::servers(options)?;
    let failed = |what: &str, error: std::io::Error| {
        Failure::new(Code::Software, format!("can't {what}: {error}"))
    };
    let program = match &options.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|error| failed("find this program", error))?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed("start", error))?;
    runtime.block_on(async {
        let mut cluster = Cluster::new(options, program, path, servers)
            .map_err(|error| failed("listen to signals", error))?;
        let code = cluster.run().await.map_err(|error| failed("write the log", error))?;
        Ok(ExitCode::from(code))
    })
}
