//! Looks at the directories of servers, and changes nothing.
//!
//! ```text
//! disk print DIRECTORY            all that is in it, as lines of JSON
//! disk compare DIRECTORY...       which entry differs first
//! ```
//!
//! Exits with 0, with 1 where directories differ, with 2 where one can't be read, with 64 where it is used
//! otherwise.

use persister::Contents;
use raft::stored_log::{Difference, StoredLog, compare};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: disk print DIRECTORY\n       disk compare DIRECTORY DIRECTORY...";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match &arguments[..] {
        ["print", directory] => print(directory).map(|()| ExitCode::SUCCESS),
        ["compare", directories @ ..] if directories.len() > 1 => compare_all(directories),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn contents(directory: &str) -> Result<Contents, String> {
    match Contents::of_directory(Path::new(directory)) {
        Ok(Some(contents)) => Ok(contents),
        Ok(None) => Err(format!("{directory}: no server has ever started there")),
        Err(error) => Err(error.to_string()),
    }
}

fn log(directory: &str) -> Result<StoredLog, String> {
    StoredLog::of(contents(directory)?.stored).map_err(|error| format!("{directory}: {error}"))
}

fn print(directory: &str) -> Result<(), String> {
    let Contents { identity, generation, torn_bytes, left_over, .. } = contents(directory)?;
    let server = serde_json::json!({
        "kind": "server",
        "cluster": identity.cluster,
        "server": identity.server,
        "generation": generation,
        "torn_bytes": torn_bytes,
        "left_over": left_over,
    });
    let lines = log(directory)?;
    let lines = lines.lines().map(|line| serde_json::to_string(&line).expect("it is plain data"));
    let mut output = io::stdout().lock();
    for line in [server.to_string()].into_iter().chain(lines) {
        match writeln!(output, "{line}") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other.map_err(|error| format!("standard output: {error}"))?,
        }
    }
    Ok(())
}

fn compare_all(directories: &[&str]) -> Result<ExitCode, String> {
    let logs = directories.iter().map(|directory| log(directory)).collect::<Result<Vec<_>, _>>()?;
    let name = |server: usize| directories[server];
    match compare(&logs) {
        None => {
            println!("equal up to entry {}", logs[0].last_index());
            return Ok(ExitCode::SUCCESS);
        }
        Some(Difference::Entry { index, servers: (one, other) }) => {
            println!("entry {index} differs first, in {} and {}:", name(one), name(other));
            for server in [one, other] {
                let (term, command) = logs[server].entry(index).expect("both have it");
                println!("{}: term {term}, command {command:?}", name(server));
            }
        }
        Some(Difference::Snapshot { index, servers: (one, other) }) => {
            println!("the snapshots of entry {index} differ in {} and {}", name(one), name(other));
        }
        Some(Difference::Length { index, servers: (short, long) }) => {
            let last = logs[long].last_index();
            println!("{} ends at entry {index}, {} at {last}", name(short), name(long));
        }
    }
    Ok(ExitCode::from(1))
}
