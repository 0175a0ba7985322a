//! The tester apart from the rest of the machine: in a process, mount and network namespace of its own, and
//! in a user namespace where it is not root. So its ports never collide with anybody's, it needs no rights,
//! and nothing that it started survives it, not even a SIGKILL.
//!
//! Three processes make that. The first is the one that was started: it probes whether there can be
//! namespaces, makes them, and waits. The second is the namespaces' process 1, whose end ends all others in
//! there; it ends with the first. The third is the tester. It is not process 1 itself, since that one has to
//! reap orphans, which would take the ends of servers away from whoever waits for them, and since signals
//! without a handler do not reach it. SIGINT and SIGTERM are handed on from the first to the third, each
//! once, as the others are in a process group of their own; who stops the first with Ctrl-Z does not stop the
//! run. The tester must not read from a terminal: it is in the background.
//!
//! Where namespaces are refused, as in many containers, the tester runs as any process: with free ports, and
//! servers that the kernel kills when their tester ends (on Linux) and that see the end of their standard
//! input.
//!
//! All of them are this very program, started again with the same arguments: [`role`] at the start of `main`
//! plays the part of each, [`enter`] begins it all.

mod attend;
#[cfg(target_os = "linux")]
mod loopback;
mod namespaces;
mod parent;
mod ports;
mod stage;

pub use ports::{Port, Ports};
pub use stage::guarded;
pub(crate) use stage::without_stage;

use anyhow::Context;
use stage::Stage;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a process that could not do its part: a fault of the tool.
const FAULT: u8 = 70;

/// Whether `main` calls [`role`], so that this program can be started for one of its parts.
static PLAYS_ROLES: AtomicBool = AtomicBool::new(false);

/// Whether namespaces are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// If they can be had.
    #[default]
    Automatic,
    /// Or nothing.
    Required,
    /// Not at all.
    Off,
}

/// How the tester is set apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// By namespaces of its own.
    Namespaces,
    /// Not at all.
    Fallback {
        /// Why not, as a sentence, unless it was wished so.
        why: Option<String>,
    },
}

/// Who this process is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The tester.
    Tester(Isolation),
    /// One whose tester ran in namespaces and has ended. All that is left to do is to exit with this code,
    /// which is the tester's, or 128 and the number of the signal that killed it.
    Ended(u8),
}

/// Does the part for which this process was started, unless it is the tester, and returns its exit code. Call
/// it first in `main`, before there are threads.
pub fn role() -> Option<u8> {
    PLAYS_ROLES.store(true, Ordering::Relaxed);
    let played = match Stage::current()? {
        Stage::Probe(kind) => namespaces::probe_outside(kind),
        Stage::Check(parent) => namespaces::probe_inside(&parent),
        Stage::Init(parent) => init(&parent),
        Stage::Guard(parent) => stage::become_guarded(&parent),
        Stage::Inside => match attend::listen_again() {
            Ok(()) => return None,
            Err(error) => Err(error),
        },
    };
    Some(played.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        FAULT
    }))
}

/// Enters namespaces, as requested. Call it before there are threads, in a program whose `main` calls [`role`].
///
/// # Errors
/// When namespaces are required and refused, and when the tester can't be started in them.
pub fn enter(wish: Wish) -> anyhow::Result<Entered> {
    anyhow::ensure!(
        PLAYS_ROLES.load(Ordering::Relaxed),
        "this program can't be started again: its `main` does not call `live::isolation::role`"
    );
    if Stage::current() == Some(Stage::Inside) {
        return Ok(Entered::Tester(Isolation::Namespaces));
    }
    let why = match wish {
        Wish::Off => None,
        Wish::Automatic | Wish::Required => match namespaces::probe() {
            Ok(kind) => {
                return outside(kind).context("can't run in namespaces").map(Entered::Ended);
            }
            Err(why) => Some(why),
        },
    };
    match why {
        Some(why) if wish == Wish::Required => Err(why.context("namespaces are required")),
        why => Ok(Entered::Tester(Isolation::Fallback {
            why: why.map(|why| format!("there are no namespaces: {why:#}")),
        })),
    }
}

/// Whether servers can be started so that they end with this process.
fn can_guard() -> bool {
    cfg!(target_os = "linux") && PLAYS_ROLES.load(Ordering::Relaxed)
}

/// Makes the namespaces, and waits for the tester in them.
fn outside(kind: namespaces::Kind) -> anyhow::Result<u8> {
    use std::os::unix::process::CommandExt;
    // Known by its number out here, before it is in there.
    let stage = Stage::Init(parent::own_name()?);
    namespaces::make(kind)?;
    attend::hold_back()?;
    let init = stage.command()?.process_group(0).spawn().context("can't start process 1")?;
    attend::attend(&init)
}

/// What process 1 does.
fn init(parent: &str) -> anyhow::Result<u8> {
    parent::die_with(parent)?;
    namespaces::furnish()?;
    attend::hold_back()?;
    let tester = Stage::Inside.command()?.spawn().context("can't start the tester")?;
    attend::attend(&tester)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_plays_no_roles_is_not_started_again() {
        // That of these tests.
        assert!(!can_guard());
        let error = enter(Wish::Automatic).unwrap_err().to_string();
        assert!(error.contains("`main` does not call"), "{error}");
    }
}
