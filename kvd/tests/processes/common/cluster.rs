//! Servers as processes, each of which can be killed, stopped and started again.

use super::{Client, Connection, eventually, files, inspect, inspected, kvd};
use kvd::servers_file::ServersFile;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Servers of a cluster with that name, at addresses that nobody else has: the host is a loopback address of
/// this process alone, where no connection that is opened elsewhere can take a port.
pub fn servers_file(name: &str, count: u64) -> ServersFile {
    static NEXT_PORT: AtomicU16 = AtomicU16::new(8000);
    let mut file = ServersFile::local(count).expect("a number of servers");
    file.cluster = name.to_owned();
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    for server in &mut file.servers {
        server.host = format!("127.{}.{middle}.{low}", 64 + high);
        server.client_port = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        server.log_port = server.client_port + 1000;
        server.advertised = server.client_address();
    }
    file
}

/// Servers that end with the thread that started them: with the test, however it ends.
pub struct ClusterOfProcesses {
    pub file: ServersFile,
    flags: Vec<String>,
    folder: TempDir,
    processes: Vec<Option<Child>>,
}

impl ClusterOfProcesses {
    pub fn start(count: u64) -> ClusterOfProcesses {
        ClusterOfProcesses::with_flags(count, &[])
    }

    /// With flags for each server.
    pub fn with_flags(count: u64, flags: &[&str]) -> ClusterOfProcesses {
        ClusterOfProcesses::of(servers_file("kvd", count), "servers.json", flags)
    }

    /// Of a servers file, which is to have that name.
    pub fn of(file: ServersFile, name: &str, flags: &[&str]) -> ClusterOfProcesses {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, file.to_json()).expect("written");
        let fixed = ["serve", "--config", path.to_str().expect("text")];
        let flags = fixed.iter().chain(flags).map(|flag| flag.to_string()).collect();
        let processes = file.servers.iter().map(|_| None).collect();
        let mut cluster = ClusterOfProcesses { file, flags, folder, processes };
        (0..cluster.count()).for_each(|id| cluster.restart(id));
        cluster
    }

    pub fn count(&self) -> usize {
        self.processes.len()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn directory(&self, id: usize) -> PathBuf {
        self.folder().join(&self.file.servers[id].data)
    }

    pub fn address(&self, id: usize) -> String {
        self.file.servers[id].client_address()
    }

    pub fn addresses(&self) -> Vec<String> {
        (0..self.count()).map(|id| self.address(id)).collect()
    }

    /// Starts a server that does not run.
    pub fn restart(&mut self, id: usize) {
        assert!(self.processes[id].is_none(), "server {id} runs");
        let log = File::options().create(true).append(true).open(self.log_path(id));
        let mut command = kvd();
        command.args(&self.flags).args(["--id", &self.file.servers[id].id.to_string()]);
        command.arg("--data").arg(self.folder());
        command.args(["--parent", &std::process::id().to_string()]);
        command.stdin(Stdio::piped()).stderr(log.expect("a log"));
        self.processes[id] = Some(command.spawn().expect("a process"));
    }

    /// By SIGKILL.
    pub fn kill(&mut self, id: usize) {
        let mut process = self.processes[id].take().expect("it runs");
        process.kill().expect("killed");
        process.wait().expect("ended");
    }

    pub fn kill_all(&mut self) {
        (0..self.count()).for_each(|id| self.kill(id));
    }

    /// Writes a line to a server's standard input.
    pub fn tell(&mut self, id: usize, line: &str) {
        let process = self.processes[id].as_mut().expect("it runs");
        writeln!(process.stdin.as_mut().expect("piped"), "{line}").expect("it reads");
    }

    /// Ends a server's standard input.
    pub fn hang_up(&mut self, id: usize) {
        self.processes[id].as_mut().expect("it runs").stdin = None;
    }

    /// How a server has ended that does so by itself; none while it runs.
    pub fn has_ended(&mut self, id: usize) -> Option<ExitStatus> {
        let status = self.processes[id].as_mut()?.try_wait().expect("its status")?;
        self.processes[id] = None;
        Some(status)
    }

    /// Waits until a server ends by itself: its exit code, or the signal that ended it.
    pub fn wait_for_end(&mut self, id: usize) -> Result<i32, Option<i32>> {
        let status = eventually(&format!("server {id} ends"), || self.has_ended(id));
        status.code().ok_or(status.signal())
    }

    /// It does nothing until [`resume`](Self::resume).
    pub fn stop(&self, id: usize) {
        self.signal(id, Signal::STOP);
        let status = format!("/proc/{}/stat", self.process(id).id());
        eventually("it has stopped", || {
            let status = std::fs::read_to_string(&status).expect("a process");
            status.rsplit(") ").next()?.starts_with('T').then_some(())
        });
    }

    pub fn resume(&self, id: usize) {
        self.signal(id, Signal::CONT);
    }

    fn signal(&self, id: usize, signal: Signal) {
        kill_process(Pid::from_child(self.process(id)), signal).expect("it is there");
    }

    fn process(&self, id: usize) -> &Child {
        self.processes[id].as_ref().expect("it runs")
    }

    pub fn client(&self) -> Client {
        Client::new(self.addresses())
    }

    /// A connection to a server, once it can be reached.
    pub fn connect(&self, id: usize) -> Connection {
        eventually("it listens", || Connection::open(&self.address(id)).ok())
    }

    /// Who leads, at some moment after this is asked: by the time it is known it may be over.
    pub fn leader(&self) -> usize {
        let mut client = self.client();
        client.insist("DBSIZE");
        let address = client.address().expect("it was answered").to_owned();
        (0..self.count()).find(|id| self.address(*id) == address).expect("one of them")
    }

    /// What a server has logged in all its lives.
    pub fn log(&self, id: usize) -> String {
        std::fs::read_to_string(self.log_path(id)).expect("a log")
    }

    fn log_path(&self, id: usize) -> PathBuf {
        self.folder().join(format!("log-{id}"))
    }

    /// Waits until a key has that value in the directories of all servers.
    pub fn wait_until_all_have(&self, key: &str, value: &str) {
        for id in 0..self.count() {
            eventually(&format!("server {id} has {key}"), || {
                (self.inspected(id, key)? == value).then_some(())
            });
        }
    }

    /// A key's value in a server's directory.
    pub fn inspected(&self, id: usize, key: &str) -> Option<Value> {
        inspected(&inspect(&self.directory(id)), key)
    }

    /// Waits until nothing changes on disk.
    pub fn wait_until_quiet(&self) {
        let all = || files(self.folder());
        let mut before = all();
        eventually("nothing changes on disk", || {
            std::thread::sleep(Duration::from_millis(300));
            let now = all();
            let is_quiet = before == now;
            before = now;
            is_quiet.then_some(())
        });
    }
}

impl Drop for ClusterOfProcesses {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().flatten() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            for id in 0..self.count() {
                eprintln!("server {id} has logged:\n{}", self.log(id));
            }
        }
    }
}
