//! Servers as processes, and clients that talk to them.

// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod client;
mod cluster;
mod connection;
pub mod record;
mod spawner;

pub use client::{Client, Outcome};
pub use cluster::{ClusterOfProcesses, servers_file};
pub use connection::Connection;
pub use spawner::Spawner;

use bytes::Bytes;
use kvd::resp::Reply;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until there is something to see.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        pause();
    }
}

/// Lets others do something.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// The servers' program.
pub fn kvd() -> Command {
    program(env!("CARGO_BIN_EXE_kvd"))
}

/// The client's program.
pub fn kv() -> Command {
    program(env!("CARGO_BIN_EXE_kv"))
}

/// A program, without what the user's environment would tell it.
fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    for variable in ["KVD_SECRET", "KVD_PASSWORD", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    pub error: String,
}

/// Runs a program that is expected to end by itself.
pub fn run(command: &mut Command) -> Ended {
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    let mut output = process.stdout.take().expect("piped");
    let mut error = process.stderr.take().expect("piped");
    let read = |from: &mut dyn Read| {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("text");
        text
    };
    std::thread::scope(|scope| {
        let output = scope.spawn(move || read(&mut output));
        let error = scope.spawn(move || read(&mut error));
        let began = Instant::now();
        let status = loop {
            match process.try_wait().expect("its status") {
                Some(status) => break Some(status),
                None if began.elapsed() > PATIENCE => break None,
                None => pause(),
            }
        };
        if status.is_none() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let [output, error] = [output, error].map(|text| text.join().expect("text"));
        let status = status.unwrap_or_else(|| panic!("it does not end: {output}{error}"));
        Ended { code: status.code(), output, error }
    })
}

/// What `kvd inspect` shows of a directory.
pub fn inspect(directory: &Path) -> Vec<Value> {
    let ended = run(kvd().arg("inspect").arg(directory));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.output.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The store's value of a key, as `kvd inspect` shows it.
pub fn inspected(lines: &[Value], key: &str) -> Option<Value> {
    lines.iter().find(|line| line["key"] == key).map(|line| line["value"].clone())
}

/// All files of a directory, with what is in them.
pub fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).expect("a file"));
        }
    }
    files
}

/// The words of a command that has no blanks in them.
pub fn words(command: &str) -> Vec<Bytes> {
    command.split_whitespace().map(|word| Bytes::copy_from_slice(word.as_bytes())).collect()
}

/// A reply in one line, as a client would show it.
pub fn text(reply: &Reply) -> String {
    match reply {
        Reply::Simple(text) => text.to_string(),
        Reply::Error(text) => format!("-{text}"),
        Reply::Integer(number) => number.to_string(),
        Reply::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Reply::Null | Reply::NullArray => "nil".to_owned(),
        Reply::Array(parts) => parts.iter().map(text).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    }
}
