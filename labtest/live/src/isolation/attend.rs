//! Waiting for one process on behalf of the process that started this one.

use anyhow::Context;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::process::Child;

/// What this process waits for: the end of a child, and signals that it passes on.
fn awaited() -> SigSet {
    [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM].into_iter().collect()
}

/// From now on signals that are handed on wait for [`attend`]. Children are born so, and no signal can come
/// too early for one that attends in turn; others have to [`listen_again`].
pub fn hold_back() -> anyhow::Result<()> {
    awaited().thread_block().context("can't hold back signals")
}

/// Signals do what they usually do.
pub fn listen_again() -> anyhow::Result<()> {
    awaited().thread_unblock().context("can't listen to signals")
}

/// Waits for that child while it passes on signals and reaps all children that end, after [`hold_back`].
/// Returns the child's exit code, or 128 and the number of the signal that killed it.
pub fn attend(child: &Child) -> anyhow::Result<u8> {
    let child = Pid::from_raw(i32::try_from(child.id())?);
    loop {
        if let Some(code) = reap(child)? {
            return Ok(code);
        }
        match awaited().wait().context("can't wait for signals")? {
            Signal::SIGCHLD => {}
            signal => kill(child, signal).context("can't hand on a signal")?,
        }
    }
}

/// Reaps all children that have ended. The code of that one, if it has.
fn reap(child: Pid) -> anyhow::Result<Option<u8>> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(WaitStatus::Exited(ended, code)) if ended == child => return Ok(Some(code as u8)),
            Ok(WaitStatus::Signaled(ended, signal, _)) if ended == child => {
                return Ok(Some(128 + signal as u8));
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error).context("can't wait for a process"),
        }
    }
}
