//! What this program does when it is started by a test: it is a tester, or a stand-in for a server.

use live::driver::Program;
use live::isolation::{Entered, Isolation, Wish, enter};
use live::processes::{Processes, What};
use std::fs::File;
use std::future::pending;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Set for a process that plays a role: it says which.
pub const ROLE: &str = "LIVE_PROCESSES_TEST";

/// Plays the role that this process was started for, if any. Its folder is the first argument.
pub fn play() -> Option<ExitCode> {
    let role = std::env::var(ROLE).ok()?;
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder"));
    let (role, detail) = role.split_once(' ').unwrap_or((&role, ""));
    Some(match role {
        "server" => serve(&folder, detail),
        "tester" => test(&folder, detail),
        "refused" => refused(detail),
        other => panic!("no role {other}"),
    })
}

/// This program as a server, which holds a lock in that folder while it lives.
pub fn server(folder: &Path, how: &str) -> Program {
    Program {
        path: std::env::current_exe().expect("this program"),
        arguments: vec![folder.display().to_string()],
        variables: vec![(ROLE.to_owned(), format!("server {how}"))],
    }
}

/// Whether no server lives that holds the lock there, and one did.
pub fn is_gone(folder: &Path) -> bool {
    File::open(folder.join("alive")).expect("it was started").try_lock().is_ok()
}

fn serve(folder: &Path, how: &str) -> ExitCode {
    let alive = File::create(folder.join("alive")).expect("a file");
    if alive.try_lock().is_err() {
        println!("the lock is taken");
        return ExitCode::from(75);
    }
    println!("ready");
    match how {
        "until-told" => drop(std::io::stdin().lines().count()),
        _ => loop {
            std::thread::park();
        },
    }
    ExitCode::SUCCESS
}

/// A tester with one server; the wish comes first in what it is to do.
fn test(folder: &Path, what: &str) -> ExitCode {
    let (wish, what) = what.split_once(' ').expect("a wish");
    let isolation = match enter(wish_of(wish)) {
        Ok(Entered::Tester(isolation)) => isolation,
        Ok(Entered::Ended(code)) => return code.into(),
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(70);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        match what {
            "exit" => return ExitCode::from(42),
            "port" => {
                let mut ports = live::isolation::Ports::new(&isolation);
                let port = ports.take().expect("a port");
                port.release();
                let _listener = TcpListener::bind(port.address()).expect("free");
                say(&format!("{} of {}", port.address(), std::process::id()));
                pending().await
            }
            "wait" => {
                let mut asked = signal(SignalKind::terminate()).expect("signals");
                say("ready");
                asked.recv().await;
                return ExitCode::from(5);
            }
            _ => {}
        }
        // One that is not guarded is as in namespaces, also where there are none.
        let isolation = if what == "unguarded" { Isolation::Namespaces } else { isolation };
        let (mut processes, mut events) = Processes::new(&isolation, folder).expect("a folder");
        let program = server(folder, if what == "unguarded" { "until-told" } else { "deaf" });
        processes.add(move |_| Ok(program.clone())).expect("a server").start();
        while let Some(event) = events.recv().await {
            if event.what == What::Line("ready".to_owned()) {
                say("ready");
            }
        }
        ExitCode::SUCCESS
    })
}

/// A tester in a place where namespaces are refused, so that it says why it has none, or that it can't.
fn refused(wish: &str) -> ExitCode {
    if let Err(error) = forbid_namespaces() {
        say(&format!("skipped: can't make a place without namespaces: {error}"));
        return ExitCode::SUCCESS;
    }
    match enter(wish_of(wish)) {
        Ok(Entered::Tester(Isolation::Fallback { why })) => say(&format!("fallback: {why:?}")),
        Ok(other) => say(&format!("{other:?}")),
        Err(error) => say(&format!("error: {error:#}")),
    }
    ExitCode::SUCCESS
}

/// For this process and its children, by a limit that only those of a user namespace can set.
#[cfg(target_os = "linux")]
fn forbid_namespaces() -> std::io::Result<()> {
    use nix::sched::{CloneFlags, unshare};
    use nix::unistd::{getegid, geteuid};
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    std::fs::write("/proc/sys/user/max_pid_namespaces", "0")
}

#[cfg(not(target_os = "linux"))]
fn forbid_namespaces() -> std::io::Result<()> {
    Err(std::io::Error::other("there never are any"))
}

fn wish_of(name: &str) -> Wish {
    match name {
        "automatic" => Wish::Automatic,
        "required" => Wish::Required,
        "off" => Wish::Off,
        other => panic!("no wish {other}"),
    }
}

fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("somebody listens");
}
