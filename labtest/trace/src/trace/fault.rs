//! Faults: what they are called, whom they hit, and how they look.

use super::Phase;
use serde::{Deserialize, Serialize};

/// A fault begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Whether it begins or ends here.
    pub phase: Phase,
    /// Its name, `isolate`. Readers show it and ask [`looks`](Fault::looks) for everything else.
    pub what: String,
    /// How it looks in a picture.
    #[serde(default)]
    pub looks: Looks,
    /// The servers that it hits. Begin and end of a fault name the same ones.
    pub servers: Vec<usize>,
    /// Of a fault that keeps servers apart, at its begin: the groups within which calls get through.
    /// Two servers can talk with each other if some group has both; a server in no group can talk with
    /// all. Groups may overlap: those of a bridge share the bridge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<Vec<usize>>,
    /// The fault in words, `server 2 is cut off from all others`.
    pub text: String,
}

/// How a fault looks in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Looks {
    /// Servers can't talk with each other: walls between the sides.
    Cut,
    /// A server stands still.
    Pause,
    /// A server takes longer for everything.
    Slow,
    /// A disk fails, or takes longer.
    Disk,
    /// A server is down from begin to end.
    Crash,
    /// Messages are lost, late or doubled by chance.
    Message,
    /// A clock is wrong.
    Clock,
    /// Anything else, and what this version does not know.
    #[default]
    #[serde(other)]
    Other,
}

impl Looks {
    /// Its name in a trace.
    pub fn name(self) -> &'static str {
        match self {
            Looks::Cut => "cut",
            Looks::Pause => "pause",
            Looks::Slow => "slow",
            Looks::Disk => "disk",
            Looks::Crash => "crash",
            Looks::Message => "message",
            Looks::Clock => "clock",
            Looks::Other => "other",
        }
    }
}

/// The sides of a cut for people: `0 3 | 1 2 4`.
pub fn sides_in_words(sides: &[Vec<usize>]) -> String {
    let side = |side: &Vec<usize>| side.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    sides.iter().map(side).collect::<Vec<_>>().join(" | ")
}
