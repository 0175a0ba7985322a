//! What this program does when it is started by a test: it is a spawner, or a stand-in for a server.

use kvd::spawner::{SpawnerOptions, die_with_parent, run};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Set for a process that plays a role: the first argument says which.
pub const ROLE: &str = "KVD_SPAWNER_TEST";

/// Plays the role that this process was started for, if any.
pub fn play() -> Option<ExitCode> {
    std::env::var_os(ROLE)?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    Some(match arguments.first().map(String::as_str) {
        Some("serve") => serve(&arguments),
        _ => spawn(&arguments),
    })
}

fn spawn(arguments: &[String]) -> ExitCode {
    let options = SpawnerOptions {
        program: value(arguments, "--program").map(PathBuf::from),
        server_count: Some(3),
        restart: arguments.iter().any(|argument| argument == "--restart"),
        ..SpawnerOptions::new(value(arguments, "--data").expect("--data"))
    };
    run(&options).unwrap_or_else(|failure| {
        let _ = writeln!(std::io::stdout(), "error: {failure}");
        failure.code.into()
    })
}

/// A server that holds a lock while it lives, counts its lives, and does what it was ordered to.
fn serve(arguments: &[String]) -> ExitCode {
    let value = |flag| value(arguments, flag).expect(flag);
    if let Err(failure) = die_with_parent(value("--parent").parse().expect("a number")) {
        return failure.code.into();
    }
    let (data, id) = (PathBuf::from(value("--data")), value("--id"));
    let alive = File::create(data.join(format!("alive-{id}"))).expect("a file");
    alive.lock().expect("a lock");
    let lives = data.join(format!("lives-{id}"));
    let mut lives = OpenOptions::new().append(true).create(true).open(lives).expect("a file");
    writeln!(lives, "{}", std::process::id()).expect("written");
    let order = std::fs::read_to_string(order_path(&data, id)).unwrap_or_default();
    if let Some(code) = order.strip_prefix("exit ") {
        println!("an address is taken");
        return ExitCode::from(code.parse::<u8>().expect("an exit code"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let _deaf = (order == "stay").then(|| signal(SignalKind::terminate()));
        eprintln!(
            r#"{{"timestamp":"2026-11-27T12:00:01.123456Z","level":"INFO","fields":{{"message":"LEADER => 127.0.0.1:8002","term":3,"leader":2}},"target":"t"}}"#
        );
        eprintln!("plain words");
        std::future::pending().await
    })
}

/// Where it is written what a server is to do.
pub fn order_path(data: &Path, id: impl std::fmt::Display) -> PathBuf {
    data.join(format!("order-{id}"))
}

fn value<'a>(arguments: &'a [String], flag: &str) -> Option<&'a str> {
    let place = arguments.iter().position(|argument| argument == flag)?;
    arguments.get(place + 1).map(String::as_str)
}
