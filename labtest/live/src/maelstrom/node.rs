//! A node's process: started, killed, paused; what it writes goes into the network, what it gets comes out
//! of it.

use super::message::{Message, shortened};
use super::network::Network;
use super::problems::Problems;
use anyhow::Context;
use futures::StreamExt;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use parking_lot::Mutex;
use runtime::JoinHandle;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::codec::{FramedRead, LinesCodec};

/// The program that all nodes run.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// A node, whether its process is there or not.
pub(super) struct Node {
    pub(super) name: String,
    program: Program,
    directory: PathBuf,
    errors: Arc<Errors>,
    network: Arc<Network>,
    problems: Arc<Problems>,
    life: Option<Life>,
}

/// A process from its start to its end.
struct Life {
    /// The number of the process, and of its group: a script has what it starts in it.
    group: Pid,
    /// Whether its end is ours.
    is_ended_by_us: Arc<AtomicBool>,
    ended: JoinHandle<()>,
}

impl Drop for Life {
    /// Nothing of a node is left when its end was not waited for.
    fn drop(&mut self) {
        if !self.is_ended_by_us.swap(true, Ordering::SeqCst) {
            // It may have ended by itself.
            let _ = killpg(self.group, Signal::SIGKILL);
        }
    }
}

/// What a node writes to its standard error: kept in a file, and its last lines for what is told of it.
struct Errors {
    file: Mutex<File>,
    last: Mutex<VecDeque<String>>,
}

/// How many lines are told.
const LAST_LINES: usize = 10;
/// The longest line that a node may write.
const LINE_BYTES_MAX: usize = 1 << 24;
/// How long what a node has written before its end is waited for: others may hold its standard error open.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Node {
    /// A node that is not started yet. Its working directory is made, and what it writes to its standard
    /// error goes into that file.
    pub(super) fn new(
        name: String,
        program: Program,
        directory: PathBuf,
        errors: &Path,
        network: Arc<Network>,
        problems: Arc<Problems>,
    ) -> std::io::Result<Node> {
        std::fs::create_dir_all(&directory)?;
        let file = OpenOptions::new().create(true).append(true).open(errors)?;
        let errors = Arc::new(Errors { file: Mutex::new(file), last: Mutex::default() });
        Ok(Node { name, program, directory, errors, network, problems, life: None })
    }

    /// Starts its process.
    ///
    /// # Errors
    /// When the program can't be run.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let mut child = Command::new(&self.program.path)
            .args(&self.program.arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("can't run {}", self.program.path.display()))?;
        let number = child.id().context("a process that was just started has a number")?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            anyhow::bail!("a process that was just started has pipes");
        };
        let (sender, messages) = unbounded_channel();
        self.network.attach_unnamed(&self.name, sender);
        runtime::detach(write_to(input, messages));
        let (network, problems) = (Arc::clone(&self.network), Arc::clone(&self.problems));
        let name = self.name.clone();
        runtime::detach(read_from(output, name, network, problems, Arc::clone(&self.errors)));
        let said = runtime::spawn(keep(errors, Arc::clone(&self.errors)));
        let is_ended_by_us = Arc::new(AtomicBool::new(false));
        let ended = runtime::spawn(self.see_end(child, said, Arc::clone(&is_ended_by_us)));
        let group = Pid::from_raw(i32::try_from(number)?);
        self.life = Some(Life { group, is_ended_by_us, ended });
        Ok(())
    }

    /// Waits for the process to end; tells it when nobody here has ended it.
    fn see_end(
        &self,
        mut child: Child,
        said: JoinHandle<()>,
        is_ended_by_us: Arc<AtomicBool>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (name, errors) = (self.name.clone(), Arc::clone(&self.errors));
        let problems = Arc::clone(&self.problems);
        async move {
            let status = child.wait().await;
            if is_ended_by_us.load(Ordering::SeqCst) {
                return;
            }
            // If it takes longer, nothing is to be done: the end is reported all the same.
            let _ = runtime::timeout(LAST_WORDS, said).await;
            let how = match status {
                Ok(status) => status.to_string(),
                Err(error) => format!("nobody knows how: {error}"),
            };
            problems.tell(format!("{name} has ended by itself ({how}){}", errors.told()));
        }
    }

    /// Kills its process and waits for its end; nothing where there is none.
    pub(super) async fn kill(&mut self) {
        self.network.detach(&self.name);
        let Some(mut life) = self.life.take() else { return };
        life.is_ended_by_us.store(true, Ordering::SeqCst);
        // It may have ended by itself.
        let _ = killpg(life.group, Signal::SIGKILL);
        // The task has no end but that of the process.
        let _ = (&mut life.ended).await;
    }

    /// Stops its process where it stands, or has it go on.
    pub(super) fn set_paused(&self, is_paused: bool) {
        if let Some(life) = &self.life {
            let signal = if is_paused { Signal::SIGSTOP } else { Signal::SIGCONT };
            // It may have ended by itself, which is told elsewhere.
            let _ = killpg(life.group, signal);
        }
    }

    /// The last lines of its standard error, to be put after what is told of it.
    pub(super) fn last_errors(&self) -> String {
        self.errors.told()
    }
}

impl Errors {
    fn add(&self, line: String) {
        // A full disk is told by the files that the run can't do without.
        let _ = writeln!(self.file.lock(), "{line}");
        let mut last = self.last.lock();
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }

    fn told(&self) -> String {
        let last = self.last.lock();
        if last.is_empty() {
            return "; it has written nothing to its standard error".to_owned();
        }
        let lines: String = last.iter().map(|line| format!("\n    {}", shortened(line))).collect();
        format!("; its last lines on standard error:{lines}")
    }
}

fn lines(source: impl AsyncRead) -> FramedRead<impl AsyncRead, LinesCodec> {
    FramedRead::new(source, LinesCodec::new_with_max_length(LINE_BYTES_MAX))
}

/// Writes messages to a node. A pipe that is closed is the end of its process, which is told elsewhere.
async fn write_to(mut input: ChildStdin, mut messages: UnboundedReceiver<Message>) {
    while let Some(message) = messages.recv().await {
        let line = message.line() + "\n";
        if input.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads what a node sends. After a line that is not a message nothing more is believed.
async fn read_from(
    output: impl AsyncRead,
    name: String,
    network: Arc<Network>,
    problems: Arc<Problems>,
    errors: Arc<Errors>,
) {
    let mut lines = std::pin::pin!(lines(output));
    while let Some(line) = lines.next().await {
        let message = match line {
            Ok(line) => Message::read(&line, &name),
            Err(error) => Err(format!("{name}'s standard output is no lines of text: {error}")),
        };
        match message {
            Ok(message) => network.send(message),
            Err(problem) => return problems.tell(problem + &errors.told()),
        }
    }
}

async fn keep(source: ChildStderr, errors: Arc<Errors>) {
    let mut lines = std::pin::pin!(lines(source));
    while let Some(line) = lines.next().await {
        errors.add(line.unwrap_or_else(|error| format!("(no text: {error})")));
    }
}
