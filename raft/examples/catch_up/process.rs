//! A server process, as the one that started it sees it.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a server says about itself, as a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub is_leader: bool,
    pub term: u64,
    pub applied: u64,
    /// The bytes of all values.
    pub values_bytes: u64,
    /// Memory beside them, now and at most.
    pub beside_values: u64,
    pub peak_beside_values: u64,
    /// The longest time between two messages of the leader.
    pub silence_ms: u64,
    /// A snapshot is being taken.
    pub is_busy: bool,
}

pub struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    runs: bool,
}

impl Process {
    pub fn start(me: usize, folder: &Path, addresses: &[String]) -> anyhow::Result<Process> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &me.to_string()])
            .arg(folder.join(format!("server-{me}")))
            .args(addresses)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut output = output.lines().map_while(Result::ok);
            while output.next().is_some_and(|line| sender.send(line).is_ok()) {}
        });
        Ok(Process { child, input, lines, runs: true })
    }

    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.runs = false;
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub fn say(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.input, "{line}")?)
    }

    /// Writes values of these keys as long as it leads. Returns the first that it has not written.
    pub fn load(&mut self, first: u64, last: u64) -> anyhow::Result<u64> {
        self.say(&format!("load {first} {last}"))?;
        let line = self.lines.recv_timeout(Duration::from_secs(300)).context("it does not end")?;
        let next = line.strip_prefix("loaded ").with_context(|| format!("it says {line:?}"))?;
        Ok(next.parse()?)
    }

    /// What it says about itself, if it runs.
    pub fn report(&mut self) -> anyhow::Result<Option<Report>> {
        if !self.runs {
            return Ok(None);
        }
        self.say("report")?;
        let line = self.lines.recv_timeout(Duration::from_secs(60)).context("no report")?;
        Ok(Some(serde_json::from_str(&line).with_context(|| line.clone())?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}
