//! Test controls: a tester breaks the disk of a running server, and makes it end at chosen points (`kvd serve
//! --control`).
//!
//! The server reads lines on its standard input:
//!
//! | line | what it does |
//! | --- | --- |
//! | `disk slow MIN_MS MAX_MS` | from now on each sync takes at least a time drawn between the two, in milliseconds |
//! | `disk full` | from now on every write and every new file is refused, for lack of space, until the process ends |
//! | `disk fail-sync` | the next sync fails |
//! | `disk ok` | syncs are not slow any more, and the next one does not fail; a disk that is full stays so |
//! | `exit-at POINT NTH` | when the point is reached for the NTH time from now, the process kills itself by SIGKILL |
//! | `exit-at never` | takes back every `exit-at` that has not come yet |
//!
//! Lines add to each other, but for a second `disk slow`, or a second `exit-at` of one point, which takes the place of
//! the first. A line that is none of these ends the process with code 64, and the end of standard input, which
//! means that the tester is gone, with code 143; each with a sentence.
//!
//! A disk that was full or has failed a sync has the server end with code 70 and a sentence as soon as it writes the
//! next time. What was acknowledged is not lost. Started again, its disk is whole.
//!
//! | point | where it is |
//! | --- | --- |
//! | `after-write` | bytes were written to a file, or one was made, renamed or removed; none of it was synced |
//! | `after-save` | of these: a file was made, renamed or removed, around the cut of the log by a snapshot |
//! | `before-sync` | a sync of a file or of the directory is to begin |
//! | `after-sync` | one has succeeded; nobody was told yet |
//! | `elected` | this server has won an election; nothing was sent as leader yet |
//! | `before-reply` | a client is to be sent answers |
//! | `after-reply` | they were sent |
//!
//! Only with `--volatile` is a SIGKILL a power cut, which loses what was not synced, or all but a random prefix of it;
//! without, the kernel keeps what was written. The same holds for `disk fail-sync`: with `--volatile` what that sync
//! should have covered is lost, even if another one succeeds later. All else is the same with and without.
//!
//! What happens is told by log lines at target `kvd::control`:
//!
//! | fields | meaning |
//! | --- | --- |
//! | `done` | the line of that text has its effect |
//! | `reached` | the point of that name was reached, and the process ends now |
//! | `leads`, `term` | `true`: this server leads that term, of which nobody has heard yet; `false`: it leads it no more |
//!
//! No term that it leads is left out, however short. A process that ends says nothing of a term that ends with it.

mod files;
mod line;

pub use line::{Line, Point};

use crate::exit::{Code, Failure};
use crate::volatile::Volatile;
use files::ControlledFiles;
use parking_lot::Mutex;
use persister::files::{Files, RealFiles};
use raft::{Raft, RoleName};
use runtime::Rng;
use rustix::process::{Signal, getpid, kill_process};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What a tester asks of this process.
#[derive(Debug)]
pub struct Control {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    slow: Option<RangeInclusive<Duration>>,
    is_full: bool,
    fails_next_sync: bool,
    /// How often each point must be reached, the last time included.
    exits: BTreeMap<Point, u64>,
    /// The term that this server leads.
    leads: Option<u64>,
}

impl Control {
    /// Nothing is asked yet. Chance is drawn from the seed.
    pub fn new(seed: u64) -> Arc<Control> {
        let state = State {
            rng: Rng::from_seed(seed),
            slow: None,
            is_full: false,
            fails_next_sync: false,
            exits: BTreeMap::new(),
            leads: None,
        };
        Arc::new(Control { state: Mutex::new(state) })
    }

    /// Obeys the lines of standard input from now on, and ends the process when there are no more.
    ///
    /// # Errors
    /// When there can't be a thread for that.
    pub fn listen(self: &Arc<Control>) -> Result<(), Failure> {
        let control = Arc::clone(self);
        let listen = move || {
            let Failure { code, sentence } = control.obey_all();
            // Its reader may be gone.
            let _ = writeln!(io::stderr(), "error: {sentence}");
            // At once: a disk that is slow is not waited for.
            std::process::exit(code.number().into());
        };
        let thread = std::thread::Builder::new().name("control".to_owned()).spawn(listen);
        thread.map(drop).map_err(|error| {
            Failure::new(Code::Software, format!("can't listen to standard input: {error}"))
        })
    }

    fn obey_all(&self) -> Failure {
        for line in io::stdin().lines() {
            let obeyed = match line {
                Ok(line) => self.obey(&line),
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = obeyed {
                return Failure::new(Code::Usage, format!("standard input: {reason}"));
            }
        }
        let sentence = "standard input has ended: without its tester there is no server";
        Failure::new(Code::Terminated, sentence)
    }

    /// Obeys a line.
    ///
    /// # Errors
    /// With a sentence when it is not understood.
    pub fn obey(&self, line: &str) -> Result<(), String> {
        let wanted: Line = line.parse()?;
        // With the lock: nothing happens before that is reported.
        let mut state = self.state.lock();
        match wanted {
            Line::Ok => (state.slow, state.fails_next_sync) = (None, false),
            Line::Slow(range) => state.slow = Some(range),
            Line::Full => state.is_full = true,
            Line::FailSync => state.fails_next_sync = true,
            Line::ExitAt(point, count) => {
                state.exits.insert(point, count.get());
            }
            Line::ExitNever => state.exits.clear(),
        }
        tracing::info!(target: "kvd::control", done = line);
        Ok(())
    }

    /// This process is at that point. It does not return where it is to end there.
    pub fn reach(&self, point: Point) {
        let mut state = self.state.lock();
        let Some(count) = state.exits.get_mut(&point) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        tracing::info!(target: "kvd::control", reached = point.name());
        let killed = kill_process(getpid(), Signal::KILL);
        unreachable!("a process can kill itself: {killed:?}");
    }

    /// The files of a directory, of which this disposes.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn files(
        self: &Arc<Control>,
        folder: &Path,
        volatile: Option<Volatile>,
    ) -> io::Result<Arc<dyn Files>> {
        let control = Arc::clone(self);
        Ok(Arc::new(match volatile {
            None => ControlledFiles::new(control, Arc::new(RealFiles::new(folder)?), None),
            Some(volatile) => {
                let files = volatile.files(folder)?;
                ControlledFiles::new(control, Arc::new(files.clone()), Some(files))
            }
        }))
    }

    /// Tells the terms that a server leads, from now on.
    pub fn watch(self: &Arc<Control>, raft: &Raft) {
        let control = Arc::clone(self);
        raft.watch_role(move |role, term| control.has_role(role, term));
    }

    fn has_role(&self, role: RoleName, term: u64) {
        let leads = (role == RoleName::Leader).then_some(term);
        let before = std::mem::replace(&mut self.state.lock().leads, leads);
        if leads == before {
            return;
        }
        if let Some(term) = before {
            tracing::info!(target: "kvd::control", leads = false, term);
        }
        if let Some(term) = leads {
            tracing::info!(target: "kvd::control", leads = true, term);
            self.reach(Point::Elected);
        }
    }

    // ---- for the disk ----

    /// How long the next sync takes at least.
    fn draw_sync_time(&self) -> Duration {
        let State { slow, rng, .. } = &mut *self.state.lock();
        slow.clone().map_or(Duration::ZERO, |range| rng.duration(range))
    }

    /// Whether the sync that begins now is to fail.
    fn takes_failure(&self) -> bool {
        std::mem::take(&mut self.state.lock().fails_next_sync)
    }

    /// How many of `bytes` are written before the rest is refused; `None` when all are.
    fn refuses(&self, bytes: usize) -> Option<usize> {
        let State { is_full, rng, .. } = &mut *self.state.lock();
        is_full.then(|| rng.below(bytes.max(1) as u64) as usize)
    }
}

#[cfg(test)]
mod tests;
