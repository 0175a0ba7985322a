//! The process of one life of a server.

use super::event::{Teller, What};
use super::{lines, memory};
use crate::driver::Program;
use crate::isolation;
use anyhow::Context;
use futures::future::join_all;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use runtime::JoinHandle;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child as Process, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long the last lines of a process that has ended are waited for: something else that it started may
/// hold its output open.
const LAST_LINES_TIME: Duration = Duration::from_secs(1);

/// How long a process may take to stand still.
const STOP_TIME: Duration = Duration::from_secs(5);

/// How often it is looked whether a process stands still.
const LOOK_TIME: Duration = Duration::from_millis(1);

/// A process, with its whole group. It is killed when this is dropped.
pub struct Child {
    process: Process,
    /// The process, and its group.
    group: Pid,
    has_ended: bool,
    input: Option<UnboundedSender<String>>,
    readers: Vec<JoinHandle<()>>,
    /// How many processes the kernel had killed for lack of memory before.
    kills_before: Option<u64>,
    /// Whether it was asked to end.
    pub terminated: bool,
    /// Whether its end will be no surprise.
    pub end_expected: bool,
}

impl Child {
    /// Starts a process. Nothing is read from it or written to it before [`Child::talk`].
    pub fn start(program: &Program, guarded: bool) -> anyhow::Result<Child> {
        let command = match guarded {
            true => isolation::guarded(&program.path)?,
            false => isolation::without_stage(&program.path),
        };
        let kills_before = memory::kills();
        let process = Command::from(command)
            .args(&program.arguments)
            .envs(program.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("can't start {}", program.path.display()))?;
        let pid = process.id().context("it has no number")?;
        Ok(Child {
            process,
            group: Pid::from_raw(i32::try_from(pid)?),
            has_ended: false,
            input: None,
            readers: Vec::new(),
            kills_before,
            terminated: false,
            end_expected: false,
        })
    }

    /// Begins to tell what it writes, and to write what it is to read.
    pub fn talk(&mut self, teller: &Teller) {
        if let Some(pipe) = self.process.stdout.take() {
            self.readers.push(runtime::spawn(lines::read(pipe, teller.clone())));
        }
        if let Some(pipe) = self.process.stderr.take() {
            self.readers.push(runtime::spawn(lines::read(pipe, teller.clone())));
        }
        if let Some(pipe) = self.process.stdin.take() {
            let (input, lines) = unbounded_channel();
            runtime::detach(write(pipe, lines, teller.clone()));
            self.input = Some(input);
        }
    }

    pub fn pid(&self) -> u32 {
        self.group.as_raw().unsigned_abs()
    }

    /// Sends a signal to the whole group, unless the process has ended.
    pub fn signal(&self, signal: Signal) -> nix::Result<()> {
        // The number may be another process's afterwards.
        if self.has_ended { Ok(()) } else { killpg(self.group, signal) }
    }

    /// Writes a line to its standard input, possibly late: the process may be stopped, or read slowly.
    pub fn write(&self, line: String) {
        if let Some(input) = &self.input {
            // Who gave up has told.
            let _ = input.send(line);
        }
    }

    /// Waits for its end. It may be asked for again after it was given up.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.process.wait().await?;
        if !self.has_ended {
            // At once, before the number can be another group's: what it started must not outlive it.
            let _ = killpg(self.group, Signal::SIGKILL);
            self.has_ended = true;
        }
        Ok(status)
    }

    /// Waits until all that it wrote is told, after its end.
    pub async fn last_lines(&mut self) {
        let readers = std::mem::take(&mut self.readers);
        // Who holds its output open is given up.
        let _ = runtime::timeout(LAST_LINES_TIME, join_all(readers)).await;
    }

    /// Whether the kernel has killed something for lack of memory since it was started.
    pub fn saw_kills_for_memory(&self) -> bool {
        self.kills_before.zip(memory::kills()).is_some_and(|(before, now)| now > before)
    }

    /// Stops the whole group, and waits until the process stands still or has ended. Whether it does stand
    /// still, or why that is not known.
    pub async fn stop(&self) -> Result<bool, String> {
        if self.has_ended {
            return Ok(false);
        }
        let failed = |error| format!("it can't be stopped: {error}");
        // First this one alone: a child that it has just begun to start (`vfork`) would hold it up if it
        // stopped before.
        kill(self.group, Signal::SIGSTOP).map_err(failed)?;
        let began = runtime::now();
        while runtime::now().since(began) < STOP_TIME {
            match is_stopped(self.group).map_err(failed)? {
                Some(true) => {
                    return killpg(self.group, Signal::SIGSTOP).map(|()| true).map_err(failed);
                }
                Some(false) => return Ok(false),
                None => runtime::sleep(LOOK_TIME).await,
            }
        }
        Err(format!("it does not stand still after {STOP_TIME:?}"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Its group, beside what `kill_on_drop` does. Who has just ended needs no signal.
        let _ = self.signal(Signal::SIGKILL);
    }
}

/// Whether a process stands still, or false when it has ended; none when it runs. Its end is left for who
/// waits for that.
#[cfg(target_os = "linux")]
fn is_stopped(process: Pid) -> nix::Result<Option<bool>> {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    let flags =
        WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    Ok(match waitid(Id::Pid(process), flags)? {
        WaitStatus::StillAlive => None,
        WaitStatus::Stopped(..) => Some(true),
        _ => Some(false),
    })
}

/// It is not looked here.
#[cfg(not(target_os = "linux"))]
fn is_stopped(_process: Pid) -> nix::Result<Option<bool>> {
    Ok(Some(true))
}

/// Writes lines to a standard input, which ends with them.
async fn write(mut pipe: ChildStdin, mut lines: UnboundedReceiver<String>, teller: Teller) {
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        if let Err(error) = pipe.write_all(line.as_bytes()).await {
            // One that has ended reads nothing, and its end is told; one that lives should.
            let over =
                runtime::timeout(LAST_LINES_TIME, async { while lines.recv().await.is_some() {} });
            if over.await.is_err() {
                let line = line.trim_end();
                teller.tell(What::Trouble(format!("it can't be told {line:?}: {error}")));
            }
            return;
        }
    }
}
