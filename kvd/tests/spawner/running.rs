//! A spawner that runs, and the folder of its servers.

use crate::roles::{ROLE, order_path};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The data directory of three servers.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    /// Says what a server is to do from its next start on.
    pub fn order(&self, id: u64, order: &str) {
        std::fs::write(order_path(self.0.path(), id), order).expect("written");
    }

    /// How many times a server was started.
    pub fn lives(&self, id: u64) -> usize {
        self.processes(id).len()
    }

    pub fn kill(&self, id: u64) {
        let process = *self.processes(id).last().expect("a process");
        kill_process(Pid::from_raw(process).expect("a number"), Signal::KILL).expect("killed");
    }

    /// Whether a server that was started lives no more.
    pub fn is_gone(&self, id: u64) -> bool {
        let file = File::open(self.0.path().join(format!("alive-{id}"))).expect("it was started");
        file.try_lock().is_ok()
    }

    pub fn wait_until_all_are_gone(&self) {
        let began = Instant::now();
        while (0..3).any(|id| !self.is_gone(id)) {
            assert!(began.elapsed() < PATIENCE, "a server is left");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn processes(&self, id: u64) -> Vec<i32> {
        let text = std::fs::read_to_string(self.0.path().join(format!("lives-{id}")));
        let text = text.unwrap_or_default();
        text.lines().map(|line| line.parse().expect("a number")).collect()
    }
}

/// A process, and what it writes.
pub struct Spawner {
    process: Child,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Spawner {
    pub fn start(folder: &Folder, arguments: &[&str]) -> Spawner {
        let mut process = this_program("cluster")
            .arg("--data")
            .arg(folder.0.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Spawner { process, lines, log: Vec::new() }
    }

    /// Waits for a line after those that were waited for before.
    pub fn wait_for(&mut self, wanted: &str) {
        while self.next() != wanted {}
    }

    /// Waits until all three have spoken.
    pub fn wait_for_servers(&mut self) {
        let mut missing: Vec<String> =
            (0..3).map(|id| format!("node {id} | plain words")).collect();
        while !missing.is_empty() {
            let line = self.next();
            missing.retain(|other| *other != line);
        }
    }

    fn next(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => self.log.push(line.clone()),
            Err(error) => panic!("{error} after {:#?}", self.log),
        }
        self.log.last().cloned().expect("it was just pushed")
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("it is there");
    }

    /// Waits for its end. Returns its exit code, if it has one, and all that it wrote.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        let status = self.process.wait().expect("it ends");
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.log.push(line);
        }
        (status.code(), std::mem::take(&mut self.log))
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a server to its end, telling it that this is its parent. Returns its exit code.
pub fn serve(folder: &Folder, parent: u32) -> Option<i32> {
    let mut command = this_program("serve");
    command.args(["--id", "0", "--parent", &parent.to_string()]).arg("--data").arg(folder.0.path());
    command.stdout(Stdio::null()).status().expect("a process").code()
}

/// Runs a spawner whose output nobody reads to its end. Returns its exit code.
pub fn unread(folder: &Folder) -> Option<i32> {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = this_program("cluster");
    command.arg("--data").arg(folder.0.path()).stdout(writer);
    command.status().expect("a process").code()
}

fn this_program(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(role).env(ROLE, "1").env_remove("CLICOLOR_FORCE");
    command
}
