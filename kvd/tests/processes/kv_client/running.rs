//! The programs `kv` and `kvd`, as processes.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub output: Vec<u8>,
    pub errors: String,
}

impl Ended {
    /// The output of one that was to succeed.
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        String::from_utf8(self.output).expect("text")
    }
}

/// `kv`, which knows these servers.
pub fn kv<S: AsRef<str>>(servers: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kv"));
    command.env_remove("KVD_PASSWORD");
    servers.iter().for_each(|server| {
        command.args(["--server", server.as_ref()]);
    });
    command
}

/// Runs a program to its end, with this as its standard input.
pub fn run_with(mut command: Command, input: &[u8]) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("a process");
    process.stdin.take().expect("piped").write_all(input).expect("it reads");
    let ended = process.wait_with_output().expect("it ends");
    Ended {
        code: ended.status.code(),
        output: ended.stdout,
        errors: String::from_utf8(ended.stderr).expect("text"),
    }
}

/// Runs `kv`, which knows these servers, to its end.
pub fn run<S: AsRef<str>, A: AsRef<OsStr>>(servers: &[S], arguments: &[A]) -> Ended {
    let mut command = kv(servers);
    command.args(arguments);
    run_with(command, b"")
}

/// A process whose output is read line by line. It ends with its owner.
pub struct Running {
    process: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a process");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Running { process, lines, seen: Vec::new() }
    }

    /// Waits for a line that is wanted, after those that were waited for before.
    pub fn wait_for(&mut self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if is_wanted(&line) => return line,
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("{error} after {:#?}", self.seen),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Three servers, each a process, which end with their owner.
pub struct Cluster {
    pub servers: Vec<String>,
    data: TempDir,
    _spawner: Running,
}

impl Cluster {
    pub fn start() -> Cluster {
        let data = tempfile::tempdir().expect("a folder");
        let ports = free_ports(6);
        let server =
            |ports: &[u16]| format!(r#"{{"client_port": {}, "log_port": {}}}"#, ports[0], ports[1]);
        let servers: Vec<String> = ports.chunks(2).map(server).collect();
        let config = data.path().join("three.json");
        std::fs::write(&config, format!("[{}]", servers.join(", "))).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvd"));
        command.env_remove("KVD_PASSWORD").env_remove("KVD_SECRET").arg("cluster");
        command.arg("--config").arg(&config).arg("--data").arg(data.path());
        let servers = ports.chunks(2).map(|ports| format!("127.0.0.1:{}", ports[0])).collect();
        Cluster { servers, data, _spawner: Running::start(command) }
    }

    /// Kills the process of a server.
    pub fn kill(&self, id: usize) {
        let process = self.process(id).expect("it runs");
        kill_process(process, Signal::KILL).expect("killed");
    }

    /// The process that was started as `kvd serve ... --id ID --data DATA ...`.
    fn process(&self, id: usize) -> Option<Pid> {
        let data = self.data.path().to_str().expect("text");
        let wanted = format!("\0--id\0{id}\0--data\0{data}\0");
        let processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
        let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let number = numbers.find(|number: &i32| {
            let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&wanted)
        });
        number.and_then(Pid::from_raw)
    }
}

/// Ports that nobody listens at. Those from 32768 on go to connections, and so could be taken meanwhile.
fn free_ports(count: usize) -> Vec<u16> {
    let first = 10_000 + (std::process::id() % 1000) as u16 * 20;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..32_768).filter(is_free).take(count).collect()
}
