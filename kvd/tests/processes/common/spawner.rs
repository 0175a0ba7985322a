//! `kvd cluster`, and what it shows.

use super::{PATIENCE, eventually, kvd};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A spawner that runs; it and its servers end with it.
pub struct Spawner {
    process: Child,
    lines: Receiver<String>,
    /// All that was read so far.
    pub log: Vec<String>,
}

impl Spawner {
    /// With that servers file, and data there.
    pub fn start(config: &Path, data: &Path, flags: &[&str]) -> Spawner {
        let mut command = kvd();
        command.arg("cluster").arg("--config").arg(config).arg("--data").arg(data).args(flags);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a process");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Spawner { process, lines, log: Vec::new() }
    }

    /// Waits for a line after those that were read before.
    pub fn wait_for(&mut self, what: &str, mut is_wanted: impl FnMut(&str) -> bool) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.log.push(line),
                Err(error) => panic!("{what}: {error} after {:#?}", self.log),
            }
            let line = self.log.last().expect("it was just pushed");
            if is_wanted(line) {
                return line.clone();
            }
        }
    }

    /// Waits for the news that a server leads: which one.
    pub fn wait_for_leader(&mut self) -> u64 {
        let line = self.wait_for("a leader", |line| line.starts_with("LEADER IS NOW NODE "));
        line.rsplit(' ').next().and_then(|id| id.parse().ok()).expect("an id")
    }

    /// Kills a server by SIGKILL.
    pub fn kill_server(&self, id: u64) {
        let process = self.server(id).expect("it runs");
        kill_process(Pid::from_raw(process).expect("a number"), Signal::KILL).expect("killed");
    }

    /// The process of a server.
    fn server(&self, id: u64) -> Option<i32> {
        let parent = self.process.id().to_string();
        std::fs::read_dir("/proc").expect("processes").flatten().find_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            let has = |flag: &str, value: &str| {
                words.windows(2).any(|pair| pair == [flag.as_bytes(), value.as_bytes()])
            };
            (has("--id", &id.to_string()) && has("--parent", &parent)).then_some(process)
        })
    }

    /// Ends it by SIGTERM. Its exit code, and all that it wrote.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("it is there");
        let status = self.process.wait().expect("ended");
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.log.push(line);
        }
        (status.code(), std::mem::take(&mut self.log))
    }

    /// Kills it by SIGKILL, and waits until its servers have ended, too.
    pub fn kill(mut self, servers: u64) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
        eventually("no server survives its spawner", || {
            (0..servers).all(|id| self.server(id).is_none()).then_some(())
        });
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
