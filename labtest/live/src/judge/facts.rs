//! What is known of a run beside what clients saw.

use crate::clients::{Calibration, LastRound};
use serde::{Deserialize, Serialize};

/// What is known of a run beside what clients saw. Times are nanoseconds since the run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// How many servers there are.
    pub servers: usize,
    /// When the calibration was over, and faults could begin.
    pub calibrated_at_ns: u64,
    /// When clients stopped, before the last round.
    pub stopped_at_ns: u64,
    /// What was done to the servers and their network, but for what began and ended lives.
    pub faults: Vec<Fault>,
    /// The lives of servers.
    pub lives: Vec<Life>,
    /// Who led, by all logs.
    pub leaders: Vec<LeaderLine>,
    /// Panics, by all logs.
    pub panics: Vec<PanicLine>,
    /// The most memory that each server was seen to have, in bytes; none where it can't be seen.
    pub memory_max_bytes: Option<Vec<u64>>,
    /// How fast the servers were while nothing was broken.
    pub calibration: Option<Calibration>,
    /// How late the tester's own timer was at most, in nanoseconds.
    pub late_max_ns: u64,
    /// What was read and written when all was well again.
    pub last_round: Option<LastRound>,
    /// What is wrong with the disks of servers, compared with each other.
    pub disks: Disks,
    /// Acknowledged writes that are not on the disk of a server that has caught up.
    pub acknowledged: Disks,
    /// What disks held when no server ran.
    #[serde(default)]
    pub blackouts: Vec<Blackout>,
}

/// A moment at which no server ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blackout {
    /// When the last one had ended.
    pub at_ns: u64,
    /// Acknowledged writes that were on too few disks.
    pub disks: Disks,
}

/// The result of inspecting disks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disks {
    /// They were not looked at, though they could have been: why.
    NotLooked(String),
    /// Nobody can look at disks of such servers.
    Unseen,
    /// A sentence for each thing that is wrong.
    Looked(Vec<String>),
}

impl Disks {
    /// Whether they were looked at and nothing is wrong, or nobody can look.
    pub fn is_well(&self) -> bool {
        match self {
            Disks::NotLooked(_) => false,
            Disks::Unseen => true,
            Disks::Looked(wrong) => wrong.is_empty(),
        }
    }
}

impl Default for Disks {
    fn default() -> Disks {
        Disks::NotLooked("nobody looked".to_owned())
    }
}

/// Something that was broken for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What it was, in words.
    pub what: String,
    /// When it began.
    pub begin_ns: u64,
    /// When it ended; none if it never did.
    pub end_ns: Option<u64>,
    /// What was broken.
    pub reach: Reach,
}

/// What a fault breaks, for those who ask what still has to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// These servers do nothing: they are paused.
    Stops(Vec<usize>),
    /// Nothing goes over these links between servers, each from the first to the second.
    Cuts(Vec<(usize, usize)>),
    /// Something goes on, but badly: it is slow, or refuses, or clients can't come to a server. Nothing is
    /// promised meanwhile.
    Impairs,
}

/// A server from a start to an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Which server.
    pub server: usize,
    /// When its process was started.
    pub started_ns: u64,
    /// When it had applied what the others had applied when it started; none if it never did. Where nobody can
    /// see that, some time after its start.
    pub caught_up_ns: Option<u64>,
    /// When and how it ended; none if it was alive at the end.
    pub ended: Option<(u64, End)>,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The tester ended it, or did something after which it has to end: made its disk fail, say.
    ByTester,
    /// By itself, with that code.
    Exited(i32),
    /// By a signal that the tester has not sent.
    Signal(i32),
    /// The system had no memory left.
    ForMemory,
}

/// A line of a log that says who leads a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderLine {
    /// When it was read.
    pub at_ns: u64,
    /// Whose log it was.
    pub server: usize,
    /// The term.
    pub term: u64,
    /// Who leads it.
    pub leader: usize,
}

/// A line of a log that says that something has panicked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanicLine {
    /// When it was read.
    pub at_ns: u64,
    /// Whose log it was.
    pub server: usize,
    /// The line.
    pub line: String,
}
