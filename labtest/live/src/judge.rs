//! The verdict on a run: what clients saw and what is known of the servers, against what must hold.
//!
//! [`judge`] sees the same things whether a run has just ended or lies in a folder: histories as files and
//! [`Facts`]. What can't be judged, since the machine was too slow, say, is neither held nor violated.

mod answers;
mod disks;
mod facts;
mod health;
mod linearizability;
mod liveness;
mod load;
mod processes;

pub use disks::{Settled, on_too_few, settle};
pub use facts::{Blackout, Disks, End, Facts, Fault, LeaderLine, Life, PanicLine, Reach};
pub(crate) use processes::{ended_by_itself, two_leaders};

use crate::clients::HistoryFile;
use harness::property;
use serde::Serialize;

/// The result for one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, one of those in [`harness::property`].
    pub property: &'static str,
    /// Whether it holds.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Whether a property holds. The order is from best to worst, so that of several is their `max`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "finding", content = "why", rename_all = "kebab-case")]
pub enum Finding {
    /// It does.
    Holds,
    /// Nobody can see whether it does: servers of this kind don't show it, for this reason. That is not a fault
    /// of this run.
    Unseen(String),
    /// It can't be said, for this reason.
    Unknown(String),
    /// It does not.
    Violated(String),
}

/// Judges a run. `budget_steps` is what each search for linearizability may take, if not what it takes by default.
pub fn judge(histories: &[HistoryFile], facts: &Facts, budget_steps: Option<u64>) -> Vec<Check> {
    let asked = answers::read(histories);
    let machine = load::machine(facts);
    let is_on_time = machine == Finding::Holds;
    let liveness = match (liveness::requests(&asked, facts), is_on_time) {
        // What is late on a machine that is late says nothing of the servers.
        (Finding::Violated(why), false) => Finding::Unknown(format!("the machine was late: {why}")),
        (finding, _) => finding,
    };
    [
        (property::LINEARIZABLE, linearizability::all(histories, budget_steps)),
        (property::DURABILITY, disks::acknowledged(facts)),
        (property::APPLIED_VALUES, disks::compared(facts)),
        (property::ELECTION_SAFETY, processes::leaders(facts)),
        (property::LIVE_REQUESTS, liveness),
        (property::LIVE_EXIT, processes::exits(facts)),
        (property::PANIC, processes::panics(facts)),
        (property::LIVE_MEMORY, processes::memory(facts)),
        (property::LIVE_LOAD, load::load(&asked, facts)),
        (property::LIVE_MACHINE, machine),
    ]
    .map(|(property, finding)| Check { property, finding })
    .into()
}

/// The worst that was found.
pub fn worst(checks: &[Check]) -> Finding {
    checks.iter().map(|check| check.finding.clone()).max().unwrap_or(Finding::Holds)
}

impl Finding {
    /// Whether a run of which this is the worst has passed.
    pub fn is_pass(&self) -> bool {
        matches!(self, Finding::Holds | Finding::Unseen(_))
    }
}

/// Violated if there is a reason to say so.
fn violated(reason: Option<String>) -> Finding {
    reason.map_or(Finding::Holds, Finding::Violated)
}

/// Nanoseconds as seconds, for people.
fn seconds(ns: u64) -> String {
    format!("{:.1} s", ns as f64 / 1e9)
}

#[cfg(test)]
mod tests;
