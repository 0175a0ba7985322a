//! Where children are started: on a thread that lives as long as this process. The kernel of Linux ends a
//! child with the thread that started it, and the threads of runs come and go.

use super::pipes;
use crate::program::Program;
use anyhow::Context;
use std::cell::Cell;
use std::process::Child;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

type Work = Box<dyn FnOnce() + Send>;

/// Variables that keep common languages from drawing chance where nobody sees it.
const VARIABLES: [(&str, &str); 3] =
    [("PYTHONHASHSEED", "0"), ("GOMAXPROCS", "1"), ("LC_ALL", "C")];

thread_local! {
    /// Whether this is the thread that starts children.
    static IS_SPAWNER: Cell<bool> = const { Cell::new(false) };
}

/// Starts the program, in the present folder and in a process group of its own.
pub(super) fn spawn(program: &Program) -> anyhow::Result<Child> {
    if IS_SPAWNER.get() {
        return start(program);
    }
    let program = program.clone();
    let (give, result) = channel();
    in_background(move || {
        // Who has asked waits for it.
        let _ = give.send(start(&program));
    })?;
    result.recv().context("the thread that starts programs has ended")?
}

/// Does something on the thread that starts children.
///
/// # Errors
/// When there is no such thread.
pub(crate) fn in_background(work: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    static SPAWNER: OnceLock<Sender<Work>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (give, orders) = channel::<Work>();
        let obey = move || {
            IS_SPAWNER.set(true);
            keep_addresses();
            orders.iter().for_each(|work| work());
        };
        // Outside of any simulation: where a child is started decides nothing.
        let thread = std::thread::Builder::new().name("starts children".to_owned()).spawn(obey);
        thread.expect("the machine starts a thread");
        give
    });
    spawner.send(Box::new(work)).ok().context("the thread that starts programs has ended")
}

fn start(program: &Program) -> anyhow::Result<Child> {
    use std::os::unix::process::CommandExt;
    let mut command = live::isolation::guarded(&program.path)?;
    pipes(&mut command);
    command.args(&program.arguments).envs(VARIABLES);
    command.envs(program.variables.iter().copied()).process_group(0);
    Ok(command.spawn()?)
}

/// Programs that are started on this thread have what they load at the same addresses each time: an order
/// that depends on addresses then is the same in each run. Where the system refuses that, it is not.
#[cfg(target_os = "linux")]
fn keep_addresses() {
    use nix::sys::personality::{self, Persona};
    // As in many containers.
    let _ = personality::get().and_then(|now| personality::set(now | Persona::ADDR_NO_RANDOMIZE));
}

#[cfg(not(target_os = "linux"))]
fn keep_addresses() {}
