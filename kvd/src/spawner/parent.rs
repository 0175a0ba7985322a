//! A server does not outlive its spawner.

use crate::exit::{Code, Failure};

/// Has the operating system kill this process when the process `parent` ends, whatever ends it. For the
/// start of a server that was told its spawner's number (`--parent`).
///
/// It must be called on the main thread, or on another one that lives as long as this process. The process is
/// killed when the *thread* ends that started it: [`super::run`] starts servers on the one that called it.
///
/// # Errors
/// When `parent` is not the parent of this process, which means that it has ended already.
pub fn die_with_parent(parent: u32) -> Result<(), Failure> {
    arrange(parent)?;
    // After it was arranged: the parent may have ended before.
    if is_parent(parent) {
        return Ok(());
    }
    let sentence =
        format!("the spawner, process {parent}, has ended: without it there is no server");
    Err(Failure::new(Code::Terminated, sentence))
}

fn is_parent(process: u32) -> bool {
    std::os::unix::process::parent_id() == process
}

#[cfg(target_os = "linux")]
fn arrange(_parent: u32) -> Result<(), Failure> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| {
        let sentence = format!("can't arrange to end with the spawner: {error}");
        Failure::new(Code::Software, sentence)
    })
}

/// A thread that looks from time to time.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::disallowed_methods)] // Of the real process.
fn arrange(parent: u32) -> Result<(), Failure> {
    let look = move || {
        while is_parent(parent) {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        std::process::exit(Code::Terminated.number().into());
    };
    std::thread::Builder::new().name("parent".to_owned()).spawn(look).map(drop).map_err(|error| {
        let sentence = format!("can't arrange to end with the spawner: {error}");
        Failure::new(Code::Software, sentence)
    })
}
