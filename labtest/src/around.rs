//! The process around the command: code under test can end the process that runs it (`exit`, `abort`, a
//! stack that overflows), and then somebody has to say under which seed.
//!
//! So the command runs in a child of itself, which notes each run before it begins
//! ([`harness::pool::Notes`]). When the child ends without having come to its own end, the parent names
//! the runs that were under way. `LABTEST_ONE_PROCESS=1` does without, for debuggers and profilers.

use crate::exit_code;
use harness::pool::{LastWords, Notes};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::{Arc, OnceLock};
use std::{env, fs, io};

/// Tells a child where its notes are: the number of its parent, a colon, and the path.
pub(crate) const NOTES: &str = "LABTEST_NOTES";
/// Set if there is to be no child.
pub(crate) const ONE_PROCESS: &str = "LABTEST_ONE_PROCESS";

/// The notes of this process, if it is a child.
static CHILDS_NOTES: OnceLock<Arc<Notes>> = OnceLock::new();

/// The notes of this process, if anyone will read them.
pub(crate) fn notes() -> Option<Arc<Notes>> {
    CHILDS_NOTES.get().cloned()
}

/// Notes that a run begins, in that slot.
pub(crate) fn begin(place: usize, test: &str, seed: u64) {
    if let Some(notes) = CHILDS_NOTES.get() {
        // It is missed only if the process dies.
        let _ = notes.begin(place, test, seed);
    }
}

/// Notes that the run in that slot has ended.
pub(crate) fn end(place: usize) {
    if let Some(notes) = CHILDS_NOTES.get() {
        let _ = notes.end(place);
    }
}

/// Notes that this process ends in the normal way.
pub(crate) fn finish() {
    if let Some(notes) = CHILDS_NOTES.get() {
        // At worst the end looks like a crash.
        let _ = notes.finish();
    }
}

/// Runs `main` in a child of this process, and says what was under way if the child ends suddenly.
/// `replay` gives the line that repeats a run. Where there can be no child `main` runs here.
pub(crate) fn supervised(
    main: impl FnOnce() -> ExitCode,
    replay: impl Fn(&str, u64) -> String,
) -> ExitCode {
    if let Some(notes) = env::var(NOTES).ok().as_deref().and_then(of_parent) {
        return child(notes, main);
    }
    if env::var_os(ONE_PROCESS).is_some_and(|value| value == "1") {
        return main();
    }
    match Parent::start() {
        Ok(parent) => parent.wait(&replay),
        Err(error) => {
            eprintln!(
                "warning: can't start a child process ({error}); if the code under test ends this process, nothing will say where"
            );
            main()
        }
    }
}

/// The path in the variable, if this process's parent has set it. A process further down has the
/// variable too.
fn of_parent(notes: &str) -> Option<&Path> {
    let (parent, path) = notes.split_once(':')?;
    #[cfg(unix)]
    let is_parent = parent == std::os::unix::process::parent_id().to_string();
    #[cfg(not(unix))]
    let is_parent = !parent.is_empty();
    is_parent.then(|| Path::new(path))
}

fn child(notes: &Path, main: impl FnOnce() -> ExitCode) -> ExitCode {
    end_with_parent();
    match Notes::open(notes) {
        Ok(notes) => {
            let _ = CHILDS_NOTES.set(Arc::new(notes));
        }
        Err(error) => eprintln!("warning: can't open {}: {error}", notes.display()),
    }
    let code = main();
    finish();
    code
}

/// Makes this process end with its parent, however that ends.
fn end_with_parent() {
    #[cfg(target_os = "linux")]
    {
        let signal = rustix::process::Signal::KILL;
        // Without it a killed parent leaves a child that ends when its runs do.
        let _ = rustix::process::set_parent_process_death_signal(Some(signal));
    }
}

struct Parent {
    notes: PathBuf,
    child: Child,
}

impl Parent {
    fn start() -> io::Result<Parent> {
        let notes = env::temp_dir().join(format!("labtest-{}.notes", std::process::id()));
        fs::write(&notes, "")?;
        let mut command = Command::new(env::current_exe()?);
        command
            .args(env::args_os().skip(1))
            .env(NOTES, format!("{}:{}", std::process::id(), notes.display()));
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // Under its own name, which replay lines have, and in its own process group, so that it gets a
            // Ctrl-C once, from this process.
            command.process_group(0);
            if let Some(name) = env::args_os().next() {
                command.arg0(name);
            }
        }
        let signals = Signals::listen();
        let child = command.spawn().inspect_err(|_| drop(fs::remove_file(&notes)))?;
        signals.pass_on_to(&child);
        Ok(Parent { notes, child })
    }

    fn wait(mut self, replay: &dyn Fn(&str, u64) -> String) -> ExitCode {
        let status = self.child.wait();
        let left = LastWords::read(&self.notes).unwrap_or_default();
        // It lies where temporary files do.
        let _ = fs::remove_file(&self.notes);
        match status {
            Ok(status) if left.finished => code_of(status),
            Ok(status) => told(status, &left, replay),
            Err(error) => {
                eprintln!("error: can't wait for the runs: {error}");
                ExitCode::from(exit_code::SOFTWARE)
            }
        }
    }
}

/// A signal to this process is one to the child, which knows what to do.
///
/// It listens before there is a child: what the child prints may be answered with a signal before this
/// process is told that the child has started.
#[derive(Clone, Default)]
struct Signals(Arc<Mutex<Passed>>);

#[derive(Default)]
struct Passed {
    child: Option<u32>,
    /// A signal came before the child.
    early: bool,
}

impl Signals {
    fn listen() -> Signals {
        let signals = Signals::default();
        let passing = signals.clone();
        // Without a handler the signal ends this process.
        let _ = ctrlc::set_handler(move || {
            let mut passed = passing.0.lock();
            match passed.child {
                Some(child) => interrupt(child),
                None => passed.early = true,
            }
        });
        signals
    }

    fn pass_on_to(&self, child: &Child) {
        let mut passed = self.0.lock();
        passed.child = Some(child.id());
        if passed.early {
            interrupt(child.id());
        }
    }
}

#[cfg(unix)]
fn interrupt(child: u32) {
    if let Some(child) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw) {
        // A child that is gone needs no signal.
        let _ = rustix::process::kill_process(child, rustix::process::Signal::INT);
    }
}

#[cfg(not(unix))]
fn interrupt(_child: u32) {
    // Ctrl-C comes to both, and the child answers.
}

fn code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(exit_code::SOFTWARE))
}

/// The child has ended, and not by itself.
fn told(status: ExitStatus, left: &LastWords, replay: &dyn Fn(&str, u64) -> String) -> ExitCode {
    eprintln!("FAILED: the process of the runs has ended suddenly: {}", describe(status));
    match left.under_way.as_slice() {
        [] => eprintln!("no run was under way"),
        [_] => eprintln!("this run was under way:"),
        _ => eprintln!("one of these runs, which were under way, did it:"),
    }
    for (test, seed) in &left.under_way {
        eprintln!("  {test} seed {seed}\n  replay: {}", replay(test, *seed));
    }
    ExitCode::from(exit_code::FAILED)
}

#[cfg(unix)]
fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.signal(), status.code()) {
        (Some(6), _) => "signal 6, as after an abort or a stack overflow".to_owned(),
        (Some(9), _) => {
            "signal 9, as from another process or from a system out of memory".to_owned()
        }
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("something called exit({code})"),
        (None, None) => status.to_string(),
    }
}

#[cfg(not(unix))]
fn describe(status: ExitStatus) -> String {
    status.to_string()
}
