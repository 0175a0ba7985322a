//! The published corpus of Porcupine, read from the crates that carry it.
//!
//! Nothing is copied: `cargo metadata` says where the sources of a dependency are, also for
//! vendored ones, and needs no network once they are fetched.

use lincheck::models::{KvInput, KvOperation, KvOutput, RegisterInput, RegisterOutput};
use lincheck::{Event, EventKind, EventReader, History};
use std::path::PathBuf;
use std::process::Command;

pub type Registers = History<RegisterInput<u32>, RegisterOutput<u32>>;
pub type Stores = History<KvInput, KvOutput>;

/// The logs that Porcupine's tests find linearizable; the others, but for 95, which has no
/// operations, it finds not to be.
pub const ETCD_OK: [usize; 23] =
    [2, 5, 7, 18, 25, 31, 38, 45, 48, 49, 51, 53, 56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102];

pub const KV: [&str; 6] = ["c01-ok", "c01-bad", "c10-ok", "c10-bad", "c50-ok", "c50-bad"];

/// The numbers of the etcd logs.
pub fn etcd_numbers() -> impl Iterator<Item = usize> {
    (0..=102).filter(|&number| number != 95)
}

/// Where the sources of a dependency are.
pub fn sources_of(name: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let metadata = |more: &[&str]| {
        // Without the filter, cargo asks for dependencies that only other systems have, and these
        // are not there after a mere build.
        let host = host();
        let output = Command::new(&cargo)
            .args(["metadata", "--format-version=1", "--manifest-path", manifest])
            .args(["--filter-platform", &host])
            .args(more)
            .output()
            .expect("cargo runs");
        output.status.success().then_some(output.stdout)
    };
    let json = metadata(&["--offline"]).or_else(|| metadata(&[])).expect("cargo metadata");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let packages = json["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == name).expect(name);
    let manifest = package["manifest_path"].as_str().expect("a path");
    PathBuf::from(manifest).parent().expect("a folder").to_path_buf()
}

fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc says its host").to_string()
}

pub fn etcd_text(sources: &std::path::Path, number: usize) -> String {
    let file = sources.join(format!("test_data/jepsen/etcd_{number:03}.log"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub fn kv_text(sources: &std::path::Path, name: &str) -> String {
    let file = sources.join(format!("test_data/kv/{name}.txt"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A log of Jepsen's etcd test. A compare-and-set that fails was refused: an answer. A read that
/// fails timed out.
pub fn etcd(text: &str) -> Registers {
    let mut reader = EventReader::new();
    let mut at = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "jepsen.util", _, process, kind, f, values @ ..] = &words[..] else { continue };
        let Ok(process) = process.parse() else { continue };
        let number = |word: &str| word.trim_matches(['[', ']']).parse().expect("a number");
        let kind = match (*kind, *f) {
            (":invoke", ":read") => EventKind::Invoke(RegisterInput::Read),
            (":invoke", ":write") => EventKind::Invoke(RegisterInput::Write(number(values[0]))),
            (":invoke", _) => {
                EventKind::Invoke(RegisterInput::Cas(number(values[0]), number(values[1])))
            }
            (":ok", ":read") if values[0] == "nil" => EventKind::Ok(RegisterOutput::Value(None)),
            (":ok", ":read") => EventKind::Ok(RegisterOutput::Value(Some(number(values[0])))),
            (":ok", ":write") => EventKind::Ok(RegisterOutput::Written),
            (":ok", _) => EventKind::Ok(RegisterOutput::Swapped(true)),
            (":fail", ":cas") => EventKind::Ok(RegisterOutput::Swapped(false)),
            _ => EventKind::Info,
        };
        at += 1;
        reader.push(Event { at, process, kind }).expect("a valid log");
    }
    reader.finish()
}

/// A log of the key/value service of the course labs.
pub fn kv(text: &str) -> Stores {
    let mut reader = EventReader::new();
    for (at, line) in text.lines().enumerate() {
        let quoted: Vec<&str> = line.split('"').collect();
        let words: Vec<&str> = line.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let [_, process, _, kind, _, f, ..] = &words[..] else { continue };
        let value = || quoted[3].to_string();
        let invoke =
            |operation| EventKind::Invoke(KvInput { key: quoted[1].to_string(), operation });
        let kind = match (*kind, *f) {
            (":invoke", ":get") => invoke(KvOperation::Get),
            (":invoke", ":put") => invoke(KvOperation::Put(value())),
            (":invoke", _) => invoke(KvOperation::Append(value())),
            (_, ":get") => EventKind::Ok(KvOutput::Got(Some(value()), None)),
            _ => EventKind::Ok(KvOutput::Done(None)),
        };
        let process = process.parse().expect("a number");
        reader.push(Event { at: at as u64, process, kind }).expect("a valid log");
    }
    reader.finish()
}
